"""Where goods come from: weighted rules, service areas, frozen and excluded places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select, update

from activities.steps.order_step import OrderStep, StepCause
from activities.steps.sourcing import allocate
from activities.working_calendars import WorkingCalendars
from domain.identity import order_id_of
from domain.policy import DEFAULT_POLICY, SourcingRule, StockPolicy
from domain.stock.sourcing import LineDemand
from messages.order_messages import ResourceShipment, StockArrived
from messages.order_state import ShipmentState
from operations.queries.timeline import order_timeline
from operations.sourcing import SourcingDecision, explain_order
from persistence.tables import (
    allocation,
    excluded_place,
    location,
    service_area,
    stock_level,
    warehouse,
)
from tests.activities.steps.builders import (
    NOON,
    SOURCE,
    OrderRun,
    Shop,
    assert_balanced,
    document,
    line,
)


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Have a second warehouse beside the first one's ten mugs and ten teapots."""
    shop.add_warehouse("west", "W-1", "W-2")
    return shop


def taken(shop: Shop, run: OrderRun) -> dict[tuple[str, str], int]:
    """Return the units an order has allocated, by place and article."""
    query = (
        select(stock_level.c.location_id, allocation.c.sku, allocation.c.open_quantity)
        .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
        .where(allocation.c.order_id == run.order_id)
    )
    units: Counter[tuple[str, str]] = Counter()
    for row in shop.rows(query):
        units[row.location_id, row.sku] += row.open_quantity
    return {place: found for place, found in units.items() if found}


def decisions(shop: Shop, run: OrderRun) -> list[SourcingDecision]:
    with shop.database.read() as connection:
        return explain_order(connection, run.order_id)


def freeze(shop: Shop, place: str) -> None:
    change(shop, place, frozen_at=NOON, frozen_reason="leak")


def change(shop: Shop, place: str, **facts: object) -> None:
    with shop.database.write() as connection:
        connection.execute(
            update(location).where(location.c.location_id == place).values(**facts)
        )


def weigh(shop: Shop, weights: Mapping[SourcingRule, int]) -> None:
    shop.policy = replace(DEFAULT_POLICY, stock=StockPolicy(rules=weights))
    shop.__post_init__()


def area(warehouse_id: str, prefix: str = "", **more: object) -> dict[str, object]:
    return {
        "warehouse_id": warehouse_id,
        "country": "DE",
        "postcode_prefix": prefix,
        "distance_km": None,
        **more,
    }


def test_an_order_nobody_has_whole_is_split_with_its_reasons_kept(shop: Shop) -> None:
    shop.receive("W-1", MUG=5)

    run = shop.order("1", line("MUG", 12), line("POT", 2))

    assert taken(shop, run) == {
        ("A-1", "MUG"): 10,
        ("B-1", "POT"): 2,
        ("W-1", "MUG"): 2,
    }
    [decision] = decisions(shop, run)
    told = decision.explanation
    assert (told.wanted, told.missing, told.winner) == (14, 0, ["main", "west"])
    assert told.split_reason == "no warehouse alone has all 14 units: main 12, west 5"
    assert told.candidates[0].units_by_warehouse == {"main": 12, "west": 2}
    assert run.data_of("sourced")["reason"] == told.reason
    with shop.database.read() as connection:
        lines = [entry.text for entry in order_timeline(connection, run.order_id)]
    assert any(
        text.startswith("where the goods come from was decided: main and west 135")
        and text.endswith("no warehouse alone has all 14 units: main 12, west 5")
        for text in lines
    )
    assert_balanced(shop)


def test_an_order_one_warehouse_fills_and_nobody_else_keeps_no_reasons(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 1))

    assert decisions(shop, run) == []
    assert "sourced" not in run.events()


def test_one_warehouse_asks_for_nothing_but_its_free_stock(shop: Shop) -> None:
    statements: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    engines = [shop.database._engine, shop.database._writer]
    for engine in engines:
        if engine is not None:
            event.listen(engine, "before_cursor_execute", count)

    shop.order("1", line("MUG", 1))

    assert not [text for text in statements if "LEFT OUTER JOIN service_area" in text]


def test_a_shortage_is_explained_once_and_not_each_time_it_is_looked_at(
    shop: Shop,
) -> None:
    shop.order("first", line("MUG", 10))
    run = shop.order("1", line("MUG", 2))

    run.done(StockArrived(message_id="in vain", skus=("MUG",)))

    [decision] = decisions(shop, run)
    assert (decision.explanation.winner, decision.explanation.missing) == ([], 2)
    assert run.events().count("sourced") == 1


def test_a_frozen_place_and_a_frozen_warehouse_give_nothing(shop: Shop) -> None:
    shop.receive("W-1", MUG=3)
    shop.receive("B-1", MUG=1)
    freeze(shop, "A-1")

    first = shop.order("1", line("MUG", 1))
    with shop.database.write() as connection:
        frozen = {"frozen_at": NOON, "frozen_reason": "strike"}
        west = warehouse.c.warehouse_id == "west"
        connection.execute(update(warehouse).where(west).values(**frozen))
    second = shop.order("2", line("MUG", 3))

    assert taken(shop, first) == {("B-1", "MUG"): 1}
    assert taken(shop, second) == {}
    assert second.state.backordered == 3


def test_a_place_that_failed_an_order_is_left_out_for_it_alone(shop: Shop) -> None:
    shop.receive("W-1", MUG=3)
    run = shop.order("1", line("MUG", 2))
    assert taken(shop, run) == {("A-1", "MUG"): 2}
    failed = {"location_id": "A-1", "sku": "MUG", "reason": "not_there"}
    shop.add(excluded_place, {"order_id": run.order_id, **failed, "excluded_at": NOON})
    [shipment] = run.state.shipments

    run.done(ResourceShipment(message_id="r", shipment_id=shipment.shipment_id))
    other = shop.order("2", line("MUG", 2))

    assert taken(shop, run) == {("W-1", "MUG"): 2}
    assert taken(shop, other) == {("A-1", "MUG"): 2}


def test_only_a_warehouse_whose_area_holds_the_address_sends(shop: Shop) -> None:
    shop.receive("W-1", MUG=3)
    shop.add(service_area, area("main", "8"))

    run = shop.order("1", line("MUG", 1))

    assert taken(shop, run) == {("W-1", "MUG"): 1}
    [decision] = decisions(shop, run)
    [refused] = decision.explanation.not_serving
    assert (refused.warehouse, refused.reason) == (
        "main",
        "sends nothing to this address",
    )


def test_the_only_warehouse_with_stock_may_not_serve_the_address(shop: Shop) -> None:
    shop.add(service_area, area("main", country="FR"))

    run = shop.order("1", line("MUG", 1))

    assert run.state.backordered == 1
    [decision] = decisions(shop, run)
    assert decision.explanation.reason.endswith("main sends nothing to this address")


def test_the_longest_fitting_prefix_tells_the_distance(shop: Shop) -> None:
    shop.receive("W-1", MUG=3)
    shop.add(
        service_area,
        area("main", distance_km=1),
        area("main", "10", distance_km=600),
        area("west", "101", distance_km=30),
        area("west", "1", distance_km=900),
    )

    run = shop.order("1", line("MUG", 1))

    assert taken(shop, run) == {("W-1", "MUG"): 1}
    [decision] = decisions(shop, run)
    ways = {
        candidate.warehouses[0]: candidate.verdicts["nearest"].text
        for candidate in decision.explanation.candidates
    }
    assert ways == {"west": "west: 30 km", "main": "main: 600 km"}


@pytest.mark.parametrize(
    ("weights", "places"),
    [
        ({SourcingRule.KEEP_WHOLE: 30, SourcingRule.NEAREST: 10}, {"A-1", "B-1"}),
        ({SourcingRule.KEEP_WHOLE: 10, SourcingRule.NEAREST: 60}, {"W-1", "B-1"}),
    ],
    ids=["whole before near", "near before whole"],
)
def test_weights_decide_between_a_whole_order_and_the_shorter_way(
    shop: Shop, weights: dict[SourcingRule, int], places: set[str]
) -> None:
    weigh(shop, weights)
    shop.receive("W-1", MUG=3)
    shop.add(service_area, area("main", distance_km=600), area("west", distance_km=5))

    run = shop.order("1", line("MUG", 1), line("POT", 1))

    assert {place for place, _ in taken(shop, run)} == places


def test_the_warehouse_that_keeps_the_date_asked_for_sends(shop: Shop) -> None:
    shop.receive("W-1", MUG=3)
    shop.add(
        service_area,
        area("main", transit_days=9),
        area("west", transit_days=1),
    )
    asked = NOON.date() + timedelta(days=4)

    run = shop.order("1", line("MUG", 1), promised_on=asked.isoformat())

    assert taken(shop, run) == {("W-1", "MUG"): 1}
    [decision] = decisions(shop, run)
    late = decision.explanation.candidates[-1].verdicts["promise_met"]
    assert late.text == f"0 of 1 units by {asked}"


def test_bins_are_taken_from_first_in_first_out_and_those_in_doubt_last(
    shop: Shop,
) -> None:
    shop.receive("W-1", POT=2)
    shop.receive("W-2", POT=2)
    freeze(shop, "B-1")
    with shop.database.write() as connection:
        for place, days in (("W-1", 1), ("W-2", 9)):
            connection.execute(
                update(stock_level)
                .where(stock_level.c.location_id == place)
                .values(received_at=NOON - timedelta(days=days))
            )

    oldest = shop.order("1", line("POT", 1))
    change(shop, "W-2", counts=5, exact_counts=3)
    trusted = shop.order("2", line("POT", 1))
    change(shop, "W-1", kind="bulk")
    pick_face = shop.order("3", line("POT", 1))

    assert taken(shop, oldest) == {("W-2", "POT"): 1}
    assert taken(shop, trusted) == {("W-1", "POT"): 1}
    assert taken(shop, pick_face) == {("W-2", "POT"): 1}


def in_step(
    shop: Shop,
    connection: Connection,
    run: OrderRun,
) -> OrderStep:
    why = StepCause(
        cause="test", actor="run", now=NOON, occurred_at=NOON, recorded_at=NOON
    )
    return OrderStep(connection, run.state, why, WorkingCalendars())


def mugs(units: int) -> list[LineDemand]:
    return [LineDemand(line_no=1, units=units, parts=(("MUG", 1),))]


def test_units_are_added_to_a_shipment_of_the_warehouse_it_leaves_from(
    shop: Shop,
) -> None:
    shop.receive("W-1", MUG=9)
    shop.receive("B-1", MUG=1)
    run = shop.order("1", line("MUG", 8))
    [shipment] = run.state.shipments
    with shop.database.write() as connection:
        step = in_step(shop, connection, run)
        plan = allocate(step, mugs(5), "simulator", into=shipment)
        step.save()

    assert [one.quantity for one in plan.missing] == [2]
    assert taken(shop, run) == {("A-1", "MUG"): 10, ("B-1", "MUG"): 1}
    assert [each.shipment_id for each in run.state.shipments] == ["web-1-1"]
    assert len(shop.rows(select(allocation))) == 2
    assert_balanced(shop)


def test_named_warehouses_alone_are_asked(shop: Shop) -> None:
    shop.receive("W-1", MUG=3)
    run = shop.order("1", line("POT", 1))
    with shop.database.write() as connection:
        step = in_step(shop, connection, run)
        plan = allocate(step, mugs(4), "simulator", warehouse_ids=frozenset({"west"}))
        step.save()

    assert {one.stock.location_id for one in plan.allocations} == {"W-1"}
    assert [one.quantity for one in plan.missing] == [1]
    opened: ShipmentState = run.state.shipments[-1]
    assert (opened.warehouse_id, opened.shipment_id) == ("west", "web-1-2")


def test_a_lost_race_is_planned_again_elsewhere(shop: Shop) -> None:
    shop.receive("W-1", MUG=10)
    run = OrderRun(shop, order_id_of(SOURCE, "1"))
    looks: list[int] = []

    def grab(
        connection: Connection, _cursor: object, statement: str, *_: object
    ) -> None:
        # Another order takes the bin between this one's look and its take.
        is_look = statement.startswith("SELECT stock_level.stock_level_id")
        if is_look and "excluded_place" in statement:
            looks.append(1)
            if len(looks) == 1:
                connection.execute(
                    update(stock_level)
                    .where(stock_level.c.location_id == "A-1")
                    .values(reserved=10)
                )

    engine = shop.database._writer or shop.database._engine
    event.listen(engine, "after_cursor_execute", grab)
    run.open(document("1", line("MUG", 2)))

    assert len(looks) == 2
    assert taken(shop, run) == {("W-1", "MUG"): 2}
