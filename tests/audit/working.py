"""A worker of its own for a test of audits on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client

from gateways.carrier.factory import build_carrier
from messages.names import STOCK_AUDIT
from messages.stock_audit import StockAuditResult
from operations.health.server import polling_workers
from persistence.database import Database
from worker import WorkerParts, build_worker, now

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.02


@asynccontextmanager
async def worker_of(
    client: Client, database: Database, directory: Path, task_queue: str
) -> AsyncIterator[None]:
    """Have a worker that polls for as long as this lasts."""
    carriers = {"simulator": build_carrier("simulator", directory / "carrier.db")}
    parts = WorkerParts(
        database=database, carriers=carriers, carrier="simulator", task_queue=task_queue
    )
    async with build_worker(client, parts):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if await polling_workers(client, task_queue, now()):
                    break
                await asyncio.sleep(LOOK_SECONDS)
        yield


async def audited_by_run(client: Client, task_queue: str) -> StockAuditResult:
    """Have one audit as a run of its own."""
    result: StockAuditResult = await client.execute_workflow(
        STOCK_AUDIT,
        id=f"audit-{task_queue}",
        task_queue=task_queue,
        result_type=StockAuditResult,
    )
    return result


async def until(check: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await asyncio.to_thread(check):
                return
            await asyncio.sleep(LOOK_SECONDS)
