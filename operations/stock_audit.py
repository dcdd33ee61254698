"""Asking the live auditor: an audit now, the last one's counts, what is open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from domain.errors import TemporaryError
from domain.exceptions import ExceptionKind
from messages.names import STOCK_AUDIT, TASK_QUEUE
from messages.stock_audit import CheckCount, StockAuditResult
from operations.health.server import polling_workers
from operations.queries.models import View
from persistence.audit.findings import AUDIT_IDS
from persistence.tables import exception_table

NOW_ID = "stock-audit-now"
# The server lists the newest first; those that ended out of turn are among them.
_NEWEST = 20
_OPEN = (
    select(
        exception_table.c.exception_id,
        exception_table.c.opened_at,
        exception_table.c.taken_by,
        exception_table.c.cause,
        exception_table.c.suggested_act,
    )
    .where(
        exception_table.c.kind == ExceptionKind.STOCK_DIFFERENCE,
        exception_table.c.exception_id.startswith(AUDIT_IDS, autoescape=True),
        exception_table.c.resolved_at.is_(None),
    )
    .order_by(exception_table.c.opened_at, exception_table.c.exception_id)
)


class AuditFailed(TemporaryError):
    """The audit did not come to an end; the text says what to do."""


class OpenDifference(View):
    """One row that is not right, as its exception tells."""

    exception_id: str
    opened_at: datetime
    taken_by: str | None
    cause: str
    suggested_act: str


class AuditReport(View):
    """The counts of an audit, if there was one, and what is open now."""

    finished_at: datetime | None
    checks: dict[str, CheckCount]
    findings: tuple[OpenDifference, ...]


def open_differences(connection: Connection) -> tuple[OpenDifference, ...]:
    """Return what the auditor found and nobody has mended, the oldest first."""
    return tuple(OpenDifference(**row._mapping) for row in connection.execute(_OPEN))


async def audit_now(
    client: Client, now: datetime, *, task_queue: str = TASK_QUEUE
) -> StockAuditResult:
    """Have an audit and wait for its end; one that is asked for twice is one.

    Raises `AuditFailed` when no worker is there, or the audit gave up.
    """
    try:
        if not await polling_workers(client, task_queue, now):
            raise AuditFailed(
                f"nobody polls task queue {task_queue}: start one with "
                "`orderwright worker`"
            )
        handle = await client.start_workflow(
            STOCK_AUDIT,
            id=NOW_ID,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="audit of the stock, asked for by a person",
            result_type=StockAuditResult,
        )
        counted: StockAuditResult = await handle.result()
        return counted
    except WorkflowFailureError as error:
        raise AuditFailed(
            "the audit gave up; the Temporal UI shows why, in run " + NOW_ID
        ) from error
    except RPCError as error:
        raise _no_answer(error) from error


async def last_audit(client: Client) -> StockAuditResult | None:
    """Return what the newest finished audit counted; None if there was none."""
    query = f"WorkflowType = '{STOCK_AUDIT}' AND ExecutionStatus = 'Completed'"
    try:
        newest = [
            run
            async for run in client.list_workflows(query, limit=_NEWEST)
            if run.close_time
        ]
        if not newest:
            return None
        last = max(newest, key=lambda run: run.close_time or run.start_time)
        handle = client.get_workflow_handle(
            last.id, run_id=last.run_id, result_type=StockAuditResult
        )
        counted: StockAuditResult = await handle.result()
        return counted
    except RPCError as error:
        raise _no_answer(error) from error


def _no_answer(error: RPCError) -> AuditFailed:
    return AuditFailed(f"the Temporal server did not answer ({error.status.name})")
