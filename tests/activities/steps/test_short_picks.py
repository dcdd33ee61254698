"""A shelf that did not hold what it should: the bin is counted, the units sought."""

import pytest
from sqlalchemy import select

from domain.orders.status import OrderStatus
from domain.policy import ShortAct, StockPolicy
from domain.shipments.status import ShipmentStatus
from messages.order_messages import PlaceHold, ReleaseHold, ShortReason
from persistence.tables import (
    count_task,
    exception_table,
    excluded_place,
    reservation,
)
from tests.activities.steps.builders import Shop, line, package_of, picks
from tests.activities.steps.shortages import (
    assert_all_accounted_for,
    open_stops,
    question,
    reserved,
    set_stock_policy,
    short,
)


def acts(*chosen: ShortAct) -> StockPolicy:
    return StockPolicy(short_acts=chosen)


def test_what_was_not_there_stays_in_the_books_but_nobody_may_buy_it(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(short(3))
    other = shop.order("2", line("MUG", 1))

    # One unit did not turn up, and the six behind it are in doubt as well.
    assert reserved(shop) == {("A-1", "MUG"): 7}
    assert shop.stock()["A-1", "MUG"] == (7, 0)
    assert other.state.status is OrderStatus.BACKORDERED
    assert_all_accounted_for(run)


@pytest.mark.parametrize("reason", [ShortReason.WRONG_ITEM, ShortReason.CANNOT_REACH])
def test_where_other_units_may_be_fine_only_the_missing_ones_are_blocked(
    shop: Shop, reason: ShortReason
) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(short(3, reason))
    other = shop.order("2", line("MUG", 6))

    assert reserved(shop) == {("A-1", "MUG"): 1}
    assert other.state.status is OrderStatus.RELEASED
    assert_all_accounted_for(run)


@pytest.mark.parametrize("reason", [ShortReason.DAMAGED, ShortReason.EXPIRED])
def test_unfit_units_leave_the_bin_and_block_nothing(
    shop: Shop, reason: ShortReason
) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(short(3, reason))

    assert reserved(shop) == {}
    assert shop.stock()["A-1", "MUG"] == (6, 0)
    assert shop.stock()["main:damaged", "MUG"] == (1, 0)
    assert_all_accounted_for(run)


def test_the_place_is_excluded_and_counted_and_a_second_short_joins_its_count(
    shop: Shop,
) -> None:
    first = shop.order("1", line("MUG", 4))
    second = shop.order("2", line("MUG", 2))

    first.pick(short(3))
    second.pick(short(0, ShortReason.CANNOT_REACH))

    [task] = shop.rows(select(count_task))
    assert (task.location_id, task.sku, task.status) == ("A-1", "MUG", "open")
    [kept] = shop.rows(select(reservation))
    assert (kept.kind, kept.reference) == ("count", task.count_task_id)
    assert reserved(shop) == {("A-1", "MUG"): 7}
    excluded = shop.rows(select(excluded_place).order_by(excluded_place.c.order_id))
    assert [(row.order_id, row.location_id, row.reason) for row in excluded] == [
        ("web-1", "A-1", "not_there"),
        ("web-2", "A-1", "cannot_reach"),
    ]
    asked = shop.rows(select(exception_table).where(exception_table.c.order_id == None))  # noqa: E711
    assert {row.kind for row in asked} == {"short_pick"}
    assert all(row.exception_id.startswith(task.count_task_id) for row in asked)


def test_two_lines_short_at_one_bin_block_their_units_once(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2), line("MUG", 3))

    run.pick(short(0), short(0, ShortReason.WRONG_ITEM, line_no=2))

    assert reserved(shop) == {("A-1", "MUG"): 10}
    assert_all_accounted_for(run)


def test_the_picker_goes_on_to_another_bin_of_the_same_warehouse(shop: Shop) -> None:
    shop.receive("B-1", MUG=5)
    run = shop.order("1", line("MUG", 4))

    answer = run.pick(short(1))

    assert "pick also 3 MUG at B-1" in answer.text
    assert open_stops(run) == [(1, "MUG", "B-1", 3)]
    assert [s.status for s in run.state.shipments] == [ShipmentStatus.PICKING]
    run.pick(*picks(3))
    assert [s.status for s in run.state.shipments] == [ShipmentStatus.PICKED]
    assert run.data_of("picked")["units"] == 4
    assert_all_accounted_for(run)
    run.pack(package_of(MUG=4))


def test_a_stop_that_is_open_anyway_is_asked_for_more(shop: Shop) -> None:
    shop.receive("B-1", MUG=5)
    run = shop.order("1", line("MUG", 12))

    run.pick(short(7, location="A-1"))

    assert open_stops(run) == [(1, "MUG", "B-1", 5)]
    run.pick(*picks(5))
    assert run.data_of("picked")["units"] == 12
    assert_all_accounted_for(run)


def test_a_bin_that_was_picked_already_is_visited_again(shop: Shop) -> None:
    shop.receive("B-1", MUG=5)
    run = shop.order("1", line("MUG", 12))
    run.pick(short(2, location="B-1").model_copy(update={"reason": None}))

    run.pick(short(7, location="A-1"))

    assert open_stops(run) == [(1, "MUG", "B-1", 3)]
    run.pick(*picks(3))
    assert_all_accounted_for(run)


def test_another_warehouse_sends_what_this_one_lacks(shop: Shop) -> None:
    shop.add_warehouse("north", "N-1")
    run = shop.order("1", line("MUG", 4))
    shop.receive("N-1", MUG=5)

    run.pick(short(1))

    assert [(s.warehouse_id, s.status) for s in run.state.shipments] == [
        ("main", ShipmentStatus.PICKED),
        ("north", ShipmentStatus.RELEASED),
    ]
    assert run.state.backordered == 0
    assert_all_accounted_for(run)


def test_acts_the_policy_does_not_name_are_not_tried(shop: Shop) -> None:
    set_stock_policy(shop, acts(ShortAct.SPLIT, ShortAct.WAIT))
    shop.receive("B-1", MUG=5)
    run = shop.order("1", line("MUG", 4))

    run.pick(short(1))

    assert open_stops(run) == []
    assert run.state.backordered == 3
    assert run.state.exceptions == []


def test_when_nothing_helps_the_customer_is_asked_about_the_units(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))

    answer = run.pick(short(3))

    assert "1 units are owed again" in answer.text
    asked = question(run)
    assert asked.shipment_id == "web-1-1"
    assert asked.default == "ship_available"
    assert asked.due_at is not None
    assert "1 of MUG (line 1)" in asked.cause
    assert_all_accounted_for(run)


def test_the_policy_may_cancel_what_no_shelf_gave(shop: Shop) -> None:
    set_stock_policy(shop, acts(ShortAct.REALLOCATE, ShortAct.CANCEL))
    run = shop.order(
        "1", line("MUG", 4, unit_price="2.50"), currency="EUR", prices_include_tax=True
    )

    answer = run.pick(short(3))

    assert "1 units are cancelled" in answer.text
    assert run.lines() == {1: (4, 1)}
    assert [str(amount) for amount in run.refunds()] == ["2.5"]
    assert run.state.backordered == 0
    assert_all_accounted_for(run)


def test_an_order_of_which_nothing_was_there_and_all_is_cancelled_ends(
    shop: Shop,
) -> None:
    set_stock_policy(shop, acts(ShortAct.CANCEL))
    run = shop.order("1", line("MUG", 4))

    run.pick(short(0))

    assert run.state.status is OrderStatus.CANCELLED
    assert run.state.shipments[0].status is ShipmentStatus.CANCELLED
    assert run.lines() == {1: (4, 4)}


def test_parts_of_a_begun_bundle_wait_though_the_policy_cancels(shop: Shop) -> None:
    set_stock_policy(shop, acts(ShortAct.CANCEL))
    shop.add_bundle("SET", MUG=1, POT=2)
    run = shop.order("1", line("SET", 3))

    run.pick(
        short(3).model_copy(update={"sku": "MUG", "reason": None}),
        short(2).model_copy(update={"sku": "POT"}),
    )

    assert run.lines() == {1: (3, 0)}
    assert run.state.backordered == 4


def test_a_hold_on_allocation_lets_the_units_wait_until_it_is_released(
    shop: Shop,
) -> None:
    shop.receive("B-1", MUG=5)
    run = shop.order("1", line("MUG", 4))
    run.done(PlaceHold(message_id="hold", blocks=("allocate",)))

    run.pick(short(3))
    waiting = run.state.backordered
    run.done(ReleaseHold(message_id="release", kind="manual"))

    assert waiting == 1
    assert run.state.backordered == 0
    assert run.state.exceptions == []
    assert_all_accounted_for(run)


def test_the_excluded_place_stays_excluded_when_it_has_stock_again(
    shop: Shop,
) -> None:
    set_stock_policy(shop, acts(ShortAct.REALLOCATE, ShortAct.WAIT))
    run = shop.order("1", line("MUG", 4))
    run.done(PlaceHold(message_id="hold", blocks=("allocate",)))
    run.pick(short(0))

    shop.receive("A-1", MUG=20)
    run.done(ReleaseHold(message_id="release", kind="manual"))

    assert run.state.backordered == 4
