"""The floor's hours: what runs recorded and what other systems told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from domain.events import EventKind
from domain.identity import shipment_id_of
from domain.kpi.floor import FloorActivity, FloorHour
from domain.kpi.periods import Period
from domain.kpi.question import Question
from messages.order_messages import ConfirmHandover, ConfirmPack, ConfirmPick
from persistence.database import Database
from persistence.kpi.floor import load_floor
from persistence.kpi.left_out import leave_out
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_order,
    history_shipment,
)
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    line,
    package_of,
    picks,
    shop_at,
)

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
MARCH = Period(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), zone="UTC")
OF_MARCH = Question(period=MARCH, as_of=datetime(2026, 7, 1, tzinfo=UTC))
NOVEMBER = Period(first_day=date(2026, 11, 24), last_day=date(2026, 11, 24), zone="UTC")
OF_NOVEMBER = Question(period=NOVEMBER, as_of=NOON + timedelta(days=9))
PICKED, PACKED = EventKind.PICKED, EventKind.PACKED
LEFT = EventKind.HANDED_OVER


class Past:
    """A database that holds the history of another system."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.add(
            history_import,
            import_id="i1",
            kind="orders",
            started_at=TEN,
            actor="operator:1",
        )

    def add(self, table, **row: object) -> None:  # type: ignore[no-untyped-def]
        with self.database.write() as connection:
            connection.execute(insert(table), row)

    def order(
        self, order_id: str, *sent: int | None, warehouse: str | None = "north"
    ) -> None:
        """Add an order of one shipment with so many units sent of each line."""
        self.add(
            history_order,
            order_id=order_id,
            source=order_id.partition("-")[0],
            number=order_id,
            import_id="i1",
            fingerprint="f",
            status="shipped",
            placed_at=TEN,
        )
        self.add(
            history_shipment, order_id=order_id, shipment_no=1, warehouse_id=warehouse
        )
        for number, units in enumerate(sent, start=1):
            self.add(
                history_line,
                order_id=order_id,
                line_no=number,
                shipment_no=1,
                quantity_shipped=units,
            )

    def event(self, order_id: str, kind: EventKind, at: datetime) -> None:
        self.add(
            fulfillment_event,
            order_id=order_id,
            shipment_id=shipment_id_of(order_id, 1),
            kind=kind,
            actor="import",
            cause="history:i1",
            data={},
            occurred_at=at,
            recorded_at=at,
        )

    def floor(self, question: Question = OF_MARCH, *sources: str) -> list[FloorHour]:
        with self.database.read() as connection:
            return load_floor(connection, question, sources)


@pytest.fixture
def past(database_url: str) -> Iterator[Past]:
    database = Database(database_url)
    yield Past(database)
    database.close()


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with shop_at(database_url) as stocked:
        stocked.receive("A-1", MUG=10)
        stocked.receive("B-1", POT=10)
        yield stocked


def work(shop: Shop, run: OrderRun, station: str | None) -> None:
    """Pick at noon, pack an hour later, hand over two hours later."""
    shop.now = NOON
    run.done(
        ConfirmPick(
            message_id="k1", actor="picker:7", station=station, lines=picks(4, 1)
        )
    )
    shop.now = NOON + timedelta(hours=1)
    packages = (package_of(MUG=4, POT=1),)
    run.done(
        ConfirmPack(
            message_id="k2", actor="packer:3", station=station, packages=packages
        )
    )
    run.have_label()
    shop.now = NOON + timedelta(hours=2)
    run.done(ConfirmHandover(message_id="k3", actor="dock:1", station=station))


def floor_of(shop: Shop) -> list[FloorHour]:
    with shop.database.read() as connection:
        return load_floor(connection, OF_NOVEMBER, ())


def test_a_run_tells_station_lines_and_units_of_each_hour(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4), line("POT", 1))
    work(shop, run, "desk-4")

    found = floor_of(shop)

    assert [one.activity for one in found] == ["pick", "pack", "ship"]
    assert [one.hour.hour for one in found] == [12, 13, 14]
    assert {(one.warehouse, one.station) for one in found} == {("main", "desk-4")}
    assert {(one.lines, one.units, one.order_ids) for one in found} == {
        (2, 5, (run.state.order_id,))
    }


def test_without_a_station_each_activity_of_a_warehouse_is_one(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4), line("POT", 1))
    work(shop, run, None)

    assert [one.station for one in floor_of(shop)] == [
        "main:pick",
        "main:pack",
        "main:ship",
    ]


def test_history_counts_the_lines_of_its_shipments_hour_by_hour(past: Past) -> None:
    past.order("shop-1", 3, 1, 0)
    past.order("shop-2", 5)
    past.event("shop-1", PICKED, TEN)
    past.event("shop-2", PICKED, TEN + timedelta(minutes=59))
    past.event("shop-2", PACKED, TEN + timedelta(minutes=60))

    pick, pack = past.floor()

    assert (pick.station, pick.hour, pick.lines, pick.units, pick.orders) == (
        "north:pick",
        TEN,
        3,
        9,
        2,
    )
    assert (pack.activity, pack.hour, pack.lines, pack.order_ids) == (
        FloorActivity.PACK,
        TEN + timedelta(hours=1),
        1,
        ("shop-2",),
    )


def test_lines_of_which_nothing_is_told_are_unknown_not_nought(past: Past) -> None:
    past.order("shop-1", None)
    past.order("shop-2", 5)
    past.order("shop-3")
    for order_id in ("shop-1", "shop-2", "shop-3"):
        past.event(order_id, PICKED, TEN)

    (hour,) = past.floor()

    assert (hour.lines, hour.orders) == (1, 3)
    assert hour.unknown_order_ids == ("shop-1", "shop-3")


def test_a_warehouse_that_nobody_names_is_unknown(past: Past) -> None:
    past.order("shop-1", 1, warehouse=None)
    past.event("shop-1", LEFT, TEN)

    (hour,) = past.floor()

    assert (hour.warehouse, hour.station) == (None, "(unknown):ship")


def test_what_was_told_before_a_correction_counts_no_more(past: Past) -> None:
    past.order("shop-1", 1)
    past.event("shop-1", PICKED, TEN)
    past.event("shop-1", EventKind.HISTORY_CORRECTED, TEN + timedelta(days=90))
    past.event("shop-1", PICKED, TEN + timedelta(hours=3))

    assert [one.hour for one in past.floor()] == [TEN + timedelta(hours=3)]


def test_only_the_period_and_what_is_known_by_then_counts(past: Past) -> None:
    past.order("shop-1", 1)
    past.event("shop-1", PICKED, datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))
    past.event("shop-1", PICKED, datetime(2026, 3, 1, tzinfo=UTC))
    past.event("shop-1", PACKED, datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    past.event("shop-1", PACKED, datetime(2026, 4, 1, tzinfo=UTC))

    as_known = replace(OF_MARCH, as_of=datetime(2026, 3, 15, tzinfo=UTC))

    assert [one.hour.day for one in past.floor()] == [1, 31]
    assert [one.hour.day for one in past.floor(as_known)] == [1]


def test_clock_hours_are_those_of_the_zone_also_when_the_clock_goes_back(
    past: Past,
) -> None:
    past.order("shop-1", 1)
    for at in ((2026, 10, 25, 0, 30), (2026, 10, 25, 1, 30), (2026, 10, 25, 1, 31)):
        past.event("shop-1", PICKED, datetime(*at, tzinfo=UTC))
    october = Period(
        first_day=date(2026, 10, 25), last_day=date(2026, 10, 25), zone="Europe/Berlin"
    )
    in_kathmandu = replace(october, zone="Asia/Kathmandu")
    later = datetime(2026, 12, 1, tzinfo=UTC)

    twice = past.floor(Question(period=october, as_of=later))
    shifted = past.floor(Question(period=in_kathmandu, as_of=later))

    # Half past two was there twice that night.
    assert [one.hour.isoformat() for one in twice] == [
        "2026-10-25T00:00:00+00:00",
        "2026-10-25T01:00:00+00:00",
    ]
    assert [one.hour.minute for one in shifted] == [15, 15]


def test_sources_left_out_come_back_only_when_asked_for(past: Past) -> None:
    past.order("demo-1", 1)
    past.order("shop-1", 1)
    past.event("demo-1", PICKED, TEN)
    past.event("shop-1", PICKED, TEN)
    with past.database.write() as connection:
        leave_out(connection, "demo", "hurried", TEN, "operator:1")

    (usual,), (asked,) = past.floor(), past.floor(OF_MARCH, "demo")

    assert usual.order_ids == ("shop-1",)
    assert asked.order_ids == ("demo-1",)


def test_a_hand_over_that_only_a_scan_told_of_is_no_confirmation(past: Past) -> None:
    past.order("shop-1", 1)
    past.add(
        fulfillment_event,
        order_id="shop-1",
        shipment_id="shop-1-1",
        kind=LEFT,
        actor="carrier",
        cause="c",
        data={"inferred": True},
        occurred_at=TEN,
        recorded_at=TEN,
    )

    assert past.floor() == []


def test_an_empty_record_has_no_hours(past: Past) -> None:
    assert past.floor() == []
