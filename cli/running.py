"""A running system: server, migrated database, search attributes, worker process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from temporalio.client import Client

from cli.machinery import Machinery, ServerInUse
from cli.output import say
from cli.worker_process import WorkerProcess
from domain.errors import TemporaryError
from messages.names import TASK_QUEUE
from operations.health.server import polling_workers
from persistence.migrations import upgrade

READY_SECONDS = 60.0
_LOOK_SECONDS = 0.2


class WorkerDidNotStart(TemporaryError):
    """The worker does not poll; its log says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSystem:
    """What runs, and how to reach it."""

    machinery: Machinery
    server: ServerInUse
    client: Client
    worker: WorkerProcess

    async def until_polling(self) -> None:
        """Wait until the present worker process polls for work."""
        while True:
            if await self.is_polling():
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def is_polling(self) -> bool:
        """Say whether the present worker process polls for work."""
        pid = self.worker.pid
        if pid is None:
            return False
        names = await polling_workers(self.client, TASK_QUEUE, self.machinery.clock())
        return any(name.startswith(f"{pid}@") for name in names)


@asynccontextmanager
async def running_system(
    machinery: Machinery,
    *,
    port: int,
    ui_port: int,
    environment: Mapping[str, str],
    on_worker_end: Callable[[int], None],
) -> AsyncIterator[RunningSystem]:
    """Have a whole system for as long as this lasts; it ends in the reverse order."""
    say("1/3 Temporal server ...")
    async with machinery.open_server(port, ui_port) as server:
        say(f"    answers at {server.address}")
        say("2/3 database ...")
        await asyncio.to_thread(upgrade, machinery.database_url)
        say("    is at its newest revision")
        client = await machinery.connect(server)
        worker = WorkerProcess(
            {**_environment(machinery, server), **environment},
            machinery.var_directory / "worker.log",
        )
        say("3/3 worker ...")
        keeping = asyncio.create_task(worker.keep_running(on_worker_end))
        system = RunningSystem(
            machinery=machinery, server=server, client=client, worker=worker
        )
        try:
            await _until_ready(system)
            say(f"    process {worker.pid} takes up work")
            yield system
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await worker.stop()


async def _until_ready(system: RunningSystem) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await system.until_polling()
    except TimeoutError:
        log = system.machinery.var_directory / "worker.log"
        raise WorkerDidNotStart(
            f"the worker does not take up work; its last words are in {log}"
        ) from None


def _environment(machinery: Machinery, server: ServerInUse) -> dict[str, str]:
    return {
        "TEMPORAL_ADDRESS": server.address,
        "TEMPORAL_NAMESPACE": server.namespace,
        "ORDERWRIGHT_DATABASE_URL": machinery.database_url,
        "ORDERWRIGHT_VAR_DIRECTORY": str(machinery.var_directory),
    }
