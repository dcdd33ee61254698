"""Replaying recorded histories with the code of today, as a worker would."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from domain.identity import workflow_id_of
from messages.converter import DATA_CONVERTER
from workflows.order_fulfillment import OrderFulfillment
from workflows.sandbox import order_sandbox

FOLDER = Path(__file__).parent
SUFFIX = ".json.gz"


def recorded() -> list[Path]:
    """Return every recorded history."""
    return sorted(FOLDER.glob(f"*{SUFFIX}"))


def read(path: Path) -> WorkflowHistory:
    """Return a recorded history."""
    return history_of(gzip.decompress(path.read_bytes()).decode())


def history_of(text: str) -> WorkflowHistory:
    """Return a history, under the id that its run's input tells."""
    [started] = WorkflowHistory.from_json("unknown", text).events[:1]
    [payload] = started.workflow_execution_started_event_attributes.input.payloads
    order_id = json.loads(payload.data)["order_id"]
    return WorkflowHistory.from_json(workflow_id_of(order_id), text)


def replayer() -> Replayer:
    """Return a replayer with the data converter and the sandbox of our workers."""
    return Replayer(
        workflows=[OrderFulfillment],
        data_converter=DATA_CONVERTER,
        workflow_runner=order_sandbox(),
    )


async def replay_all() -> None:
    """Replay every history; the first that cannot be replayed raises."""
    for path in recorded():
        await replayer().replay_workflow(read(path))


if __name__ == "__main__":
    asyncio.run(replay_all())
