"""What the carrier says is an axis of its own; what it loses is owed back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.orders.status import OrderStatus
from domain.tracking import Milestone
from messages.order_messages import (
    CarrierEvent,
    ConfirmDelivery,
    PickedLine,
    ResolveException,
)
from persistence.tables import shipment, tracking_event
from tests.activities.steps.builders import (
    NOON,
    OrderRun,
    Shop,
    assert_balanced,
    line,
    package_of,
    picks,
)


def event(
    milestone: Milestone, number: int, after: int = 0, **more: str
) -> CarrierEvent:
    return CarrierEvent(
        message_id=f"carrier {number}",
        milestone=milestone,
        occurred_at=NOON + timedelta(hours=after),
        event_id=f"e{number}",
        **more,
    )


def packed(shop: Shop) -> OrderRun:
    run = shop.order("1", line("MUG", 2, unit_price="4"), currency="EUR")
    run.pick(*picks(2))
    run.pack(package_of(MUG=2))
    return run


def with_carrier(shop: Shop) -> OrderRun:
    run = packed(shop)
    run.hand_over()
    return run


def test_the_carriers_word_delivers_the_order(shop: Shop) -> None:
    run = with_carrier(shop)

    run.done(event(Milestone.DELIVERED, 1, after=20))

    assert run.state.status is OrderStatus.DELIVERED
    [row] = shop.rows(select(shipment))
    assert row.delivered_at == NOON + timedelta(hours=20)
    assert run.events()[-1] == "delivered"


def test_the_same_carrier_event_twice_is_kept_once(shop: Shop) -> None:
    run = with_carrier(shop)
    told = event(Milestone.IN_TRANSIT, 1)

    run.done(told)
    answer = run.done(told.model_copy(update={"message_id": "once more"}))

    assert answer.text == "already recorded"
    assert shop.count(tracking_event) == 1
    assert run.events().count("first_scan") == 1


def test_an_older_event_that_comes_late_does_not_set_the_parcel_back(
    shop: Shop,
) -> None:
    run = with_carrier(shop)
    run.done(event(Milestone.OUT_FOR_DELIVERY, 2, after=5))

    run.done(event(Milestone.IN_TRANSIT, 1, after=1))

    assert run.state.shipments[0].milestone == Milestone.OUT_FOR_DELIVERY
    assert shop.count(tracking_event) == 2


def test_a_scan_by_the_carrier_hands_over_what_nobody_confirmed(shop: Shop) -> None:
    run = packed(shop)
    run.have_label("T-9")

    run.done(event(Milestone.IN_TRANSIT, 1, tracking_number="T-9"))

    assert run.state.status is OrderStatus.SHIPPED
    assert run.data_of("handed_over") == {
        "carrier": "simulator",
        "inferred": True,
        "units": 2,
        "lines": 1,
    }
    assert shop.stock()["A-1", "MUG"] == (8, 0)
    assert_balanced(shop)


def test_an_event_of_another_parcel_is_refused_and_recorded(shop: Shop) -> None:
    run = with_carrier(shop)

    text = run.refused(event(Milestone.DELIVERED, 1, tracking_number="ELSEWHERE"))

    assert text == "shipment_id or tracking_number: one of this order's shipments"
    assert run.state.status is OrderStatus.SHIPPED


@pytest.mark.parametrize("trouble", [Milestone.LOST, Milestone.DELIVERY_ATTEMPT_FAILED])
def test_trouble_on_the_way_is_work_for_a_person_once(
    shop: Shop, trouble: Milestone
) -> None:
    run = with_carrier(shop)

    run.done(event(trouble, 1))
    run.done(event(trouble, 2, after=1))

    assert run.exceptions() == ["delivery_trouble"]
    assert run.state.status is OrderStatus.SHIPPED


def test_trouble_that_ends_in_a_delivery_closes_its_exception(shop: Shop) -> None:
    run = with_carrier(shop)
    run.done(event(Milestone.DELIVERY_ATTEMPT_FAILED, 1))

    run.done(ConfirmDelivery(message_id="signed", proof_reference="proof-1"))

    assert run.exceptions() == []
    assert run.state.status is OrderStatus.DELIVERED


def test_a_lost_parcel_is_owed_back_whole_when_a_person_closes_it(shop: Shop) -> None:
    shop.receive("B-1", MUG=10)
    run = shop.order("1", line("MUG", 12, unit_price="4"), currency="EUR")
    run.pick(
        PickedLine(line_no=1, quantity=10, location="A-1"),
        PickedLine(line_no=1, quantity=2, location="B-1"),
    )
    run.pack(package_of(MUG=12))
    run.hand_over()
    run.done(event(Milestone.LOST, 1))

    run.done(
        ResolveException(
            message_id="lost", exception_id="web-1.x1", resolution="closed"
        )
    )

    assert run.state.status is OrderStatus.UNDELIVERED
    assert run.refunds() == [Decimal(48)]


def test_a_carrier_event_after_the_end_is_still_recorded(shop: Shop) -> None:
    run = with_carrier(shop)
    run.done(ConfirmDelivery(message_id="signed"))

    run.done(event(Milestone.DELIVERED, 1, after=2))

    assert shop.count(tracking_event) == 1
    assert run.events().count("delivered") == 1
    assert run.state.status is OrderStatus.DELIVERED
