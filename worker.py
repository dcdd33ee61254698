"""The worker process: runs orders' steps and delivers the outbox until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.label_steps import LabelSteps
from activities.order_steps import OrderSteps
from activities.reporting import Reporting
from activities.reservation_steps import ReservationSteps
from activities.stock_audit import StockAudit
from config.exits import leave
from config.kpi_terms import load_kpi_terms
from config.logging import configure_logging
from config.metrics import serve_metrics
from config.policy import load_policy
from config.schedules import keep_audit_schedule, keep_report_schedule
from config.settings import Settings, load_settings
from config.temporal import connect
from domain.kpi.question import KpiTerms
from domain.policy import DEFAULT_POLICY, FulfillmentPolicy
from gateways.carrier.factory import CARRIER_NAMES, build_carrier
from gateways.carrier.protocol import CarrierGateway
from gateways.runs.temporal_runs import TemporalRuns
from messages.names import KPI_SCHEDULES, TASK_QUEUE
from operations.delivery import Delivery
from operations.figures import FiguresCollector
from operations.relay import Relay
from persistence.database import Database
from workflows.kpi_report import KpiReport
from workflows.order_fulfillment import OrderFulfillment
from workflows.sandbox import order_sandbox
from workflows.stock_audit import StockAuditWorkflow
from workflows.stock_reservation import StockReservation

GRACEFUL_SHUTDOWN = timedelta(seconds=30)
SWITCH_SECONDS = 0.0005
# Of a worker that tests build: it has no targets.
DEFAULT_KPI_TERMS = KpiTerms()


def tune_interpreter() -> None:
    """Set this process up for many short transactions in threads."""
    # The sandbox loads the workflow's module for every run: with bytecode kept, it need
    # not compile it every time, whatever PYTHONDONTWRITEBYTECODE says.
    sys.dont_write_bytecode = False
    # A thread that holds a write lock should get the interpreter back soon.
    sys.setswitchinterval(SWITCH_SECONDS)


def now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker works with; tests give fakes."""

    database: Database
    carriers: Mapping[str, CarrierGateway]
    carrier: str
    policy: FulfillmentPolicy = DEFAULT_POLICY
    kpi_terms: KpiTerms = DEFAULT_KPI_TERMS
    clock: Callable[[], datetime] = now
    task_queue: str = TASK_QUEUE
    threads: int = 16
    max_cached_workflows: int = 10_000
    deployment: WorkerDeploymentVersion | None = field(default=None)


def build_worker(client: Client, parts: WorkerParts) -> Worker:
    """Return the worker of every process, not yet running."""
    return Worker(
        client,
        task_queue=parts.task_queue,
        workflows=[
            KpiReport,
            OrderFulfillment,
            StockAuditWorkflow,
            StockReservation,
        ],
        activities=[*_of_orders(parts), *_of_the_house(parts)],
        activity_executor=ThreadPoolExecutor(parts.threads, "step"),
        max_concurrent_activities=parts.threads,
        max_concurrent_local_activities=parts.threads,
        max_cached_workflows=parts.max_cached_workflows,
        workflow_runner=order_sandbox(),
        graceful_shutdown_timeout=GRACEFUL_SHUTDOWN,
        deployment_config=_deployment(parts.deployment),
    )


def _of_orders(parts: WorkerParts) -> list[Callable[..., object]]:
    orders = OrderSteps(
        database=parts.database,
        policy=parts.policy,
        carrier=parts.carrier,
        clock=parts.clock,
    )
    labels = LabelSteps(
        database=parts.database, carriers=parts.carriers, clock=parts.clock
    )
    return [
        orders.open_order,
        orders.apply_message,
        orders.reach_due,
        orders.stop_order,
        orders.label_refused,
        orders.undo_failed,
        orders.save_state,
        labels.buy_label,
        labels.void_label,
    ]


def _of_the_house(parts: WorkerParts) -> list[Callable[..., object]]:
    reservations = ReservationSteps(database=parts.database, clock=parts.clock)
    audit = StockAudit(database=parts.database, clock=parts.clock)
    reporting = Reporting(
        database=parts.database,
        policy=parts.policy,
        terms=parts.kpi_terms,
        clock=parts.clock,
    )
    return [
        reservations.end_reservation,
        audit.audit_stock,
        reporting.open_report,
        reporting.report_figures,
        reporting.read_report,
    ]


def _deployment(version: WorkerDeploymentVersion | None) -> WorkerDeploymentConfig:
    # A build id is always given: without one the SDK hashes every loaded module.
    return WorkerDeploymentConfig(
        version=version or WorkerDeploymentVersion("orderwright", "development"),
        use_worker_versioning=version is not None,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE
        if version is not None
        else VersioningBehavior.UNSPECIFIED,
    )


def parts_of(settings: Settings) -> WorkerParts:
    """Return what a worker with these settings works with."""
    store = settings.var_directory / "carrier.db"
    version = None
    if settings.deployment_name and settings.build_id:
        version = WorkerDeploymentVersion(settings.deployment_name, settings.build_id)
    policy = load_policy(settings.policy_file)
    return WorkerParts(
        database=Database(settings.database_url),
        carriers={name: build_carrier(name, store) for name in CARRIER_NAMES},
        carrier=settings.carrier,
        policy=policy,
        kpi_terms=load_kpi_terms(settings.kpi_file, policy),
        threads=settings.worker_threads,
        max_cached_workflows=settings.max_cached_workflows,
        deployment=version,
    )


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; what is under way is given time to finish."""
    log = structlog.get_logger("worker")
    client = await connect(metrics_address=settings.temporal_metrics_address)
    parts = parts_of(settings)
    await _keep_schedules(client, settings, parts)
    relay = Relay(
        database=parts.database,
        delivery=Delivery(
            database=parts.database,
            runs=TemporalRuns(client),
            policy=parts.policy,
            clock=parts.clock,
        ),
        holder=f"{socket.gethostname()}:{os.getpid()}",
        clock=parts.clock,
    )
    with serve_metrics(settings.metrics_address, FiguresCollector(parts.database)):
        async with build_worker(client, parts):
            log.info("worker_started", task_queue=parts.task_queue)
            relaying = asyncio.create_task(relay.run())
            await stop.wait()
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)
    log.info("worker_stopped")
    parts.database.close()


async def _keep_schedules(
    client: Client, settings: Settings, parts: WorkerParts
) -> None:
    zone = parts.kpi_terms.zone if settings.kpi_reports else None
    try:
        await keep_audit_schedule(client, settings.audit_every)
        for kind in KPI_SCHEDULES:
            await keep_report_schedule(client, kind, zone)
    except RPCError as error:
        # Orders go on without audit and reports; the doctor says what is missing.
        structlog.get_logger("worker").warning(
            "schedule_not_kept", status=error.status.name
        )


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    tune_interpreter()
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_worker(settings, stop)


if __name__ == "__main__":
    asyncio.run(main())
    leave(0)
