"""Reports as runs on a real server: scheduled, asked for, killed, restated, queried."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)
from temporalio.workflow import SandboxImportNotificationPolicy

from config.schedules import keep_report_schedule
from config.temporal import Target
from domain.errors import InvalidInput, NotFound, Refused
from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.periods import Period, PeriodKind
from messages.converter import DATA_CONVERTER
from messages.kpi_report import FigureRow, ReportedFigures, ReportRequest
from messages.names import ReportQuery
from operations.kpi.reports import (
    ReportFailed,
    SnapshotPeriod,
    SnapshotView,
    keep_reason,
    list_snapshots,
    read_snapshot,
    report_now,
    report_run_id_of,
)
from persistence.database import Database
from persistence.tables import exception_table, fulfillment_event, kpi_snapshot
from tests.audit.working import until
from tests.builders.fakes import InterruptibleDatabase
from tests.persistence.kpi.late import DAY, ZONE, add_delivered_order
from tests.workflows.report_worker import STALLED, dying_worker, report_worker
from worker import now
from workflows.kpi_report import KpiReport
from workflows.sandbox import PASSED_THROUGH

RECORDED = sorted((Path(__file__).parent / "report_histories").glob("*.gz"))
STRICT = SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
OF_THE_DAY = ReportRequest(kind=PeriodKind.DAILY, first_day=DAY.first_day)
PERIOD = SnapshotPeriod(kind=PeriodKind.DAILY, period=DAY)


@pytest.fixture
def record(sqlite_database_url: str) -> Iterator[Database]:
    """Have a day on which two orders were due: one in time, one late."""
    database = Database(sqlite_database_url)
    with database.write() as connection:
        add_delivered_order(connection, "shop-1")
        add_delivered_order(connection, "shop-2", is_late=True)
    yield database
    database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def schedule_id(client: Client, task_queue: str) -> AsyncIterator[str]:
    """Name a schedule that no other test has, and leave none behind."""
    yield task_queue
    await keep_report_schedule(client, PeriodKind.DAILY, None, schedule_id=task_queue)


def stored(database: Database, version: int | None = None) -> SnapshotView:
    with database.read() as connection:
        return read_snapshot(connection, PERIOD, version)


def on_time(view: SnapshotView) -> tuple[object, object]:
    [row] = [
        row
        for row in view.figures
        if row["figure"] == "on_time_delivery" and not row["group"]
    ]
    return row["numerator"], row["denominator"]


def finished(database: Database) -> list[tuple[str, date]]:
    with database.read() as connection:
        return [(one.kind, one.first_day) for one in list_snapshots(connection)]


def count_of(database: Database, kind: str) -> int:
    query = select(fulfillment_event).where(fulfillment_event.c.kind == kind)
    with database.read() as connection:
        return len(connection.execute(query).all())


def history_in(path: Path) -> WorkflowHistory:
    text = gzip.decompress(path.read_bytes()).decode()
    return WorkflowHistory.from_json("report", text)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
async def test_a_recorded_report_takes_the_same_way_again(path: Path) -> None:
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *PASSED_THROUGH
    ).with_import_notification_policy(STRICT)
    replayer = Replayer(
        workflows=[KpiReport],
        data_converter=DATA_CONVERTER,
        workflow_runner=SandboxedWorkflowRunner(restrictions),
    )

    replayed = await replayer.replay_workflow(
        history_in(path), raise_on_replay_failure=False
    )

    assert replayed.replay_failure is None


def test_every_way_a_report_can_take_is_recorded() -> None:
    assert [path.name for path in RECORDED] == ["daily.json.gz", "refused.json.gz"]


async def test_what_the_schedule_starts_ends_with_the_report_of_yesterday(
    client: Client, record: Database, tmp_path: Path, task_queue: str, schedule_id: str
) -> None:
    await keep_report_schedule(
        client, PeriodKind.DAILY, ZONE, schedule_id=schedule_id, task_queue=task_queue
    )
    yesterday = now().astimezone(ZoneInfo(ZONE)).date() - timedelta(days=1)

    async with report_worker(client, record, tmp_path, task_queue):
        await client.get_schedule_handle(schedule_id).trigger()
        await until(lambda: bool(finished(record)))

    assert finished(record) == [("daily", yesterday)]


async def test_a_report_that_is_asked_for_is_made_once_and_then_found(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    async with report_worker(client, record, tmp_path, task_queue):
        first, again = await asyncio.gather(
            report_now(client, OF_THE_DAY, now(), task_queue=task_queue),
            report_now(client, OF_THE_DAY, now(), task_queue=task_queue),
        )
        later = await report_now(client, OF_THE_DAY, now(), task_queue=task_queue)

    view = stored(record)
    assert first == again == later
    assert view.report.snapshot_id == first.snapshot_id
    assert [one.version for one in view.versions] == [1]
    assert {row["figure"] for row in view.figures} == set(DEFINITIONS)
    assert on_time(view) == (1, 2)


async def test_a_run_answers_queries_about_its_own_report_also_when_it_is_closed(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    async with report_worker(client, record, tmp_path, task_queue):
        made = await report_now(client, OF_THE_DAY, now(), task_queue=task_queue)
        run = client.get_workflow_handle(report_run_id_of(OF_THE_DAY))
        latest = await run.query(ReportQuery.LATEST, result_type=ReportedFigures)
        figure = await run.query(
            ReportQuery.FIGURE, "on_time_delivery", result_type=tuple[FigureRow, ...]
        )
        unknown = await run.query(
            ReportQuery.FIGURE, "luck", result_type=tuple[FigureRow, ...]
        )

    headlines = {name for name, one in DEFINITIONS.items() if one.is_headline}
    assert latest.report is not None
    assert latest.report.snapshot_id == made.snapshot_id
    assert {row["figure"] for row in latest.rows} == headlines
    assert [row["group"] for row in figure] == [
        {},
        {"warehouse": "north"},
        {"channel": "web"},
    ]
    assert figure[0]["definition"]
    assert unknown == ()


async def test_a_report_goes_on_when_its_database_is_back(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    database = InterruptibleDatabase(record.url.render_as_string(False))
    database.is_down = True
    async with report_worker(client, database, tmp_path, task_queue):
        asked = report_now(client, OF_THE_DAY, now(), task_queue=task_queue)
        run = asyncio.create_task(asked)
        await until(lambda: bool(database.refused))
        database.is_down = False
        await run
    database.close()

    assert on_time(stored(record)) == (1, 2)


@pytest.mark.timeout(150)
async def test_a_report_whose_worker_is_killed_is_finished_by_the_next_one(
    dev_server: Target,
    client: Client,
    record: Database,
    tmp_path: Path,
    task_queue: str,
) -> None:
    url = record.url.render_as_string(False)
    handle = await client.start_workflow(
        KpiReport.run, OF_THE_DAY, id=f"killed-{task_queue}", task_queue=task_queue
    )
    # Of its writes the first opens the report; the third, of the second section,
    # is cut before it is committed.
    async with dying_worker(dev_server, url, tmp_path, task_queue, stall_at=3) as said:
        last_words = (await said.readline()).decode().strip()
    with record.read() as connection:
        unfinished = connection.execute(select(kpi_snapshot)).one()

    async with report_worker(client, record, tmp_path, task_queue):
        result = await handle.result()

    view = stored(record)
    assert last_words == STALLED
    assert unfinished.finished_at is None
    assert result.snapshot_id == unfinished.snapshot_id
    assert [one.version for one in view.versions] == [1]
    keys = [(row["figure"], str(row["group"])) for row in view.figures]
    assert len(set(keys)) == len(keys) == result.figures
    assert {figure for figure, _ in keys} == set(DEFINITIONS)
    assert on_time(view) == (1, 2)
    assert (result.crossings, count_of(record, "kpi_limit_crossed")) == (1, 1)


async def test_late_facts_make_a_report_stale_and_a_restatement_tells_them(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    async with report_worker(client, record, tmp_path, task_queue):
        await report_now(client, OF_THE_DAY, now(), task_queue=task_queue)
        before = stored(record)
        with record.write() as connection:
            add_delivered_order(connection, "shop-3", told=now())
        stale = stored(record)
        reference = keep_reason(
            record, "an import came late", actor="manager:1", clock=now
        )
        await report_now(
            client,
            OF_THE_DAY.model_copy(update={"reason_reference": reference}),
            now(),
            task_queue=task_queue,
        )

    second, first = stored(record), stored(record, 1)
    assert (before.report.is_stale, stale.report.is_stale) == (False, True)
    assert {one.order_id for one in stale.staleness.changes} == {"shop-3"}
    assert (second.report.version, second.report.reason) == (2, "an import came late")
    assert (on_time(second), second.report.is_stale) == ((2, 3), False)
    assert first.figures == before.figures
    assert [one.version for one in first.versions] == [2, 1]


async def test_a_crossing_is_told_once_however_often_the_report_is_made(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    async with report_worker(client, record, tmp_path, task_queue):
        for reason in (None, None, "asked by the board", "asked again"):
            reference = reason and keep_reason(
                record, reason, actor="manager:1", clock=now
            )
            request = OF_THE_DAY.model_copy(update={"reason_reference": reference})
            await report_now(client, request, now(), task_queue=task_queue)

    with record.read() as connection:
        opened = connection.execute(select(exception_table)).all()
    assert [one.kind for one in opened] == ["kpi_limit"]
    assert count_of(record, "kpi_limit_crossed") == 1
    assert stored(record).report.version == 3


async def test_a_request_that_cannot_be_told_is_refused_in_words(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    today = ReportRequest(first_day=now().date() + timedelta(days=1))
    async with report_worker(client, record, tmp_path, task_queue):
        with pytest.raises(Refused, match="has not begun"):
            await report_now(client, today, now(), task_queue=task_queue)
        with pytest.raises(InvalidInput) as refusal:
            await report_now(
                client,
                ReportRequest(kind=PeriodKind.CUSTOM),
                now(),
                task_queue=task_queue,
            )

    assert (refusal.value.field, finished(record)) == ("from", [])


async def test_a_report_without_a_worker_is_refused_at_once(
    client: Client, task_queue: str
) -> None:
    with pytest.raises(ReportFailed, match="orderwright worker"):
        await report_now(client, OF_THE_DAY, now(), task_queue=task_queue)


def test_a_report_that_nobody_made_is_not_found(record: Database) -> None:
    other = Period(first_day=date(2026, 1, 1), last_day=date(2026, 1, 1), zone=ZONE)

    with record.read() as connection:
        with pytest.raises(NotFound, match="2026-01-01"):
            read_snapshot(connection, SnapshotPeriod(kind=PERIOD.kind, period=other))
        with pytest.raises(NotFound, match=r"no report daily\.never"):
            read_snapshot(connection, "daily.never")


async def test_a_report_that_is_not_finished_is_not_shown(
    client: Client, record: Database, tmp_path: Path, task_queue: str
) -> None:
    async with report_worker(client, record, tmp_path, task_queue):
        made = await report_now(client, OF_THE_DAY, now(), task_queue=task_queue)
    with record.write() as connection:
        connection.execute(update(kpi_snapshot).values(finished_at=None))

    assert finished(record) == []
    with record.read() as connection:
        with pytest.raises(NotFound, match="finished"):
            read_snapshot(connection, PERIOD)
        with pytest.raises(NotFound, match="finished version 1"):
            read_snapshot(connection, made.snapshot_id, 1)


def test_the_same_question_is_the_same_run_and_another_reason_another() -> None:
    whole = ReportRequest(
        kind=PeriodKind.CUSTOM,
        first_day=DAY.first_day,
        last_day=DAY.last_day,
        zone=ZONE,
    )
    ids = [
        report_run_id_of(whole.model_copy(update={"reason_reference": reason}))
        for reason in (None, "note-1", "note-2")
    ]

    assert ids[0] == "kpi-report-custom-2026-11-10-2026-11-10-Europe/Berlin"
    assert ids[1].startswith(f"{ids[0]}-restated-")
    assert len(set(ids)) == 3
