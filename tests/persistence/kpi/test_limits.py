"""A KPI that crosses its limit is told to its owner: once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from domain.kpi.periods import Period, PeriodKind
from persistence.database import Database
from persistence.kpi.limits import count_crossings, judge
from persistence.kpi.snapshots import Snapshot
from persistence.tables import exception_table, fulfillment_event, kpi_limit
from tests.persistence.kpi.late import DAY, MADE, ZONE, a_snapshot


def on_time(level: str | None, value: float = 0.93, **more: object) -> dict[str, Any]:
    told = {
        "figure": "on_time_delivery",
        "title": "On-time delivery",
        "unit": "rate",
        "group": {},
        "n": 40,
        "rate": value,
        "not_measured": None,
        "target": {
            "statistic": "rate",
            "target": 0.99,
            "warning": 0.97,
            "alarm": 0.95,
            "higher_is_better": True,
            "owner_role": "carrier_manager",
            "level": level,
        },
    }
    return {**told, **more}


def day(number: int) -> Snapshot:
    chosen = date(2026, 11, number)
    return a_snapshot(Period(first_day=chosen, last_day=chosen, zone=ZONE))


@dataclass
class Manager:
    """Judges reports, and reads what came of it."""

    database: Database

    def judges(self, snapshot: Snapshot, *rows: dict[str, Any]) -> int:
        with self.database.write() as connection:
            return judge(connection, snapshot, rows, MADE)

    def rows(self, query: Any) -> list[Row[Any]]:
        with self.database.read() as connection:
            return list(connection.execute(query))

    def events(self) -> list[Row[Any]]:
        return self.rows(
            select(fulfillment_event).order_by(fulfillment_event.c.fulfillment_event_id)
        )

    def resolutions(self) -> dict[str, str | None]:
        query = select(exception_table).order_by(exception_table.c.exception_id)
        return {row.exception_id: row.resolution for row in self.rows(query)}

    def standing(self) -> tuple[str, date]:
        [row] = self.rows(select(kpi_limit))
        return row.level, row.since_day


@pytest.fixture
def manager(database_url: str) -> Iterator[Manager]:
    database = Database(database_url)
    yield Manager(database)
    database.close()


def test_a_crossing_is_one_event_and_one_exception_of_the_owner(
    manager: Manager,
) -> None:
    crossed = manager.judges(day(10), on_time("alarm", 0.93))

    [event], [opened] = manager.events(), manager.rows(select(exception_table))
    assert crossed == 1
    assert (event.kind, event.order_id) == ("kpi_limit_crossed", None)
    assert event.data == {
        "figure": "on_time_delivery",
        "level": "alarm",
        "statistic": "rate",
        "value": 0.93,
        "limit": 0.95,
        "period": "2026-11-10",
        "snapshot_id": "daily.2026-11-10.2026-11-10.Europe.Berlin.v1",
        "owner_role": "carrier_manager",
        "exception_id": opened.exception_id,
    }
    assert (opened.kind, opened.order_id) == ("kpi_limit", None)
    assert opened.owner_role == "carrier_manager"
    assert opened.cause == (
        "On-time delivery (rate) of 2026-11-10 is 0.93 rate: the alarm limit is 0.95"
    )


def test_the_next_report_at_the_same_level_says_nothing_again(
    manager: Manager,
) -> None:
    manager.judges(day(10), on_time("alarm", 0.93))
    crossed = manager.judges(day(11), on_time("alarm", 0.90))

    assert (crossed, len(manager.events())) == (0, 1)
    assert list(manager.resolutions().values()) == [None]
    assert manager.standing() == ("alarm", date(2026, 11, 10))


def test_a_restatement_at_the_same_level_says_nothing_again(manager: Manager) -> None:
    manager.judges(day(10), on_time("warning", 0.96))
    again = a_snapshot(version=2)

    assert manager.judges(again, on_time("warning", 0.961)) == 0
    assert len(manager.events()) == 1


def test_a_restatement_of_the_newest_period_that_is_worse_is_a_crossing(
    manager: Manager,
) -> None:
    manager.judges(day(10), on_time("within", 0.99))

    assert manager.judges(a_snapshot(version=2), on_time("alarm")) == 1


def test_a_warning_that_becomes_an_alarm_is_a_crossing_of_its_own(
    manager: Manager,
) -> None:
    manager.judges(day(10), on_time("warning", 0.96))
    crossed = manager.judges(day(11), on_time("alarm", 0.93))

    assert crossed == 1
    assert [event.data["level"] for event in manager.events()] == ["warning", "alarm"]
    assert list(manager.resolutions().values()) == ["overtaken", None]


def test_a_figure_back_within_its_limits_closes_the_exception(
    manager: Manager,
) -> None:
    manager.judges(day(10), on_time("alarm", 0.93))
    manager.judges(day(11), on_time("within", 0.98))

    assert list(manager.resolutions().values()) == ["back_within_limits"]
    assert manager.standing() == ("within", date(2026, 11, 11))
    assert manager.judges(day(12), on_time("warning", 0.96)) == 1
    assert list(manager.resolutions().values()) == ["back_within_limits", None]


def test_an_alarm_that_became_a_warning_is_still_open_work(manager: Manager) -> None:
    manager.judges(day(10), on_time("alarm", 0.93))

    assert manager.judges(day(11), on_time("warning", 0.96)) == 0
    assert list(manager.resolutions().values()) == [None]
    assert manager.standing() == ("warning", date(2026, 11, 11))


def test_what_a_person_resolved_is_not_opened_again_at_the_same_level(
    manager: Manager,
) -> None:
    manager.judges(day(10), on_time("alarm", 0.93))
    with manager.database.write() as connection:
        connection.execute(
            update(exception_table).values(resolved_at=MADE, resolution="seen")
        )

    manager.judges(day(11), on_time("alarm", 0.92))
    manager.judges(day(12), on_time("within", 0.99))

    assert list(manager.resolutions().values()) == ["seen"]


@pytest.mark.parametrize(
    "silent",
    [
        on_time(None),
        on_time("within", n=0),
        on_time("within", not_measured="no promise is recorded"),
        on_time("within", target=None),
        on_time("within", group={"warehouse": "north"}),
        on_time("within", currency="USD"),
    ],
)
def test_a_figure_without_a_number_of_the_whole_leaves_the_level(
    manager: Manager, silent: dict[str, Any]
) -> None:
    manager.judges(day(10), on_time("alarm", 0.93))

    assert manager.judges(day(11), silent) == 0
    assert manager.standing() == ("alarm", date(2026, 11, 10))


def test_an_older_report_that_is_made_later_is_not_judged(manager: Manager) -> None:
    manager.judges(day(11), on_time("within", 0.99))

    assert manager.judges(day(10), on_time("alarm", 0.5)) == 0
    assert manager.standing()[0] == "within"


def test_days_and_zones_of_somebodys_choice_are_not_judged(manager: Manager) -> None:
    elsewhere = Period(
        first_day=DAY.first_day, last_day=DAY.last_day, zone="Asia/Tokyo"
    )

    custom = manager.judges(a_snapshot(kind=PeriodKind.CUSTOM), on_time("alarm"))
    other = manager.judges(a_snapshot(elsewhere), on_time("alarm"))

    assert (custom, other, manager.events()) == (0, 0, [])


def test_days_and_weeks_have_limits_of_their_own(manager: Manager) -> None:
    week = Period(first_day=date(2026, 11, 9), last_day=date(2026, 11, 15), zone=ZONE)
    weekly = a_snapshot(week, kind=PeriodKind.WEEKLY)

    daily_crossed = manager.judges(day(10), on_time("alarm"))
    crossed = manager.judges(weekly, on_time("alarm"))

    assert (daily_crossed, crossed) == (1, 1)
    assert manager.events()[1].data["period"] == "2026-11-09 to 2026-11-15"


def test_two_reports_judged_at_once_cross_a_limit_once(manager: Manager) -> None:
    start, crossed = threading.Barrier(2), []

    def work(number: int) -> None:
        start.wait()
        crossed.append(manager.judges(day(number), on_time("alarm")))

    threads = [threading.Thread(target=work, args=(number,)) for number in (10, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(crossed) == [0, 1]
    assert len(manager.events()) == 1


def test_a_report_knows_what_it_crossed(manager: Manager) -> None:
    made = day(10)
    late = {**on_time("warning", 0.96), "figure": "on_time_shipment"}
    manager.judges(made, on_time("alarm"), late)
    other = replace(made, snapshot_id="other", period=day(11).period)
    manager.judges(other, on_time("alarm"))

    with manager.database.read() as connection:
        assert count_crossings(connection, made.snapshot_id) == 2
        assert count_crossings(connection, "other") == 0
