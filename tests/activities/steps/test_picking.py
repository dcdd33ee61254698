"""Picking: what the floor says is checked, and what is short is owed again."""

import pytest
from sqlalchemy import select

from domain.exceptions import ExceptionKind
from domain.orders.status import OrderStatus
from domain.shipments.status import ShipmentStatus
from messages.order_messages import ConfirmPick, PickedLine, PlaceHold, ShortReason
from persistence.tables import exception_table, pick_line, pick_task
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    picks,
)


def pick_of(*lines: PickedLine) -> ConfirmPick:
    return ConfirmPick(message_id="pick", actor="picker:7", lines=lines)


def short(quantity: int, reason: ShortReason, line_no: int = 1) -> PickedLine:
    return PickedLine(line_no=line_no, quantity=quantity, reason=reason)


def test_picked_goods_leave_their_bin_for_the_staging_place(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(*picks(4))

    assert run.state.status is OrderStatus.PICKED
    assert shop.stock()["A-1", "MUG"] == (6, 0)
    assert shop.stock()["main:staging", "MUG"] == (4, 4)
    assert_balanced(shop)


def test_lines_left_out_stay_open_and_the_shipment_is_picked_with_the_last(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 1), line("POT", 2))

    first = run.pick(*picks(1))
    halfway = run.state.shipments[0].status
    run.pick(*picks(2, first=2))

    assert "1 lines of web-1-1 are still open" in first.text
    assert halfway is ShipmentStatus.PICKING
    assert run.state.shipments[0].status is ShipmentStatus.PICKED
    assert run.events()[-2:] == ["pick_started", "picked"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (PickedLine(line_no=9, quantity=1), "lines[0].line_no"),
        (PickedLine(line_no=1, quantity=5), "lines[0].quantity"),
        (PickedLine(line_no=1, quantity=3), "lines[0].reason"),
        (PickedLine(line_no=1, quantity=4, location="B-1"), "lines[0].location"),
        (PickedLine(line_no=1, quantity=4, sku="POT"), "lines[0].sku"),
    ],
    ids=["unknown line", "too many", "short without a reason", "bin", "article"],
)
def test_a_pick_that_does_not_fit_its_task_is_refused_and_nothing_moves(
    shop: Shop, told: PickedLine, field: str
) -> None:
    run = shop.order("1", line("MUG", 4))
    before = shop.stock()

    text = run.refused(pick_of(told))

    assert text.startswith(field)
    assert shop.stock() == before
    assert run.state.status is OrderStatus.RELEASED
    assert run.events()[-1] == "message_refused"


def test_the_same_line_may_not_be_picked_twice(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4), line("POT", 1))
    run.pick(*picks(4))

    assert run.refused(pick_of(*picks(4))).startswith("lines[0].line_no")
    assert shop.stock()["main:staging", "MUG"] == (4, 4)


def test_a_line_that_lies_in_two_bins_needs_its_bin_named(shop: Shop) -> None:
    shop.receive("B-1", MUG=5)
    run = shop.order("1", line("MUG", 12))

    text = run.refused(pick_of(PickedLine(line_no=1, quantity=10)))
    run.pick(
        PickedLine(line_no=1, quantity=10, location="A-1"),
        PickedLine(line_no=1, quantity=2, location="B-1"),
    )

    assert text.startswith("lines[0].location: say which: MUG at A-1 or MUG at B-1")
    assert shop.stock()["main:staging", "MUG"] == (12, 12)
    assert shop.stock()["B-1", "MUG"] == (3, 0)


def test_damaged_units_move_out_of_sale_and_are_owed_again(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(short(3, ShortReason.DAMAGED))

    assert shop.stock()["A-1", "MUG"] == (6, 0)
    assert shop.stock()["main:damaged", "MUG"] == (1, 0)
    assert run.state.backordered == 1
    assert run.data_of("short_picked")["reason"] == "damaged"
    assert_balanced(shop)


def test_units_that_were_not_there_stay_in_the_books_until_they_are_counted(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(short(3, ShortReason.NOT_THERE))

    assert shop.stock()["A-1", "MUG"] == (7, 0)
    assert ("main:damaged", "MUG") not in shop.stock()
    assert_balanced(shop)


def test_a_short_pick_asks_for_a_count_of_the_bin_and_not_for_an_act_on_the_order(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 4))

    run.pick(short(1, ShortReason.FEWER))

    [asked] = shop.rows(
        select(exception_table).where(exception_table.c.kind == "short_pick")
    )
    assert asked.kind == ExceptionKind.SHORT_PICK
    assert asked.order_id is None
    assert asked.shipment_id == "web-1-1"
    assert asked.owner_role == "inventory"
    assert "3 of 4 MUG not picked at A-1" in asked.cause
    assert "short_pick" not in run.exceptions()


def test_a_shipment_of_which_nothing_was_there_ends_and_the_order_waits_for_stock(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 10))

    answer = run.pick(short(0, ShortReason.NOT_THERE))

    assert "nothing of web-1-1 was there" in answer.text
    assert run.state.shipments[0].status is ShipmentStatus.CANCELLED
    assert run.state.status is OrderStatus.BACKORDERED
    assert run.state.backordered == 10
    assert shop.stock()["A-1", "MUG"] == (10, 0)


def test_the_rest_of_a_short_order_goes_on(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2), line("POT", 1))

    run.pick(short(0, ShortReason.NOT_THERE), *picks(1, first=2))

    assert run.state.status is OrderStatus.PICKED
    assert run.state.backordered == 2


def test_a_hold_on_picking_refuses_the_pick_and_names_itself(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 1))
    run.done(PlaceHold(message_id="hold", blocks=("pick",)))

    text = run.refused(pick_of(*picks(1)))

    assert "web-1.h1 (manual)" in text
    assert shop.stock()["A-1", "MUG"] == (10, 1)


def test_a_pick_is_refused_before_the_shipment_is_on_the_floor(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 1), payment={"status": "awaited"})

    text = run.refused(pick_of(*picks(1)))

    assert "confirm_pick needs a shipment that is picking or released" in text


def test_the_picker_of_every_stop_is_kept(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 2))
    run.pick(short(1, ShortReason.FEWER))

    [stop] = shop.rows(select(pick_line))
    [task] = shop.rows(select(pick_task))

    assert (stop.actor, stop.done_quantity, stop.short_reason) == (
        "picker:7",
        1,
        "fewer_than_shown",
    )
    assert task.status == "done"


def test_two_orders_pick_from_one_bin_without_taking_each_others_units(
    shop: Shop,
) -> None:
    first: OrderRun = shop.order("1", line("MUG", 6))
    second = shop.order("2", line("MUG", 4))

    first.pick(short(2, ShortReason.NOT_THERE))
    second.pick(*picks(4))

    assert shop.stock() == {
        ("A-1", "MUG"): (4, 0),
        ("main:staging", "MUG"): (6, 6),
        ("B-1", "POT"): (10, 0),
    }
    assert_balanced(shop)
