"""The audit as a run on a real server: it replays, outlives failures, and is kept."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleOverlapPolicy,
    WorkflowHistory,
)
from temporalio.service import RPCError
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)
from temporalio.workflow import SandboxImportNotificationPolicy

from config.schedules import keep_audit_schedule
from config.settings import Settings
from config.temporal import Target
from messages.converter import DATA_CONVERTER
from messages.names import STOCK_AUDIT, STOCK_AUDIT_SCHEDULE, TASK_QUEUE
from operations.health.schedule import check_schedule
from operations.stock_audit import AuditFailed, audit_now, last_audit
from persistence.audit.checks import CHECKS
from persistence.database import Database, StorageFailed
from persistence.tables import exception_table
from tests.activities.steps.builders import Shop, line, shop_at
from tests.audit.damage import set_level
from tests.audit.record import HISTORY
from tests.audit.working import audited_by_run, until, worker_of
from tests.builders.fakes import InterruptibleDatabase
from worker import now, run_worker
from workflows.sandbox import PASSED_THROUGH
from workflows.stock_audit import StockAuditWorkflow

EVERY = timedelta(minutes=15)
STRICT = SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH


@pytest.fixture
def damaged(sqlite_database_url: str) -> Iterator[Shop]:
    """Have a shop with one counter that says too much."""
    with shop_at(sqlite_database_url) as stocked:
        stocked.receive("A-1", MUG=9)
        stocked.order("released", line("MUG", 2))
        with stocked.database.write() as connection:
            set_level(connection, on_hand=12)
        yield stocked


@pytest_asyncio.fixture(loop_scope="session")
async def schedule_id(client: Client, task_queue: str) -> AsyncIterator[str]:
    """Name a schedule that no other test has, and leave none behind."""
    yield task_queue
    await keep_audit_schedule(client, None, schedule_id=task_queue)


def opened(shop: Shop) -> list[str]:
    query = select(exception_table.c.exception_id).where(
        exception_table.c.kind == "stock_difference"
    )
    return [row.exception_id for row in shop.rows(query)]


async def test_a_recorded_audit_takes_the_same_way_again() -> None:
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *PASSED_THROUGH
    ).with_import_notification_policy(STRICT)
    replayer = Replayer(
        workflows=[StockAuditWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=SandboxedWorkflowRunner(restrictions),
    )
    text = gzip.decompress(HISTORY.read_bytes()).decode()

    replayed = await replayer.replay_workflow(
        WorkflowHistory.from_json("audit", text), raise_on_replay_failure=False
    )

    assert replayed.replay_failure is None
    assert "audit_stock" in text


async def test_a_run_returns_the_counts_of_each_check(
    client: Client, damaged: Shop, tmp_path: Path, task_queue: str
) -> None:
    async with worker_of(client, damaged.database, tmp_path, task_queue):
        result = await audited_by_run(client, task_queue)

    assert set(result.checks) == set(CHECKS)
    assert result.found == 1
    assert len(opened(damaged)) == 1


async def test_an_audit_goes_on_when_its_database_is_back(
    client: Client, damaged: Shop, tmp_path: Path, task_queue: str
) -> None:
    database = InterruptibleDatabase(str(damaged.database.url))
    database.is_down = True
    async with worker_of(client, database, tmp_path, task_queue):
        run = asyncio.create_task(audited_by_run(client, task_queue))
        await until(lambda: bool(database.refused))
        database.is_down = False
        result = await run
    database.close()

    assert set(result.checks) == set(CHECKS)
    assert len(opened(damaged)) == 1


class OnceCutDatabase(Database):
    """A database that is lost once, at one of its writes."""

    def __init__(self, url: str, cut_at: int) -> None:
        super().__init__(url)
        self._cut_at = cut_at
        self.writes = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.writes += 1
        if self.writes == self._cut_at:
            raise StorageFailed("the database did not answer (cut)")
        with super().write() as connection:
            yield connection


async def test_a_second_attempt_goes_on_behind_the_last_answer(
    client: Client, damaged: Shop, tmp_path: Path, task_queue: str
) -> None:
    database = OnceCutDatabase(str(damaged.database.url), cut_at=7)
    async with worker_of(client, database, tmp_path, task_queue):
        result = await audited_by_run(client, task_queue)
    database.close()

    assert set(result.checks) == set(CHECKS)
    assert database.writes == len(CHECKS) + 1
    assert len(opened(damaged)) == 1


async def test_an_audit_that_is_asked_for_is_waited_for_and_remembered(
    client: Client, damaged: Shop, tmp_path: Path, task_queue: str
) -> None:
    async with worker_of(client, damaged.database, tmp_path, task_queue):
        result = await audit_now(client, now(), task_queue=task_queue)
        while (remembered := await last_audit(client)) != result:
            assert remembered is None or remembered.finished_at != result.finished_at
            await asyncio.sleep(0.05)

    assert result.found == 1


async def test_an_audit_without_a_worker_is_refused_at_once(
    client: Client, task_queue: str
) -> None:
    with pytest.raises(AuditFailed, match="orderwright worker"):
        await audit_now(client, now(), task_queue=task_queue)


async def test_the_schedule_is_made_once_and_then_kept_as_the_settings_say(
    client: Client, task_queue: str, schedule_id: str
) -> None:
    for every in (EVERY, EVERY, timedelta(hours=1)):
        await keep_audit_schedule(
            client, every, schedule_id=schedule_id, task_queue=task_queue
        )

    found = (await client.get_schedule_handle(schedule_id).describe()).schedule
    action = found.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert (action.workflow, action.task_queue) == (STOCK_AUDIT, task_queue)
    assert [one.every for one in found.spec.intervals] == [timedelta(hours=1)]
    assert found.spec.jitter == timedelta(seconds=30)
    assert found.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert found.policy.catchup_window == timedelta(minutes=1)


async def test_what_the_schedule_starts_is_an_audit(
    client: Client, damaged: Shop, tmp_path: Path, task_queue: str, schedule_id: str
) -> None:
    await keep_audit_schedule(
        client, EVERY, schedule_id=schedule_id, task_queue=task_queue
    )
    async with worker_of(client, damaged.database, tmp_path, task_queue):
        await client.get_schedule_handle(schedule_id).trigger()
        await until(lambda: bool(opened(damaged)))

    assert len(opened(damaged)) == 1


async def test_a_schedule_that_somebody_paused_stays_paused(
    client: Client, task_queue: str, schedule_id: str
) -> None:
    await keep_audit_schedule(client, EVERY, schedule_id=schedule_id)
    await client.get_schedule_handle(schedule_id).pause(note="stocktaking")

    await keep_audit_schedule(client, EVERY, schedule_id=schedule_id)

    found = await check_schedule(client, is_wanted=True, schedule_id=schedule_id)
    assert (found.is_ok, found.text) == (False, f"schedule {schedule_id} is paused")
    assert f"--schedule-id {schedule_id}" in found.mend


async def test_a_schedule_that_is_switched_off_is_removed(
    client: Client, schedule_id: str
) -> None:
    await keep_audit_schedule(client, EVERY, schedule_id=schedule_id)

    for _ in range(2):
        await keep_audit_schedule(client, None, schedule_id=schedule_id)

    with pytest.raises(RPCError):
        await client.get_schedule_handle(schedule_id).describe()
    gone = await check_schedule(client, is_wanted=True, schedule_id=schedule_id)
    unwanted = await check_schedule(client, is_wanted=False, schedule_id=schedule_id)
    assert (gone.is_ok, gone.is_unreachable) == (False, False)
    assert "orderwright worker" in gone.mend
    assert unwanted.is_ok


async def test_the_schedule_exists_after_a_worker_has_started(
    dev_server: Target,
    client: Client,
    sqlite_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", dev_server.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", dev_server.namespace)
    settings = Settings(
        database_url=sqlite_database_url, var_directory=tmp_path, kpi_reports=False
    )
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop))
    try:
        while not (found := await check_schedule(client, is_wanted=True)).is_ok:
            assert not working.done()
            await asyncio.sleep(0.05)
    finally:
        stop.set()
        await working
        await keep_audit_schedule(client, None)

    assert found.text == f"schedule {STOCK_AUDIT_SCHEDULE} runs"


async def test_a_worker_of_the_default_queue_serves_the_default_schedule(
    client: Client, schedule_id: str
) -> None:
    await keep_audit_schedule(client, EVERY, schedule_id=schedule_id)

    found = (await client.get_schedule_handle(schedule_id).describe()).schedule

    assert isinstance(found.action, ScheduleActionStartWorkflow)
    assert found.action.task_queue == TASK_QUEUE
