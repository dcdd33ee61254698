"""The running system that is measured: server, database, two workers, this process."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig

from benchmarks.children import WorkerProcess, running
from benchmarks.measures import billable_actions, cpu_seconds, cpu_seconds_of_family
from benchmarks.shop import DatabaseKind, ShopDatabase, shop_database
from benchmarks.worker_process import BARE, OURS
from config.dev_server import DevServer, free_port
from config.dev_server_options import NAMESPACE, DevServerOptions
from config.temporal import Target, connect
from config.temporal_binary import temporal_binary
from messages.search_attributes import SEARCH_ATTRIBUTES
from persistence.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The running system that is measured."""

    client: Client
    server: DevServer
    database: ShopDatabase
    our_workers: tuple[WorkerProcess, ...]
    store: Database

    def cpu(self) -> dict[str, float]:
        """Return the processor seconds each process of ours has used so far."""
        used = {
            "server": cpu_seconds(self.server.pid),
            "worker": sum(cpu_seconds(each.pid) for each in self.our_workers),
            "driver": time.process_time(),
        }
        if self.database.server_pid is not None:
            used["postgresql"] = cpu_seconds_of_family(self.database.server_pid)
        return used

    async def actions(self) -> float:
        """Return the namespace's billable actions so far."""
        url = self.server.metrics_url
        if url is None:
            raise RuntimeError("the server's counters have no address")
        return await billable_actions(url, NAMESPACE)


@asynccontextmanager
async def running_bench(kind: DatabaseKind, workers: int) -> AsyncIterator[Bench]:
    """Start the server, the database and as many workers of each kind; end them all."""
    with tempfile.TemporaryDirectory(prefix="orderwright-bench-") as name:
        directory = Path(name)
        server = dev_server(directory)
        with shop_database(kind, directory) as database:
            async with server:
                environment = worker_environment(server, database.url, directory)
                ours, bare = (
                    tuple(
                        WorkerProcess(name, environment, directory / f"{name}{n}.log")
                        for n in range(workers)
                    )
                    for name in (OURS, BARE)
                )
                store = Database(database.url)
                async with running(*ours, *bare):
                    yield Bench(
                        client=await connect(Target(address=server.address)),
                        server=server,
                        database=database,
                        our_workers=ours,
                        store=store,
                    )
                store.close()


def prepare_process() -> None:
    """Keep the SDK's warnings off standard output; on SIGTERM end as by Ctrl-C.

    Standard output holds the result, and an interrupted benchmark ends its children.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Runtime.set_default(
        Runtime(telemetry=TelemetryConfig(logging=None)), error_if_already_set=False
    )


def dev_server(directory: Path) -> DevServer:
    """Return a dev server, not started, with its files in the directory."""
    return DevServer(
        DevServerOptions(
            binary=temporal_binary(),
            database_file=directory / "temporal.db",
            log_file=directory / "temporal.log",
            port=free_port(),
            metrics_port=free_port(),
            search_attributes=SEARCH_ATTRIBUTES,
        )
    )


def worker_environment(
    server: DevServer, database_url: str, directory: Path
) -> dict[str, str]:
    """Return what a worker process is told: its server, its database, its files."""
    return {
        "TEMPORAL_ADDRESS": server.address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "ORDERWRIGHT_DATABASE_URL": database_url,
        "ORDERWRIGHT_VAR_DIRECTORY": str(directory),
        "ORDERWRIGHT_LOG_LEVEL": "warning",
    }
