"""The worker process of a benchmark: ours as `worker.py` builds it, or the bare run's.

It says `ready` on its standard output and, ended by SIGTERM, how many transactions that
write it has run, as one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)

from benchmarks.bare_messages import BARE_QUEUE, bare_label, bare_step
from benchmarks.bare_run import BareOrder
from config.exits import leave
from config.logging import configure_logging
from config.settings import load_settings
from config.temporal import connect
from gateways.runs.temporal_runs import TemporalRuns
from operations.delivery import Delivery
from operations.relay import Relay
from worker import (
    GRACEFUL_SHUTDOWN,
    WorkerParts,
    build_worker,
    parts_of,
    tune_interpreter,
)

OURS = "ours"
BARE = "bare"


@asynccontextmanager
async def _our_worker(client: Client, parts: WorkerParts) -> AsyncIterator[None]:
    relay = Relay(
        database=parts.database,
        delivery=Delivery(
            database=parts.database,
            runs=TemporalRuns(client),
            policy=parts.policy,
            clock=parts.clock,
        ),
        holder=f"benchmark:{os.getpid()}",
        clock=parts.clock,
    )
    async with build_worker(client, parts):
        relaying = asyncio.create_task(relay.run())
        yield
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


def _bare_worker(client: Client, threads: int, cached_workflows: int) -> Worker:
    """Return a worker with the options of ours."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        "benchmarks.bare_messages"
    )
    return Worker(
        client,
        task_queue=BARE_QUEUE,
        workflows=[BareOrder],
        activities=[bare_step, bare_label],
        activity_executor=ThreadPoolExecutor(threads, "step"),
        max_concurrent_activities=threads,
        max_concurrent_local_activities=threads,
        max_cached_workflows=cached_workflows,
        workflow_runner=SandboxedWorkflowRunner(restrictions),
        graceful_shutdown_timeout=GRACEFUL_SHUTDOWN,
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("orderwright", "development"),
            use_worker_versioning=False,
        ),
    )


async def _work(kind: str) -> None:
    tune_interpreter()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    client = await connect()
    if kind == BARE:
        threads, cached = settings.worker_threads, settings.max_cached_workflows
        async with _bare_worker(client, threads, cached):
            await _until(stop)
        print(json.dumps({"transactions": 0}), flush=True)
        return
    parts = parts_of(settings)
    async with _our_worker(client, parts):
        await _until(stop)
    print(json.dumps({"transactions": parts.database.transactions}), flush=True)
    parts.database.close()


async def _until(stop: asyncio.Event) -> None:
    print("ready", flush=True)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
    leave(0)
