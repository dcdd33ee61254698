"""A report of a closed period says when the record has changed behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.events import EventKind
from domain.kpi.periods import Period
from persistence.database import Database
from persistence.kpi.left_out import leave_out
from persistence.kpi.staleness import COUNTED, NAMED
from persistence.tables import history_order, stock_level, stock_movement
from tests.activities.steps.builders import NOON as TUESDAY
from tests.activities.steps.builders import line, shop_of
from tests.persistence.kpi.late import (
    DAY,
    HOUR,
    MADE,
    NOON,
    PastWeek,
    add_history_order,
    add_movement,
)

ROOT = Path(__file__).parents[3]
OF_TUESDAY = Period(first_day=TUESDAY.date(), last_day=TUESDAY.date(), zone=DAY.zone)
LATER = MADE + timedelta(days=3)


@pytest.fixture
def week(database_url: str) -> Iterator[PastWeek]:
    """Have a day with one order that was delivered, and a report of it."""
    database = Database(database_url)
    past = PastWeek(database)
    past.placed("shop-1")
    past.happened("shop-1", EventKind.DELIVERED, NOON + 5 * HOUR)
    past.report()
    yield past
    database.close()


def test_a_report_of_a_record_that_stands_is_not_stale(week: PastWeek) -> None:
    assert (week.look().is_stale, week.look().count) == (False, 0)


def test_what_happened_before_and_was_told_later_makes_it_stale(
    week: PastWeek,
) -> None:
    week.happened("shop-1", EventKind.HANDED_OVER, NOON + HOUR, LATER)

    [change] = week.look().changes

    assert (change.order_id, change.kind) == ("shop-1", "handed_over")
    assert (change.occurred_at, change.recorded_at) == (NOON + HOUR, LATER)


def test_an_order_that_is_imported_later_makes_it_stale(week: PastWeek) -> None:
    week.placed("shop-2", NOON, told=LATER)

    assert week.late_kinds() == [("shop-2", "placed")]


def test_an_imported_order_that_is_corrected_makes_it_stale(week: PastWeek) -> None:
    week.happened("shop-1", EventKind.HISTORY_CORRECTED, LATER)

    assert week.late_kinds() == [("shop-1", "history_corrected")]


def test_an_open_order_that_goes_on_does_not(week: PastWeek) -> None:
    week.placed("shop-2")
    week.report()
    week.happened("shop-2", EventKind.PICKED, LATER)
    week.happened("shop-2", EventKind.PROMISE_CHANGED, LATER, promised_on="2026-12-01")
    week.happened("shop-2", EventKind.DELIVERED, LATER + HOUR)

    assert week.late_kinds() == []


def test_a_late_fact_of_an_order_of_another_day_does_not(week: PastWeek) -> None:
    before = NOON - timedelta(days=2)
    week.placed("shop-9", before)
    week.happened("shop-9", EventKind.PICKED, before + HOUR, LATER)

    assert week.late_kinds() == []


def test_an_order_that_was_promised_for_the_day_counts_in_it(week: PastWeek) -> None:
    before = NOON - timedelta(days=2)
    week.placed("shop-9", before)
    week.happened("shop-9", EventKind.PROMISED, before, promised_on="2026-11-10")
    week.report()
    week.happened("shop-9", EventKind.PACKED, before + HOUR, LATER)

    assert week.late_kinds() == [("shop-9", "packed")]


@pytest.mark.parametrize(
    "promise",
    [
        {"promised_on": DAY.first_day},
        {"due_ship_on": DAY.first_day},
        {"promised_at": NOON},
        {"due_ship_at": NOON},
    ],
)
def test_an_imported_order_that_was_due_on_the_day_counts_in_it(
    week: PastWeek, promise: dict[str, object]
) -> None:
    before = NOON - timedelta(days=2)
    with week.database.write() as connection:
        add_history_order(connection, "shop-9", placed_at=before, **promise)
    week.placed("shop-9", before)
    week.report()
    week.happened("shop-9", EventKind.PACKED, before + HOUR, LATER)

    assert week.late_kinds() == [("shop-9", "packed")]


def test_a_promise_that_is_corrected_out_of_the_day_shows_by_the_count(
    week: PastWeek,
) -> None:
    before = NOON - timedelta(days=2)
    with week.database.write() as connection:
        add_history_order(connection, "shop-9", placed_at=before, promised_at=NOON)
    week.placed("shop-9", before)
    week.report()
    with week.database.write() as connection:
        connection.execute(update(history_order).values(promised_at=LATER))

    found = week.look()

    assert (found.is_stale, found.count, found.changes) == (True, 1, ())


def test_a_transaction_that_ended_after_the_report_shows_by_the_count(
    week: PastWeek,
) -> None:
    just_before = MADE - timedelta(seconds=1)
    week.happened("shop-1", EventKind.CLAIM_RECORDED, just_before)

    found = week.look()

    assert (found.is_stale, found.count, found.changes) == (True, 1, ())


def test_reminders_and_refusals_change_no_figure(week: PastWeek) -> None:
    for kind in (
        EventKind.DEADLINE_MISSED,
        EventKind.EXCEPTION_OPENED,
        EventKind.MESSAGE_REFUSED,
    ):
        week.happened("shop-1", kind, NOON, LATER)

    assert week.late_kinds() == []


def test_orders_of_a_source_that_is_left_out_do_not_matter(week: PastWeek) -> None:
    with week.database.write() as connection:
        leave_out(connection, "demo", "a hurried shop", MADE, "manager:1")
    week.placed("demo-1", NOON, LATER)
    week.placed("demo2-1", NOON, LATER)

    assert week.late_kinds() == [("demo2-1", "placed")]


def test_every_event_that_a_figure_reads_can_make_a_report_stale() -> None:
    readers = [
        path
        for path in (ROOT / "persistence/kpi").glob("*.py")
        if path.stem != "limits"
    ]
    read = {
        EventKind[name]
        for path in readers
        for name in re.findall(r"EventKind\.([A-Z_]+)", path.read_text("utf-8"))
    }

    assert len(read) > 10
    assert read - set(COUNTED) == set()


def test_imported_stock_of_the_time_before_makes_it_stale(week: PastWeek) -> None:
    with week.database.write() as connection:
        add_movement(connection, NOON - timedelta(days=30), LATER)
        add_movement(connection, DAY.ends_at, LATER)
        add_movement(connection, NOON, MADE)

    assert week.late_kinds() == [("stock", "received")]


def test_many_changes_are_all_counted_and_some_are_named(week: PastWeek) -> None:
    with week.database.write() as connection:
        for number in range(NAMED + 20):
            add_movement(connection, NOON, LATER + timedelta(seconds=number))

    found = week.look()

    assert (found.count, len(found.changes)) == (NAMED + 20, NAMED)
    assert found.changes[0].recorded_at == LATER


def test_a_claim_on_a_delivered_order_makes_its_day_stale(database_url: str) -> None:
    database = Database(database_url)
    with shop_of(database) as shop:
        shop.receive("A-1", MUG=9)
        ended = shop.order("ended", line("MUG", 1))
        ended.cancel()
        going_on = shop.order("open", line("MUG", 1))
        later = TUESDAY + timedelta(days=3)
        past = PastWeek(database)
        past.report(OF_TUESDAY, TUESDAY + timedelta(days=1))
        for run in (ended, going_on):
            past.happened(run.order_id, EventKind.CLAIM_RECORDED, later)

        assert past.late_kinds() == [("web-ended", "claim_recorded")]


def test_stock_that_was_counted_late_makes_it_stale(database_url: str) -> None:
    database = Database(database_url)
    with shop_of(database) as shop:
        shop.receive("A-1", MUG=9)
        past = PastWeek(database)
        past.report(OF_TUESDAY, TUESDAY + timedelta(days=1))
        [level] = shop.rows(select(stock_level.c.stock_level_id))[0]
        for change in ({"on_hand_change": -1}, {"allocated_change": 1}):
            shop.add(
                stock_movement,
                {
                    "stock_level_id": level,
                    "kind": "adjusted",
                    "cause": "count",
                    "actor": "counter:1",
                    "occurred_at": TUESDAY,
                    "recorded_at": TUESDAY + timedelta(days=3),
                    **change,
                },
            )

        assert past.late_kinds() == [("stock", "adjusted")]
