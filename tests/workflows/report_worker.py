"""Workers of their own for tests of reports: one in this process, one to be killed."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import Connection
from temporalio.client import Client

from config.temporal import Target, connect
from domain.kpi.question import KpiTerms
from domain.kpi.targets import Statistic
from domain.kpi.targets import Target as KpiTarget
from gateways.carrier.factory import build_carrier
from operations.health.server import polling_workers
from persistence.database import Database
from tests.persistence.kpi.late import ZONE
from worker import WorkerParts, build_worker, now

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.02
STALLED = "stalled"
TERMS = KpiTerms(
    zone=ZONE,
    targets={
        "on_time_delivery": KpiTarget(
            statistic=Statistic.RATE,
            target=1,
            warning=1,
            alarm=0.9,
            higher_is_better=True,
        )
    },
)


class StallingDatabase(Database):
    """A database whose n-th write is never committed: then its worker is killed."""

    def __init__(self, url: str, stall_at: int) -> None:
        super().__init__(url)
        self._stall_at = stall_at
        self._writes = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._writes += 1
        with super().write() as connection:
            yield connection
            if self._writes == self._stall_at:
                sys.stdout.write(f"{STALLED}\n")
                sys.stdout.flush()
                time.sleep(PATIENCE_SECONDS)


@asynccontextmanager
async def report_worker(
    client: Client, database: Database, directory: Path, task_queue: str
) -> AsyncIterator[None]:
    """Have a worker that polls for as long as this lasts."""
    carriers = {"simulator": build_carrier("simulator", directory / "carrier.db")}
    parts = WorkerParts(
        database=database,
        carriers=carriers,
        carrier="simulator",
        task_queue=task_queue,
        kpi_terms=TERMS,
    )
    async with build_worker(client, parts):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if await polling_workers(client, task_queue, now()):
                    break
                await asyncio.sleep(LOOK_SECONDS)
        yield


@asynccontextmanager
async def dying_worker(
    server: Target, url: str, directory: Path, task_queue: str, *, stall_at: int
) -> AsyncIterator[asyncio.StreamReader]:
    """Have a worker in a process of its own, killed at the end; yields what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.workflows.report_worker",
        *(server.address, server.namespace, url, str(directory), task_queue),
        str(stall_at),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdout is None:
            raise LookupError("the worker has no standard output")
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def main(server: Target, url: str, directory: str, queue: str, at: str) -> None:
    """Work until killed."""
    client = await connect(server)
    database = StallingDatabase(url, int(at))
    async with report_worker(client, database, Path(directory), queue):
        await asyncio.sleep(2 * PATIENCE_SECONDS)


if __name__ == "__main__":
    address, namespace, *rest = sys.argv[1:]
    asyncio.run(main(Target(address=address, namespace=namespace), *rest))
