"""Cancelling after any prefix of an order's steps gives back stock and money."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.orders.status import OrderStatus
from domain.policy import DEFAULT_POLICY, HoldKind, Step
from domain.shipments.status import ShipmentStatus
from messages.order_messages import (
    AnswerFloorRequest,
    CancelOrder,
    ChangeLines,
    ConfirmPick,
    ConfirmPutBack,
    LineChange,
    PickedLine,
    PlaceHold,
    PutBackLine,
    ReleaseHold,
    ShortReason,
    StockArrived,
)
from messages.order_state import LabelState
from messages.order_steps import StateInput
from persistence.tables import allocation, backorder, pick_task, product_barcode
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    package_of,
    picks,
    shop_at,
)

Prefix = Callable[[OrderRun], None]


def nothing(run: OrderRun) -> None:
    assert run.state.status is OrderStatus.RELEASED


def pick_one_line(run: OrderRun) -> None:
    run.pick(*picks(3))


def pick_short(run: OrderRun) -> None:
    run.pick(PickedLine(line_no=1, quantity=2, reason=ShortReason.DAMAGED))


def pick_all(run: OrderRun) -> None:
    run.pick(*picks(3, 2))


def pick_and_pack(run: OrderRun) -> None:
    pick_all(run)
    run.pack(package_of(MUG=3, POT=2))


def pick_pack_and_label(run: OrderRun) -> None:
    pick_and_pack(run)
    run.have_label()


def reduce_and_pick(run: OrderRun) -> None:
    fewer = LineChange(line_no=1, quantity=1)
    run.done(ChangeLines(message_id="fewer", lines=(fewer,)))
    run.pick(*picks(1, 2))


PREFIXES: tuple[Prefix, ...] = (
    nothing,
    pick_one_line,
    pick_short,
    pick_all,
    pick_and_pack,
    pick_pack_and_label,
    reduce_and_pick,
)


def money_back(run: OrderRun) -> Decimal:
    return sum((amount or Decimal(0) for amount in run.refunds()), Decimal(0))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_cancel_after_any_step_restores_stock_promises_and_money(
    shop: Shop, prefix: Prefix
) -> None:
    before = shop.stock()
    run = shop.order(
        "1",
        line("MUG", 3, unit_price="9.50", discount="1.00"),
        line("POT", 2, unit_price="20"),
        currency="EUR",
    )
    prefix(run)
    damaged = 1 if prefix is pick_short else 0

    run.cancel()
    if run.state.status is OrderStatus.CANCELLING:
        run.done(ConfirmPutBack(message_id="back"))

    assert run.state.status is OrderStatus.CANCELLED
    after = shop.stock()
    assert after.pop(("main:damaged", "MUG"), (0, 0)) == (damaged, 0)
    before["A-1", "MUG"] = (10 - damaged, 0)
    assert after == before
    assert_balanced(shop)
    promised = select(
        func.sum(allocation.c.open_quantity + allocation.c.picked_quantity)
    )
    assert shop.rows(promised)[0][0] == 0
    assert not shop.rows(select(backorder).where(backorder.c.status == "open"))
    assert not shop.rows(select(pick_task).where(pick_task.c.status == "open"))
    assert run.lines() == {1: (3, 3), 2: (2, 2)}
    assert money_back(run) == Decimal("67.50")


def test_refunds_of_a_line_taken_back_one_by_one_add_up_to_what_it_cost(
    shop: Shop,
) -> None:
    run = shop.order(
        "1", line("MUG", 3, unit_price="10", discount="1.00"), currency="EUR"
    )

    for left in (2, 1):
        fewer = LineChange(line_no=1, quantity=left)
        run.done(ChangeLines(message_id=f"to {left}", lines=(fewer,)))
    run.cancel()

    assert len(run.refunds()) == 3
    assert money_back(run) == Decimal("29")


def test_an_order_without_prices_owes_a_refund_of_unknown_amount(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 1))

    run.cancel()

    assert run.refunds() == [None]


def test_goods_may_be_put_back_elsewhere(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 3))
    run.pick(*picks(3))
    run.cancel()

    run.done(
        ConfirmPutBack(
            message_id="back",
            lines=(
                PutBackLine(sku="MUG", quantity=1, location="B-1"),
                PutBackLine(sku="MUG", quantity=2),
            ),
        )
    )

    assert shop.stock()["A-1", "MUG"] == (9, 0)
    assert shop.stock()["B-1", "MUG"] == (1, 0)
    assert_balanced(shop)


def test_scanned_barcodes_say_what_went_back(shop: Shop) -> None:
    shop.add(
        product_barcode,
        {"barcode": "4006381333931", "sku": "MUG", "pack_quantity": 1},
        {"barcode": "14006381333938", "sku": "MUG", "pack_quantity": 2},
    )
    run = shop.order("1", line("MUG", 3))
    run.pick(*picks(3))
    run.cancel()

    scanned = [
        PutBackLine(sku=barcode, quantity=1)
        for barcode in ("4006381333931", "14006381333938")
    ]
    run.done(ConfirmPutBack(message_id="back", lines=tuple(scanned)))

    assert run.state.status is OrderStatus.CANCELLED
    assert shop.stock()["A-1", "MUG"] == (10, 0)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (PutBackLine(sku="MUG", quantity=2), "lines: 3 of MUG, as picked; 2 named"),
        (
            PutBackLine(sku="POT", quantity=3),
            "lines[0].sku: an article to put back, or its barcode: MUG",
        ),
        (
            PutBackLine(sku="MUG", quantity=3, location="elsewhere"),
            "lines[0].location: a location of main",
        ),
    ],
)
def test_a_put_back_of_other_goods_or_to_an_unknown_place_is_refused(
    shop: Shop, told: PutBackLine, field: str
) -> None:
    run = shop.order("1", line("MUG", 3))
    run.pick(*picks(3))
    run.cancel()

    text = run.refused(ConfirmPutBack(message_id="back", lines=(told,)))

    assert text == field
    assert shop.stock()["main:staging", "MUG"] == (3, 3)
    assert run.state.status is OrderStatus.CANCELLING


def test_a_cancel_is_asked_of_the_floor_once(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 3))
    run.pick(*picks(3))
    run.cancel()

    text = run.refused(CancelOrder(message_id="again"))

    assert text == "the order is being cancelled: the floor has not answered yet"
    assert shop.count(pick_task) == 2


def test_a_cancel_after_the_hand_over_is_refused_with_what_to_do_instead(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 1))
    run.pick(*picks(1))
    run.pack(package_of(MUG=1))
    run.hand_over()

    text = run.refused(CancelOrder(message_id="late"))

    assert text == (
        "too late to cancel: web-1-1 is handed_over; ask for a return instead"
    )
    assert run.refunds() == []


def test_what_waits_for_stock_can_still_be_cancelled_after_the_rest_has_left(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 12, unit_price="2"), currency="EUR")
    run.pick(*picks(10))
    run.pack(package_of(MUG=10))
    run.hand_over()

    run.cancel()

    assert run.lines() == {1: (12, 2)}
    assert money_back(run) == Decimal(4)
    assert run.state.backordered == 0
    assert run.state.status is OrderStatus.SHIPPED


def test_a_floor_that_refuses_lets_the_shipment_go_on_where_it_was(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 1), line("POT", 1))
    run.pick(*picks(1))
    run.cancel()

    run.done(AnswerFloorRequest(message_id="no", accept=False, reason="on_the_van"))

    after_the_refusal = run.state.status
    [task] = shop.rows(select(pick_task).where(pick_task.c.status == "open"))
    run.pick(*picks(1, first=2))

    assert after_the_refusal is OrderStatus.PICKING
    assert (task.pick_task_id, task.closed_at) == ("web-1-1-pick", None)
    assert run.state.status is OrderStatus.PICKED
    assert run.refunds() == []


def test_a_refused_cancel_does_not_lift_the_holds_of_the_order(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 1))
    run.pick(*picks(1))
    run.done(PlaceHold(message_id="hold", blocks=("hand_over",)))
    run.cancel()

    run.done(AnswerFloorRequest(message_id="no", accept=False))

    assert [hold.hold_id for hold in run.state.holds] == ["web-1.h1"]


def test_a_cancelled_order_is_held_by_nothing(shop: Shop) -> None:
    run = shop.order("1", line("MUG", 1))
    run.pick(*picks(1))
    run.done(PlaceHold(message_id="hold", blocks=("hand_over",)))
    run.cancel()

    run.done(ConfirmPutBack(message_id="back"))

    assert run.state.status is OrderStatus.CANCELLED
    assert run.state.holds == []


def test_a_bundle_whose_parts_left_in_two_shipments_is_cancelled_once(
    shop: Shop,
) -> None:
    shop.add_bundle("SET", MUG=1, POT=1)
    run = shop.order("1", line("SET", 1, unit_price="30"), currency="EUR")
    run.pick(
        PickedLine(line_no=1, sku="MUG", quantity=1),
        PickedLine(line_no=1, sku="POT", quantity=0, reason=ShortReason.CANNOT_REACH),
    )
    shop.receive("A-1", POT=1)
    run.done(StockArrived(message_id="more", skus=("POT",)))
    run.done(ConfirmPick(message_id="rest", shipment_id="web-1-2", lines=picks(1)))
    run.cancel()

    run.done(ConfirmPutBack(message_id="back 1", shipment_id="web-1-1"))
    run.done(ConfirmPutBack(message_id="back 2", shipment_id="web-1-2"))

    assert run.state.status is OrderStatus.CANCELLED
    assert run.lines() == {1: (1, 1)}
    assert money_back(run) == Decimal(30)
    assert_balanced(shop)


def test_an_order_whose_payment_never_came_owes_nothing_back(database_url: str) -> None:
    # This shop picks while it waits for the money.
    late = replace(DEFAULT_POLICY.holds[HoldKind.PAYMENT], blocks=(Step.HAND_OVER,))
    policy = replace(
        DEFAULT_POLICY, holds={**DEFAULT_POLICY.holds, HoldKind.PAYMENT: late}
    )
    with shop_at(database_url, policy) as shop:
        shop.receive("A-1", MUG=10)
        run = shop.order(
            "1",
            line("MUG", 1, unit_price="5"),
            currency="EUR",
            payment={"status": "awaited"},
        )
        run.pick(*picks(1))

        run.reach_due(timedelta(days=4))
        while_asked = run.state.status
        run.reach_due(timedelta(days=9))
        run.done(ConfirmPutBack(message_id="back"))

        assert while_asked is OrderStatus.CANCELLING
        assert run.state.status is OrderStatus.CANCELLED
        assert run.refunds() == []
        assert shop.stock() == {("A-1", "MUG"): (10, 0)}


def test_a_label_that_was_asked_for_is_to_be_voided_after_the_put_back(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 1))
    run.pick(*picks(1))
    run.pack(package_of(MUG=1))
    run.cancel()

    run.done(ConfirmPutBack(message_id="back"))

    assert run.state.shipments[0].label is LabelState.VOID_WANTED


@pytest.mark.parametrize("after", ["release", "pick", "hand_over"])
def test_temporals_own_cancel_undoes_what_has_not_left_and_asks_about_what_has(
    shop: Shop, after: str
) -> None:
    run = shop.order("1", line("MUG", 1))
    if after != "release":
        run.pick(*picks(1))
    if after == "hand_over":
        run.pack(package_of(MUG=1))
        run.hand_over()

    stopped = shop.steps.stop_order(
        StateInput(workflow_id="order-web-1", now=shop.now, state=run.state)
    ).state

    expected = {
        "release": OrderStatus.CANCELLED,
        "pick": OrderStatus.CANCELLING,
        "hand_over": OrderStatus.SHIPPED,
    }
    assert stopped.status is expected[after]
    if after == "hand_over":
        assert [x.kind for x in stopped.exceptions] == ["cancel_after_handover"]
        assert run.refunds() == []


def test_a_change_of_lines_from_picking_on_is_refused_with_what_to_do_instead(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 2), line("POT", 1))
    run.pick(*picks(2))
    before = shop.stock()

    text = run.refused(
        ChangeLines(message_id="late", lines=(LineChange(line_no=1, quantity=1),))
    )

    assert "web-1-1 is picking: lines change before picking only" in text
    assert shop.stock() == before


def test_changed_lines_are_allocated_anew_and_what_is_taken_off_is_owed_back(
    shop: Shop,
) -> None:
    run = shop.order("1", line("MUG", 4, unit_price="2.50"), currency="EUR")

    run.done(
        ChangeLines(
            message_id="change",
            lines=(
                LineChange(line_no=1, quantity=1),
                LineChange(sku="POT", quantity=2, unit_price=Decimal(8)),
            ),
        )
    )

    assert run.lines() == {1: (4, 3), 2: (2, 0)}
    assert money_back(run) == Decimal("7.50")
    assert shop.stock() == {("A-1", "MUG"): (10, 1), ("B-1", "POT"): (10, 2)}
    statuses = [s.status for s in run.state.shipments]
    assert statuses == [ShipmentStatus.CANCELLED, ShipmentStatus.RELEASED]
    assert_balanced(shop)


def test_a_refused_release_changes_nothing(shop: Shop) -> None:
    run = shop.order("1", line("NEW", 1), payment={"status": "awaited"})
    shop.add_products("NEW")

    # Two holds stand, and the message names none of them.
    text = run.refused(ReleaseHold(message_id="release"))

    assert text.startswith("hold_id: one of the open holds")
    assert run.data_of("message_refused")["reason"] == text
    assert {hold.kind for hold in run.state.holds} == {"known_sku", "payment"}
