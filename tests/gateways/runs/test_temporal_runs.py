"""Runs on a real server that nobody works on."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from gateways.runs.protocol import RunNotFound, RunStart, RunUnreachable
from gateways.runs.temporal_runs import TemporalRuns
from messages.names import UpdateName


def payload() -> dict[str, object]:
    return {"message_id": uuid.uuid4().hex, "actor": "tester"}


async def a_run(runs: TemporalRuns) -> str:
    order_id = f"web-{uuid.uuid4().hex}"
    started = RunStart(
        order_id=order_id,
        source="web",
        channel="api",
        service_level="standard",
        placed_at=datetime.now(UTC),
        summary="1 line",
    )
    assert await runs.start(started)
    return order_id


async def test_without_a_worker_nobody_answers(client: Client, task_queue: str) -> None:
    runs = TemporalRuns(client, task_queue=task_queue, answer_seconds=0.3)
    order_id = await a_run(runs)

    with pytest.raises(RunUnreachable, match="is a worker running"):
        await runs.update(order_id, UpdateName.CANCEL_ORDER, payload())


async def test_who_waits_for_an_answer_can_be_cancelled(
    client: Client, task_queue: str
) -> None:
    runs = TemporalRuns(client, task_queue=task_queue)
    order_id = await a_run(runs)
    waiting = asyncio.create_task(
        runs.update(order_id, UpdateName.CANCEL_ORDER, payload())
    )
    await asyncio.sleep(0.3)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_order_without_a_run_is_not_found(
    client: Client, task_queue: str
) -> None:
    runs = TemporalRuns(client, task_queue=task_queue)

    with pytest.raises(RunNotFound):
        await runs.signal("web-nothing", "stock_arrived", payload())
