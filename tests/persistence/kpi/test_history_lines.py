"""Imported lines: added up by shipment, and what nobody recorded in no count."""

from __future__ import annotations

from sqlalchemy import insert

from domain.kpi.facts import SEVERAL
from persistence.tables import product
from tests.persistence.kpi.asking import facts_in, numbers, sums_in
from tests.persistence.kpi.past_orders import PastOrders, hour


def test_imported_lines_are_added_up_by_shipment(past: PastOrders) -> None:
    order_id = past.order(
        "1",
        shipments=(
            {"handed_over": 9, "delivered": 30, "warehouse_id": "north"},
            {"handed_over": 8, "delivered": 20, "warehouse_id": "south"},
        ),
    )
    past.line(order_id, 1, ordered=80, shipped=80)
    past.line(order_id, 2, ordered=20, shipped=15)
    past.line(order_id, 3, ordered=4, shipped=4, shipment_no=2, quantity_rejected=3)

    later, first = sorted(sums_in(past.database), key=lambda one: -one.units_ordered)

    assert (later.warehouse, later.delivered_at) == ("north", hour(30))
    assert numbers(later) == {
        "lines": 2,
        "units_ordered": 100,
        "lines_filled": 1,
        "units_shipped": 95,
    }
    assert (first.warehouse, first.delivered_at) == ("south", hour(20))
    # It left before the other one, so what it held was there first.
    assert numbers(first) == {
        "lines": 1,
        "units_ordered": 4,
        "lines_filled_first": 1,
        "units_filled_first": 4,
        "lines_filled": 1,
        "units_shipped": 4,
        "lines_rejected": 1,
        "units_rejected": 3,
    }


def test_quantities_nobody_recorded_are_in_none_of_the_counts(past: PastOrders) -> None:
    order_id = past.order("1", shipments=({"delivered": 30},))
    past.line(order_id, 1, ordered=2, shipped=2)
    past.line(order_id, 2, ordered=None, shipped=5)
    past.line(order_id, 3, ordered=5, shipped=None)
    past.line(order_id, 4, ordered=None, shipped=None)

    [sums] = sums_in(past.database)

    assert numbers(sums) == {
        "lines": 1,
        "units_ordered": 2,
        "lines_filled_first": 1,
        "units_filled_first": 2,
        "lines_filled": 1,
        "units_shipped": 2,
        "lines_unknown": 3,
    }


def test_more_than_was_ordered_fills_no_other_line(past: PastOrders) -> None:
    order_id = past.order("1", shipments=({"delivered": 30},))
    past.line(order_id, 1, ordered=2, shipped=5)
    past.line(order_id, 2, ordered=3, shipped=0)

    [sums] = sums_in(past.database)

    assert (sums.units_shipped, sums.units_ordered, sums.lines_filled) == (2, 5, 1)


def test_of_a_cancelled_order_nothing_was_sent_where_nobody_says_how_much(
    past: PastOrders,
) -> None:
    order_id = past.order("1", status="cancelled", cancel_cause="no_stock")
    past.line(order_id, 1, ordered=2, shipped=None)
    past.line(order_id, 2, ordered=None, shipped=None)

    [sums] = sums_in(past.database)

    assert numbers(sums) == {"lines": 1, "units_ordered": 2, "lines_unknown": 1}


def test_what_left_after_the_moment_of_knowledge_is_not_known_as_sent(
    past: PastOrders,
) -> None:
    order_id = past.order("1", shipments=({"handed_over": 9, "delivered": 30},))
    past.line(order_id, 1, ordered=2, shipped=2)

    [before] = sums_in(past.database, as_of=hour(8))
    [between] = sums_in(past.database, as_of=hour(10))

    assert numbers(before) == {"lines_unknown": 1}
    assert (between.lines_filled, between.delivered_at) == (1, None)


def test_lines_are_told_by_category_if_asked(past: PastOrders) -> None:
    with past.database.write() as connection:
        rows = [{"sku": "B", "name": "B", "category": "books"}]
        connection.execute(insert(product), rows)
    order_id = past.order("1", shipments=({"delivered": 30},))
    past.line(order_id, 1, ordered=2, shipped=2, sku="B")
    past.line(order_id, 2, ordered=3, shipped=3, category="toys", sku="B")
    past.line(order_id, 3, ordered=4, shipped=4, sku="X")
    other = past.order("2")
    past.line(other, 1, ordered=1, shipped=1, category="toys")

    facts = facts_in(past.database, by_category=True, parts=frozenset())
    together = facts_in(past.database)

    assert {one.category: one.units_ordered for one in facts[order_id].lines} == {
        "books": 2,
        "toys": 3,
        None: 4,
    }
    assert facts[order_id].category == SEVERAL
    assert facts[other].category == "toys"
    assert [one.units_ordered for one in together[order_id].lines] == [9]
    assert together[order_id].category is None
