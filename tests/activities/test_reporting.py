"""A report is computed section by section, and each of them is stored once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select
from temporalio.testing import ActivityEnvironment

from activities.kpi.report_parts import sections, within_limit
from activities.reporting import WENT_ON, Reporting
from domain.errors import InvalidInput, Refused
from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.periods import PeriodKind
from domain.kpi.question import KpiTerms
from domain.kpi.targets import Statistic, Target
from domain.policy import DEFAULT_POLICY
from messages.kpi_report import (
    FigureRow,
    OpenedReport,
    OpenReportInput,
    ReportProgress,
    ReportRequest,
    ReportResult,
)
from operations.kpi.reports import keep_reason
from persistence.database import Database, StorageFailed
from persistence.kpi.snapshots import find_snapshot, rows_of, stored_sections
from persistence.tables import (
    exception_table,
    fulfillment_event,
    kpi_snapshot,
)
from tests.persistence.kpi.late import (
    DAY,
    MADE,
    ZONE,
    add_delivered_order,
)

ALWAYS_CROSSED = Target(
    statistic=Statistic.RATE,
    target=1,
    warning=1,
    alarm=0.9,
    higher_is_better=True,
    owner_role="carrier_manager",
)
TERMS = KpiTerms(zone=ZONE, targets={"on_time_delivery": ALWAYS_CROSSED})
OF_THE_DAY = ReportRequest(kind=PeriodKind.DAILY, first_day=DAY.first_day)


@dataclass
class Reporter:
    """The activities of a run, called one by one."""

    database: Database
    now: datetime = MADE
    terms: KpiTerms = TERMS
    beats: list[ReportProgress] = field(default_factory=list)

    def on(self, database: Database) -> Reporting:
        return Reporting(
            database=database,
            policy=DEFAULT_POLICY,
            terms=self.terms,
            clock=lambda: self.now,
        )

    def open(self, request: ReportRequest = OF_THE_DAY, key: str = "a") -> OpenedReport:
        told = OpenReportInput(request=request, asked_at=self.now, key=key)
        return self.on(self.database).open_report(told)

    async def tell(
        self, opened: OpenedReport, database: Database | None = None
    ) -> ReportResult:
        environment = ActivityEnvironment()
        environment.on_heartbeat = lambda *told: self.beats.append(told[0])
        work = self.on(database or self.database).report_figures
        return await environment.run(work, opened)

    async def report(self, request: ReportRequest = OF_THE_DAY) -> OpenedReport:
        opened = self.open(request, key=f"{request}{self.now}")
        await self.tell(opened)
        return opened

    def reason(self, text: str) -> str:
        return keep_reason(
            self.database, text, actor="manager:1", clock=lambda: self.now
        )

    def rows(self, snapshot_id: str) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return rows_of(connection, snapshot_id)

    def count(self, query: Any) -> int:
        with self.database.read() as connection:
            return len(connection.execute(query).all())


@pytest.fixture
def reporter(database_url: str) -> Iterator[Reporter]:
    """Have a day on which two orders were due: one in time, one late."""
    database = Database(database_url)
    with database.write() as connection:
        add_delivered_order(connection, "shop-1")
        add_delivered_order(connection, "shop-2", is_late=True)
    yield Reporter(database)
    database.close()


class DyingDatabase(Database):
    """A database that is lost after some more writes."""

    def __init__(self, url: str, writes: int) -> None:
        super().__init__(url)
        self._writes = writes

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._writes -= 1
        if self._writes < 0:
            raise StorageFailed("the database did not answer (cut)")
        with super().write() as connection:
            yield connection


async def test_a_report_holds_every_kpi_with_its_definition_and_its_question(
    reporter: Reporter,
) -> None:
    opened = reporter.open()

    result = await reporter.tell(opened)

    rows = reporter.rows(opened.snapshot_id)
    whole = {row["figure"] for row in rows if not row["group"]}
    assert whole == set(DEFINITIONS)
    assert (result.figures, result.version) == (len(rows), 1)
    assert result.finished_at == MADE
    for row in rows:
        assert row["definition"]["says"]
        assert (row["from"], row["to"], row["zone"]) == (
            "2026-11-10",
            "2026-11-10",
            ZONE,
        )


async def test_a_report_tells_the_headlines_by_warehouse_and_channel(
    reporter: Reporter,
) -> None:
    opened = await reporter.report()

    groups = [
        row["group"]
        for row in reporter.rows(opened.snapshot_id)
        if row["figure"] == "on_time_delivery"
    ]

    assert groups == [{}, {"warehouse": "north"}, {"channel": "web"}]


async def test_late_orders_are_counted_and_the_limit_is_crossed(
    reporter: Reporter,
) -> None:
    opened = reporter.open()

    result = await reporter.tell(opened)

    [row] = [
        row
        for row in reporter.rows(opened.snapshot_id)
        if row["figure"] == "on_time_delivery" and not row["group"]
    ]
    assert (row["numerator"], row["denominator"]) == (1, 2)
    assert result.crossings == 1
    assert reporter.count(select(exception_table)) == 1


@pytest.mark.parametrize("stored", [0, 1, 5])
async def test_a_report_killed_in_the_middle_goes_on_behind_the_last_section(
    reporter: Reporter, stored: int
) -> None:
    opened = reporter.open()
    dying = DyingDatabase(reporter.database.url.render_as_string(False), stored)
    with pytest.raises(StorageFailed):
        await reporter.tell(opened, dying)
    dying.close()
    before = reporter.rows(opened.snapshot_id)
    with reporter.database.read() as connection:
        done = stored_sections(connection, opened.snapshot_id)
    reporter.beats.clear()

    result = await reporter.tell(opened)

    rows = reporter.rows(opened.snapshot_id)
    assert len(done) == stored
    assert rows[: len(before)] == before
    assert len({(row["figure"], str(row["group"])) for row in rows}) == len(rows)
    assert {row["figure"] for row in rows} == set(DEFINITIONS)
    assert (result.figures, result.crossings) == (len(rows), 1)
    assert reporter.count(select(fulfillment_event).where(_crossed())) == 1


async def test_a_report_killed_at_its_end_is_closed_and_judged_once(
    reporter: Reporter,
) -> None:
    opened = reporter.open()
    first = await reporter.tell(opened)
    reporter.now += timedelta(hours=1)

    again = await reporter.tell(opened)

    assert again == first
    assert reporter.count(select(fulfillment_event).where(_crossed())) == 1


async def test_two_workers_at_one_report_count_nothing_twice(
    reporter: Reporter,
) -> None:
    opened = reporter.open()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(reporter.tell(opened))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = reporter.rows(opened.snapshot_id)
    assert failures == []
    assert len({(row["figure"], str(row["group"])) for row in rows}) == len(rows)
    assert reporter.count(select(fulfillment_event).where(_crossed())) == 1


async def test_a_long_section_says_that_it_goes_on(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.reporting.BEAT_SECONDS", 0.001)

    await reporter.report()

    assert len(reporter.beats) > 2 * len(sections())
    last = reporter.beats[-1]
    assert len(last.done) == last.total - 1


async def test_a_report_is_made_by_the_terms_it_was_begun_with(
    reporter: Reporter,
) -> None:
    opened = reporter.open()
    reporter.terms = KpiTerms(zone="Asia/Tokyo")

    await reporter.tell(opened)

    [row] = [
        row
        for row in reporter.rows(opened.snapshot_id)
        if row["figure"] == "on_time_delivery" and not row["group"]
    ]
    assert row["zone"] == ZONE
    assert row["target"]["owner_role"] == "carrier_manager"


def test_the_same_attempt_and_the_same_question_find_one_version(
    reporter: Reporter,
) -> None:
    first = reporter.open(key="one")
    reporter.now += timedelta(hours=1)

    assert reporter.open(key="one") == first
    assert reporter.open(key="another") == first
    assert reporter.count(select(kpi_snapshot)) == 1


async def test_a_reason_makes_the_next_version_once_and_the_old_one_stays(
    reporter: Reporter,
) -> None:
    first = await reporter.report()
    before = reporter.rows(first.snapshot_id)
    reporter.now += timedelta(days=3)
    with reporter.database.write() as connection:
        add_delivered_order(connection, "shop-3", told=reporter.now)
    reference = reporter.reason("an order was imported late")
    restated = OF_THE_DAY.model_copy(update={"reason_reference": reference})

    second = reporter.open(restated, key="restated")
    retried = reporter.open(restated, key="restated")
    await reporter.tell(second)

    assert retried == second
    assert (first.version, second.version) == (1, 2)
    with reporter.database.read() as connection:
        kept = find_snapshot(connection, second.snapshot_id)
    assert kept.reason == "an order was imported late"
    assert kept.as_of == reporter.now
    assert reporter.rows(first.snapshot_id) == before
    assert reporter.open(key="later") == second
    ns = [
        row["n"]
        for version in (first, second)
        for row in reporter.rows(version.snapshot_id)
        if row["figure"] == "on_time_delivery" and not row["group"]
    ]
    assert ns == [2, 3]


async def test_a_reason_that_nobody_stored_is_refused(reporter: Reporter) -> None:
    await reporter.report()
    restated = OF_THE_DAY.model_copy(update={"reason_reference": "note-0"})

    with pytest.raises(InvalidInput, match="a stored note"):
        reporter.open(restated, key="b")


def test_a_first_version_needs_and_keeps_no_reason(reporter: Reporter) -> None:
    reference = reporter.reason("because")

    opened = reporter.open(
        OF_THE_DAY.model_copy(update={"reason_reference": reference})
    )

    with reporter.database.read() as connection:
        assert find_snapshot(connection, opened.snapshot_id).reason is None


def test_a_day_that_goes_on_has_no_daily_report(reporter: Reporter) -> None:
    reporter.now = DAY.ends_at - timedelta(hours=1)

    with pytest.raises(Refused, match="has to be over"):
        reporter.open()


async def test_a_report_of_days_that_went_on_becomes_the_next_version(
    reporter: Reporter,
) -> None:
    request = ReportRequest(
        kind=PeriodKind.CUSTOM, first_day=date(2026, 11, 9), last_day=DAY.last_day
    )
    reporter.now = DAY.ends_at - timedelta(hours=1)
    first = await reporter.report(request)
    again = reporter.open(request, key=f"{request}{reporter.now}")
    reporter.now = MADE

    second = await reporter.report(request)
    third = reporter.open(request, key="c")

    assert again == first
    assert (first.version, second.version, third.version) == (1, 2, 2)
    with reporter.database.read() as connection:
        assert find_snapshot(connection, first.snapshot_id).is_provisional
        assert find_snapshot(connection, second.snapshot_id).reason == WENT_ON


def test_a_run_keeps_the_rows_of_the_whole_before_those_of_groups() -> None:
    said: FigureRow = {"says": "all"}
    whole: FigureRow = {"figure": "a", "group": {}, "definition": said}
    group: FigureRow = {"figure": "a", "group": {"channel": "web"}, "definition": said}
    long = {**group, "details": "x" * 300_000}

    kept = within_limit([long, long, whole])

    assert kept[0] == whole
    assert kept[1:] == ({name: long[name] for name in ("figure", "group", "details")},)


async def test_what_a_run_answers_is_what_the_report_holds(reporter: Reporter) -> None:
    opened = await reporter.report()

    told = reporter.on(reporter.database).read_report(opened)

    rows = reporter.rows(opened.snapshot_id)
    assert (told.report, told.left_out, told.finished_at) == (opened, 0, MADE)
    assert len(told.rows) == len(rows)
    assert [row["figure"] for row in told.rows if not row["group"]] == [
        row["figure"] for row in rows if not row["group"]
    ]
    assert len(json.dumps(told.rows)) < 2_000_000


def _crossed() -> Any:
    return fulfillment_event.c.kind == "kpi_limit_crossed"
