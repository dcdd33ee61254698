"""Reports are kept as they were made: a version is closed once, and stays readable."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.errors import NotFound
from domain.kpi.periods import Period, PeriodKind
from domain.kpi.question import CarryingRates, CostRates, KpiTerms
from domain.kpi.targets import Statistic, Target
from persistence.database import Database, StorageFailed
from persistence.kpi.snapshots import (
    count_rows,
    find_snapshot,
    finish_snapshot,
    finished_snapshots,
    insert_snapshot,
    rows_of,
    store_section,
    stored_sections,
    versions_of,
)
from tests.persistence.kpi.late import DAY, HOUR, MADE, ZONE, a_snapshot

TERMS = KpiTerms(
    zone=ZONE,
    currency="USD",
    carrying=CarryingRates(capital=0.12),
    cost=CostRates(labour_per_order=Decimal("0.35")),
    targets={
        "otif": Target(
            statistic=Statistic.RATE,
            target=0.99,
            warning=0.97,
            alarm=0.9,
            higher_is_better=True,
        )
    },
)


def row(figure: str, n: int = 1, **group: str) -> dict[str, object]:
    return {"figure": figure, "group": group, "n": n}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def stored(database: Database, snapshot_id: str) -> list[tuple[str, int]]:
    with database.read() as connection:
        return [(one["figure"], one["n"]) for one in rows_of(connection, snapshot_id)]


def test_a_version_keeps_the_terms_it_was_made_by(database: Database) -> None:
    made = replace(a_snapshot(terms=TERMS), facts=12)
    with database.write() as connection:
        insert_snapshot(connection, made)

    with database.read() as connection:
        assert find_snapshot(connection, made.snapshot_id) == made


def test_a_version_that_is_not_there_is_not_found(database: Database) -> None:
    with database.read() as connection, pytest.raises(NotFound, match="no report"):
        find_snapshot(connection, "daily.never")


def test_rows_are_read_in_the_order_of_their_sections(database: Database) -> None:
    made = a_snapshot()
    with database.write() as connection:
        insert_snapshot(connection, made)
        store_section(connection, made.snapshot_id, 2, [row("otif")])
        store_section(connection, made.snapshot_id, 0, [row("late"), row("cycle")])

    assert [name for name, _ in stored(database, made.snapshot_id)] == [
        "late",
        "cycle",
        "otif",
    ]
    with database.read() as connection:
        assert stored_sections(connection, made.snapshot_id) == {0, 2}
        assert rows_of(connection, made.snapshot_id, "otif") == [row("otif")]
        assert count_rows(connection, made.snapshot_id) == 3


def test_a_section_is_stored_once_whatever_a_late_worker_says(
    database: Database,
) -> None:
    made = a_snapshot()
    with database.write() as connection:
        insert_snapshot(connection, made)
        first = store_section(connection, made.snapshot_id, 0, [row("otif", 1)])
        again = store_section(
            connection,
            made.snapshot_id,
            0,
            [row("otif", 2), row("otif", 3, channel="w")],
        )

    assert (first, again) == (True, False)
    assert stored(database, made.snapshot_id) == [("otif", 1)]


def test_two_workers_at_one_section_store_it_once(database: Database) -> None:
    made = a_snapshot()
    with database.write() as connection:
        insert_snapshot(connection, made)
    start, did = threading.Barrier(2), []

    def work(number: int) -> None:
        start.wait()
        with database.write() as connection:
            rows = [row("otif", number), row("late", number)]
            did.append(store_section(connection, made.snapshot_id, 0, rows))

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(did) == [False, True]
    assert len({n for _, n in stored(database, made.snapshot_id)}) == 1


def test_two_currencies_of_one_group_are_told_apart(database: Database) -> None:
    made = a_snapshot()
    rows = [{**row("cost"), "currency": money} for money in ("EUR", "USD")]
    with database.write() as connection:
        insert_snapshot(connection, made)
        store_section(connection, made.snapshot_id, 0, rows)

    assert stored(database, made.snapshot_id) == [("cost", 1), ("cost", 1)]


def test_a_closed_version_never_changes(database: Database) -> None:
    made = a_snapshot()
    with database.write() as connection:
        insert_snapshot(connection, made)
        store_section(connection, made.snapshot_id, 0, [row("otif")])
        closed = finish_snapshot(connection, made.snapshot_id, MADE)
        again = finish_snapshot(connection, made.snapshot_id, MADE + HOUR)
        late = store_section(connection, made.snapshot_id, 1, [row("late")])

    assert (closed, again, late) == (True, False, False)
    assert stored(database, made.snapshot_id) == [("otif", 1)]
    with database.read() as connection:
        assert find_snapshot(connection, made.snapshot_id).finished_at == MADE


def test_one_version_of_a_period_cannot_be_made_twice(database: Database) -> None:
    with database.write() as connection:
        insert_snapshot(connection, a_snapshot())

    with pytest.raises(StorageFailed), database.write() as connection:
        insert_snapshot(connection, replace(a_snapshot(), snapshot_id="another"))


def test_the_newest_version_comes_first_and_the_old_ones_stay(
    database: Database,
) -> None:
    other = Period(first_day=date(2026, 11, 9), last_day=DAY.last_day, zone=ZONE)
    with database.write() as connection:
        for version in (1, 2):
            insert_snapshot(connection, a_snapshot(version=version))
        insert_snapshot(connection, a_snapshot(other, kind=PeriodKind.CUSTOM))

    with database.read() as connection:
        found = versions_of(connection, PeriodKind.DAILY, DAY)

    assert [(one.version, one.reason) for one in found] == [
        (2, "late claims"),
        (1, None),
    ]


def test_only_finished_versions_are_listed_the_newest_period_first(
    database: Database,
) -> None:
    next_day = Period(
        first_day=date(2026, 11, 11), last_day=date(2026, 11, 11), zone=ZONE
    )
    made = [a_snapshot(), a_snapshot(version=2), a_snapshot(next_day)]
    with database.write() as connection:
        for one in made:
            insert_snapshot(connection, one)
        for one in (made[0], made[2]):
            finish_snapshot(connection, one.snapshot_id, MADE)

    with database.read() as connection:
        listed = finished_snapshots(connection, limit=5)
        first = finished_snapshots(connection, PeriodKind.DAILY, limit=1)
        weekly = finished_snapshots(connection, PeriodKind.WEEKLY, limit=5)

    assert [one.snapshot_id for one in listed] == [
        "daily.2026-11-11.2026-11-11.Europe.Berlin.v1",
        "daily.2026-11-10.2026-11-10.Europe.Berlin.v1",
    ]
    assert (first, weekly) == (listed[:1], [])


def test_a_version_of_days_that_went_on_is_provisional() -> None:
    made = a_snapshot()

    assert not made.is_provisional
    before_the_end = DAY.ends_at - timedelta(seconds=1)
    assert replace(made, as_of=before_the_end).is_provisional
