"""When orders waited: under holds, for stock, for their customers' answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.kpi.facts import Wait
from domain.policy import MissingAct, MissingTerms, ShortAct, StockPolicy
from messages.order_messages import (
    CancelOrder,
    ConfirmPick,
    PlaceHold,
    ReleaseHold,
    ResolveException,
    StockArrived,
)
from tests.activities.steps.builders import NOON, OrderRun, Shop, line
from tests.activities.steps.shortages import question, set_stock_policy, short
from tests.persistence.kpi.asking import facts_in

HOUR = timedelta(hours=1)


def at(shop: Shop, hours: float) -> datetime:
    """Move the shop's clock."""
    shop.now = NOON + hours * HOUR
    return shop.now


def waits_in(shop: Shop, **more: object) -> list[tuple[str, float, float | None]]:
    """Return the waits of the only order: the kind, and from which hour to which."""
    [facts] = facts_in(shop.database, **more).values()  # type: ignore[arg-type]
    return [(one.kind.value, _hour(one.since), _until(one)) for one in facts.waits]


def _hour(instant: datetime) -> float:
    return (instant - NOON) / HOUR


def _until(wait: Wait) -> float | None:
    return None if wait.until is None else _hour(wait.until)


def hold(run: OrderRun, message_id: str, *blocks: str) -> None:
    run.done(
        PlaceHold(
            message_id=message_id, blocks=blocks, owner_role="lead", reason="because"
        )
    )


def arrive(run: OrderRun, **units: int) -> None:
    run.shop.receive("B-1", **units)
    run.done(StockArrived(message_id=run.message_id(), skus=tuple(units)))


def test_every_hold_is_a_wait_whatever_it_blocks(stocked_shop: Shop) -> None:
    run = stocked_shop.order("1", line("MUG", 1))
    at(stocked_shop, 1)
    hold(run, "first", "hand_over")
    at(stocked_shop, 2)
    hold(run, "second", "pack")
    at(stocked_shop, 5)
    first = run.state.holds[0].hold_id
    run.done(ReleaseHold(message_id="go", hold_id=first))

    assert waits_in(stocked_shop) == [("hold", 1, 5), ("hold", 2, None)]
    assert waits_in(stocked_shop, as_of=NOON + 3 * HOUR) == [
        ("hold", 1, None),
        ("hold", 2, None),
    ]
    [facts] = facts_in(stocked_shop.database).values()
    assert {one.reason for one in facts.waits} == {"manual"}


def test_a_backorder_lasts_until_everything_is_allocated(stocked_shop: Shop) -> None:
    run = stocked_shop.order("1", line("MUG", 15))
    at(stocked_shop, 2)
    arrive(run, MUG=2)
    some = waits_in(stocked_shop)
    at(stocked_shop, 6)
    arrive(run, MUG=3)

    assert some == [("backorder", 0, None)]
    assert waits_in(stocked_shop) == [("backorder", 0, 6)]
    assert waits_in(stocked_shop, as_of=NOON + 4 * HOUR) == [("backorder", 0, None)]


def test_a_second_shortage_is_a_wait_of_its_own(stocked_shop: Shop) -> None:
    set_stock_policy(stocked_shop, StockPolicy(short_acts=(ShortAct.WAIT,)))
    run = stocked_shop.order("1", line("MUG", 12), when_missing="wait_for_all")
    at(stocked_shop, 2)
    arrive(run, MUG=2)
    at(stocked_shop, 3)
    first = run.state.shipments[0].shipment_id
    told = (short(9, location="A-1"),)
    run.done(ConfirmPick(message_id="short", lines=told, shipment_id=first))
    at(stocked_shop, 7)
    arrive(run, MUG=1)

    assert waits_in(stocked_shop) == [("backorder", 0, 2), ("backorder", 3, 7)]


def test_a_cancel_ends_the_wait_for_stock(stocked_shop: Shop) -> None:
    run = stocked_shop.order("1", line("MUG", 12))
    at(stocked_shop, 2)
    run.done(CancelOrder(message_id="no"))

    assert waits_in(stocked_shop) == [("backorder", 0, 2)]


def test_a_customer_is_waited_for_from_the_question_to_the_answer(
    stocked_shop: Shop,
) -> None:
    terms = MissingTerms(act=MissingAct.ASK_CUSTOMER, ask_within=6 * HOUR)
    set_stock_policy(stocked_shop, StockPolicy(missing=terms))
    run = stocked_shop.order("1", line("MUG", 12))
    asked = waits_in(stocked_shop)
    at(stocked_shop, 3)
    run.done(
        ResolveException(
            message_id="answer",
            exception_id=question(run).exception_id,
            resolution="cancel_rest",
        )
    )

    assert asked == [("backorder", 0, None), ("customer", 0, None)]
    assert waits_in(stocked_shop) == [("backorder", 0, 3), ("customer", 0, 3)]


def test_an_order_that_never_waited_has_no_waits(stocked_shop: Shop) -> None:
    stocked_shop.order("1", line("MUG", 1))

    assert waits_in(stocked_shop) == []
