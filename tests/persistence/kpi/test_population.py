"""Which orders are loaded: by their windows, their sources and the moment."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from domain.kpi.definitions import DueKind
from domain.kpi.facts import Promise
from domain.kpi.periods import Period
from domain.kpi.question import Window
from domain.kpi.zones import CountryZones
from persistence.database import Database
from persistence.kpi.left_out import count_in, leave_out, left_out_sources
from persistence.kpi.orders.loading import load_orders
from persistence.kpi.orders.population import event_span, warehouse_zones
from persistence.kpi.orders.wanted import OrdersWanted
from persistence.tables import orders, shipment
from tests.activities.steps.builders import NOON, Shop, line
from tests.persistence.kpi.asking import LATER, YEAR, facts_in
from tests.persistence.kpi.past_orders import MIDNIGHT, PastOrders, hour

MAY = Period(first_day=date(2026, 5, 1), last_day=date(2026, 5, 31), zone="UTC")
IN_MAY = hour(24 * 70)
DELIVERY, SHIPMENT = DueKind.DELIVERY, DueKind.SHIPMENT


def in_may(database: Database, window: Window, due: DueKind = DELIVERY) -> list[str]:
    return sorted(facts_in(database, period=MAY, windows=frozenset({(window, due)})))


def test_orders_placed_in_the_period_belong_to_every_window(past: PastOrders) -> None:
    past.order("1")
    placed = past.order("2", placed_at=IN_MAY)

    for window in Window:
        assert in_may(past.database, window) == [placed]


def test_an_order_delivered_in_the_period_belongs_to_that_window_alone(
    past: PastOrders,
) -> None:
    delivered = past.order("1", shipments=({"delivered": 24 * 70},))

    assert in_may(past.database, Window.DELIVERED) == [delivered]
    assert in_may(past.database, Window.PLACED) == []
    assert in_may(past.database, Window.DUE) == []


@pytest.mark.parametrize(
    ("field", "due", "other"),
    [("promised", DELIVERY, SHIPMENT), ("due_ship", SHIPMENT, DELIVERY)],
)
@pytest.mark.parametrize("is_day", [True, False])
def test_an_order_due_in_the_period_belongs_to_the_window_of_that_promise(
    past: PastOrders, field: str, due: DueKind, other: DueKind, is_day: bool
) -> None:
    promise = {f"{field}_on": date(2026, 5, 31)} if is_day else {f"{field}_at": IN_MAY}
    order_id = past.order("1", **promise)

    assert in_may(past.database, Window.DUE, due) == [order_id]
    assert in_may(past.database, Window.DUE, other) == []
    assert getattr(facts_in(past.database)[order_id], field) == (
        Promise(on=date(2026, 5, 31)) if is_day else Promise(at=IN_MAY)
    )


@pytest.mark.parametrize("promised_on", [None, date(2027, 5, 7)])
def test_what_we_promised_counts_before_what_was_asked_for(
    stocked_shop: Shop, promised_on: date | None
) -> None:
    run = stocked_shop.order("1", line("MUG", 1))
    values = {"asked_for_on": date(2027, 6, 2), "promised_on": promised_on}
    with stocked_shop.database.write() as connection:
        connection.execute(update(orders).values(values))
        connection.execute(update(shipment).values(ship_on=date(2027, 5, 5)))
    may, june = (
        Period(first_day=date(2027, n, 1), last_day=date(2027, n, 28), zone="UTC")
        for n in (5, 6)
    )
    due = {
        period: list(
            facts_in(
                stocked_shop.database,
                period=period,
                windows=frozenset({(Window.DUE, DELIVERY)}),
            )
        )
        for period in (may, june)
    }
    to_ship = facts_in(
        stocked_shop.database,
        period=may,
        windows=frozenset({(Window.DUE, SHIPMENT)}),
    )

    facts = facts_in(stocked_shop.database)[run.order_id]

    # Once we promise a day the wish is loaded too, and left to the figure to drop.
    assert due == {may: [run.order_id] if promised_on else [], june: [run.order_id]}
    assert facts.promised == Promise(on=promised_on or date(2027, 6, 2))
    assert facts.due_ship == Promise(on=date(2027, 5, 5))
    assert list(to_ship) == [run.order_id]


def test_a_period_begins_and_ends_at_its_own_midnight(past: PastOrders) -> None:
    zone = ZoneInfo("America/New_York")
    day = Period(
        first_day=date(2026, 3, 8), last_day=date(2026, 3, 8), zone="America/New_York"
    )
    # Clocks were put forward that night: the day has 23 hours.
    midnight = MIDNIGHT.replace(tzinfo=zone).replace(day=8)
    for number, instant in enumerate(
        [
            midnight - timedelta(seconds=1),
            midnight,
            midnight.replace(hour=23, minute=59),
        ]
    ):
        past.order(str(number), placed_at=instant)
    past.order("3", placed_at=midnight.replace(day=9))

    assert sorted(facts_in(past.database, period=day)) == ["old-1", "old-2"]


def test_a_source_that_is_left_out_is_told_apart_until_it_counts_again(
    past: PastOrders,
) -> None:
    order_id, test_order = past.order("1"), past.order("2", source="test")
    wanted = OrdersWanted(period=YEAR, as_of=LATER)
    with past.database.write() as connection:
        leave_out(connection, "test", "a wrong reason", NOON, "operator:1")
        leave_out(connection, "test", "a test account", NOON, "operator:1")
        told = left_out_sources(connection)
        without = load_orders(connection, wanted)
        count_in(connection, "test")
        whole = load_orders(connection, wanted)

    assert told == {"test": "a test account"}
    assert [one.order_id for one in without.orders] == [order_id]
    assert [one.order_id for one in without.left_out] == [test_order]
    assert {one.order_id for one in whole.orders} == {order_id, test_order}
    assert whole.left_out == []


def test_a_source_asked_for_counts_even_if_it_is_left_out(past: PastOrders) -> None:
    past.order("1")
    test_order = past.order("2", source="test")
    with past.database.write() as connection:
        leave_out(connection, "test", "a test account", NOON, "operator:1")

    assert list(facts_in(past.database, sources=("test",))) == [test_order]


ZONES: CountryZones = {"DE": ("Europe/Berlin",), "US": ("America/New_York",)}


def test_a_destination_lies_in_the_zone_of_its_country(stocked_shop: Shop) -> None:
    stocked_shop.order("1", line("MUG", 1))

    [facts] = facts_in(stocked_shop.database, country_zones=ZONES).values()

    assert facts.ship_to_zone == "Europe/Berlin"


def test_an_imported_destination_lies_where_its_source_says(past: PastOrders) -> None:
    past.order("1", ship_to_zone="Asia/Tokyo")

    [facts] = facts_in(past.database, country_zones=ZONES).values()

    assert facts.ship_to_zone == "Asia/Tokyo"


def test_the_span_of_the_record_goes_from_the_first_order_to_the_last_stage(
    past: PastOrders,
) -> None:
    with past.database.read() as connection:
        nothing = event_span(connection)
    past.order("1", shipments=({"delivered": 30},))
    past.order("2", placed_at=hour(-5), shipments=({"handed_over": 31},))

    with past.database.read() as connection:
        assert event_span(connection) == (hour(-5), hour(31))
    assert nothing is None


def test_warehouses_have_their_zones(stocked_shop: Shop) -> None:
    with stocked_shop.database.read() as connection:
        assert warehouse_zones(connection) == {"main": "Europe/Berlin"}
