"""A running system whose processes may be killed and started again."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

from temporalio.client import Client

from benchmarks.children import ROOT, WorkerProcess, running
from benchmarks.shop import DatabaseKind, ShopDatabase, policy_of, shop_database
from benchmarks.system import dev_server, worker_environment
from benchmarks.worker_process import OURS
from config.dev_server import DevServer
from config.temporal import Target, connect
from gateways.runs.temporal_runs import TemporalRuns
from operations.delivery import Delivery
from operations.orders import OrderOperations
from persistence.database import Database
from worker import now


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashTown:
    """The system, and the operations of a caller that outlives every crash."""

    server: DevServer
    worker: WorkerProcess
    client: Client
    database: ShopDatabase
    store: Database
    carrier_file: Path
    delivery: Delivery
    operations: OrderOperations

    async def kill_worker(self, seconds_down: float) -> None:
        """Kill the worker and start another."""
        await self.worker.kill()
        await asyncio.sleep(seconds_down)
        await self.worker.start()

    async def kill_server(self, seconds_down: float) -> None:
        """Kill the Temporal server and start it again on its data."""
        await asyncio.to_thread(self.server.kill)
        await asyncio.sleep(seconds_down)
        await self.server.start()

    async def call_and_die(self, act: str, told: Mapping[str, object]) -> None:
        """Let a caller commit its facts and be killed before the run hears of them."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.dying_caller",
            self.database.url,
            act,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        _, words = await process.communicate(json.dumps(told).encode())
        if process.returncode != -SIGKILL:
            raise RuntimeError(f"the caller was to die: {words.decode()[-2000:]}")


@asynccontextmanager
async def crash_town(kind: DatabaseKind) -> AsyncIterator[CrashTown]:
    """Have the whole system for as long as this lasts."""
    with tempfile.TemporaryDirectory(prefix="orderwright-crash-") as name:
        directory = Path(name)
        server = dev_server(directory)
        with shop_database(kind, directory) as database:
            async with server:
                environment = worker_environment(server, database.url, directory)
                worker = WorkerProcess(OURS, environment, directory / "worker.log")
                store = Database(database.url)
                async with running(worker):
                    client = await connect(Target(address=server.address))
                    delivery, operations = _operations(client, store)
                    yield CrashTown(
                        server=server,
                        worker=worker,
                        client=client,
                        database=database,
                        store=store,
                        carrier_file=directory / "carrier.db",
                        delivery=delivery,
                        operations=operations,
                    )
                store.close()


def _operations(client: Client, store: Database) -> tuple[Delivery, OrderOperations]:
    policy = policy_of(timedelta(hours=1))
    delivery = Delivery(
        database=store, runs=TemporalRuns(client), policy=policy, clock=now
    )
    operations = OrderOperations(
        database=store, delivery=delivery, policy=policy, clock=now
    )
    return delivery, operations
