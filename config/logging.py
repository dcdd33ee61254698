"""One logging configuration for every process: structlog and stdlib alike.

Each line says when (UTC) and, inside a run or a step, which run, order and step.
"""

import logging
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

from config.settings import LogFormat, LogLevel

_ORDER_RUN = "order-"
_QUIET = ("sqlalchemy.engine", "asyncio", "urllib3")


def configure_logging(
    log_format: LogFormat, level: LogLevel = "info", stream: TextIO | None = None
) -> None:
    """Send every log line to stderr, or the stream, in one shape."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Below this the SDK prints whole payloads, which may hold an order document.
    logging.getLogger("temporalio").setLevel(max(logging.INFO, root.level))
    logging.captureWarnings(True)
    _keep_messages_plain()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def add_temporal_context(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> EventDict:
    """Name the run, its order and the step, as fields of their own.

    Loggers of the SDK bring them in one extra each; other loggers are asked only
    inside an activity. What the caller bound itself is kept.
    """
    found = {
        **_details(event.pop("temporal_workflow", None)),
        **_details(event.pop("temporal_activity", None)),
    }
    # The SDK also adds its whole info object, which holds payload-sized things.
    event.pop("workflow_info", None)
    event.pop("activity_info", None)
    if not found and activity.in_activity():
        found = _current_activity()
    for name, value in (found | _order(found)).items():
        event.setdefault(name, value)
    return event


def _current_activity() -> dict[str, object]:
    info = activity.info()
    return {
        "workflow_id": info.workflow_id,
        "run_id": info.workflow_run_id,
        "activity_type": info.activity_type,
        "attempt": info.attempt,
    }


def _details(extra: object) -> dict[str, object]:
    if not isinstance(extra, Mapping):
        return {}
    names = {
        "workflow_id": "workflow_id",
        "run_id": "run_id",
        "workflow_run_id": "run_id",
        "workflow_type": "workflow_type",
        "activity_type": "activity_type",
        "attempt": "attempt",
    }
    return {ours: extra[theirs] for theirs, ours in names.items() if theirs in extra}


def _order(found: Mapping[str, object]) -> dict[str, object]:
    run = found.get("workflow_id")
    if not isinstance(run, str) or not run.startswith(_ORDER_RUN):
        return {}
    return {"order_id": run.removeprefix(_ORDER_RUN)}


def _formatter(log_format: LogFormat) -> logging.Formatter:
    final: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ]
    if log_format == "json":
        final += [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        final.append(_console())
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(),
            *_shared(),
        ],
        processors=final,
    )


def _console() -> Processor:
    # The renderer's own tracebacks show local variables: names and addresses.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        add_temporal_context,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _keep_messages_plain() -> None:
    # The ids are fields of the line; the SDK would repeat them in every message.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
