"""Every hour of an order is in one stage: none is lost and none counted twice."""

import pytest
from hypothesis import given, settings

from domain.kpi.facts import OrderFacts, Wait
from domain.kpi.times.business_time import open_time_of
from domain.kpi.times.stages import (
    PASSED,
    OrderStage,
    business_clock,
    elapsed,
    elapsed_clock,
    stage_time,
    stage_times,
)
from tests.domain.kpi.builders import hours_later, order_facts, question
from tests.domain.kpi.waiting import backorder, dirty_orders, hold, question_open

# When the nine instants of a smooth order were, in hours after it was placed.
SMOOTH = {
    "verified": 1,
    "allocated": 2,
    "released": 4,
    "picked": 7,
    "packed": 8,
    "handed_over": 12,
    "first_scan": 14,
    "delivered": 30,
}
OPEN_8_TO_18 = open_time_of(
    (hours_later(24 * day + 8), hours_later(24 * day + 18)) for day in range(-2, 12)
)


def order_of(*waits: Wait, **hours: float | None) -> OrderFacts:
    told = {**SMOOTH, **hours}
    instants = {
        f"{stage}_at": None if at is None else hours_later(at)
        for stage, at in told.items()
    }
    return order_facts(**instants, waits=waits)


def hours_of(order: OrderFacts) -> dict[str, float]:
    found = stage_times(order, elapsed)
    return {str(stage): time.seconds / 3600 for stage, time in found.items()}


def test_a_stage_lasts_from_the_end_of_the_one_before() -> None:
    assert hours_of(order_of()) == {
        "verified": 1,
        "allocated": 1,
        "released": 2,
        "picked": 3,
        "packed": 1,
        "handed_over": 4,
        "first_scan": 2,
        "delivered": 16,
        "hold": 0,
        "backorder": 0,
    }


def test_a_missing_stage_joins_the_next_recorded_one() -> None:
    found = hours_of(order_of(released=None, picked=None, first_scan=None))

    assert "released" not in found
    assert "picked" not in found
    assert found["packed"] == 6
    assert found["delivered"] == 18
    assert sum(found.values()) == 30


@pytest.mark.parametrize(
    ("waits", "changed"),
    [
        # From the middle of one stage into the middle of the next.
        ([hold(3, 5)], {"released": 1, "picked": 2, "hold": 2}),
        # Two at a time are one wait.
        ([hold(4, 6), hold(5, 7, "manual")], {"picked": 0, "hold": 3}),
        ([hold(4, 7), hold(5, 6)], {"picked": 0, "hold": 3}),
        # A backorder under a hold is the hold's, before and after it its own.
        (
            [backorder(1, 4), hold(2, 3)],
            {"allocated": 0, "released": 0, "hold": 1, "backorder": 2},
        ),
        ([backorder(2, 3), hold(1, 4)], {"allocated": 0, "released": 0, "hold": 3}),
        # A question to the customer is no stage of its own.
        ([question_open(4, 7)], {}),
        # What was before the order or after its delivery is none of its time.
        (
            [hold(-5, 0.5), hold(29, 40)],
            {"verified": 0.5, "delivered": 15, "hold": 1.5},
        ),
        # Nobody said that it ended.
        ([hold(20, None)], {"delivered": 6, "hold": 10}),
        # It ended before it began: nothing.
        ([hold(9, 8)], {}),
    ],
)
def test_a_wait_counts_once_and_is_taken_out_of_its_stage(
    waits: list[Wait], changed: dict[str, float]
) -> None:
    found = hours_of(order_of(*waits))

    assert found == {**hours_of(order_of()), **changed}
    assert sum(found.values()) == 30


def test_a_stage_that_ended_before_it_began_is_told_as_backward() -> None:
    order = order_of(hold(7.2, 7.6), picked=8, packed=7)

    found = stage_times(order, elapsed)

    assert [stage for stage in PASSED if found[stage].is_backward] == ["packed"]
    assert found[OrderStage.PACKED].seconds == pytest.approx(-0.6 * 3600)
    assert sum(time.seconds for time in found.values()) == pytest.approx(30 * 3600)


def test_a_hold_cannot_hide_a_backward_stage() -> None:
    found = stage_times(order_of(hold(6, 9), picked=8, packed=7), elapsed)

    assert found[OrderStage.PACKED].seconds == 0
    assert found[OrderStage.PACKED].is_backward


def test_an_order_delivered_before_it_was_placed_has_backward_waits_too() -> None:
    found = stage_times(order_facts(delivered_at=hours_later(-3)), elapsed)

    assert all(time.is_backward for time in found.values())


def test_an_order_on_its_way_has_no_stage_times_yet() -> None:
    assert stage_times(order_of(delivered=None), elapsed) == {}


def test_business_time_counts_while_the_warehouse_is_open() -> None:
    clock = business_clock(order_of(), question(open_times={"WH-1": OPEN_8_TO_18}))
    assert clock

    found = stage_times(order_of(hold(16, 33), delivered=34), clock)

    hours = {
        stage: time.seconds / 3600 for stage, time in found.items() if time.seconds
    }
    assert hours == {
        OrderStage.HANDED_OVER: 4,
        OrderStage.FIRST_SCAN: 2,
        OrderStage.DELIVERED: 3,
        OrderStage.HOLD: 3,
    }


def test_the_hours_of_its_warehouse_come_before_those_of_the_shop() -> None:
    never = open_time_of([])
    asked = question(open_times={"": OPEN_8_TO_18, "WH-2": never})
    noon, one = hours_later(12), hours_later(13)

    clocks = [
        business_clock(order_facts(warehouse=name), asked)
        for name in ("WH-2", "WH-1", "(several)", None)
    ]

    assert [clock(noon, one) if clock else None for clock in clocks] == [
        0,
        3600,
        3600,
        3600,
    ]


def test_without_any_opening_hours_there_is_no_business_time() -> None:
    assert business_clock(order_facts(), question()) is None


@settings(deadline=None, max_examples=50)
@given(dirty_orders())
def test_the_stages_of_an_order_add_up_to_its_total(order: OrderFacts) -> None:
    assert order.delivered_at

    open_times = {"": OPEN_8_TO_18}
    for clock_of in (elapsed_clock, business_clock):
        clock = clock_of(order, question(open_times=open_times))
        assert clock
        found = stage_times(order, clock)
        total = clock(order.placed_at, order.delivered_at)

        assert sum(time.seconds for time in found.values()) == pytest.approx(total)


@settings(deadline=None, max_examples=50)
@given(dirty_orders())
def test_no_wait_is_longer_than_the_order(order: OrderFacts) -> None:
    assert order.delivered_at
    total = elapsed(order.placed_at, order.delivered_at)

    held = stage_time(order, OrderStage.HOLD, elapsed)
    backordered = stage_time(order, OrderStage.BACKORDER, elapsed)

    assert held
    assert backordered
    assert abs(held.seconds) + abs(backordered.seconds) <= abs(total)
