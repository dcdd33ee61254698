"""Behind a figure: every order of the period, how it counts, the worst first."""

from __future__ import annotations

from datetime import date

import pytest

from domain.kpi.catalogue import ORDER_FIGURES
from domain.kpi.drilling import Behind, HowCounted, behind_orders
from domain.kpi.facts import OrderFacts, Promise
from domain.kpi.question import Dimension, Question, Window
from tests.domain.kpi.builders import MIDNIGHT, hours_later, order_facts, question

COUNTED, MISSED, EXCLUDED = HowCounted


def told(
    name: str, *orders: OrderFacts, asked: Question | None = None
) -> list[tuple[str, HowCounted, float | None, str | None]]:
    return [
        (one.order_id, one.counts, one.value, one.reason)
        for one in behind(name, *orders, asked=asked)
    ]


def behind(
    name: str, *orders: OrderFacts, asked: Question | None = None
) -> list[Behind]:
    return behind_orders(ORDER_FIGURES[name], orders, asked or question())


def test_of_times_the_longest_stands_first_in_hours() -> None:
    found = told(
        "order_cycle_time",
        order_facts(order_id="open"),
        order_facts(order_id="quick", delivered_at=hours_later(5)),
        order_facts(order_id="slow", delivered_at=hours_later(50.5)),
        order_facts(order_id="elsewhere", placed_at=hours_later(-24 * 40)),
    )

    assert found == [
        ("slow", COUNTED, 50.5, None),
        ("quick", COUNTED, 5.0, None),
        ("open", EXCLUDED, None, "not_delivered"),
    ]


def test_what_keeps_a_rate_from_being_whole_stands_first() -> None:
    promise = Promise(on=date(2026, 3, 4))
    found = told(
        "on_time_delivery",
        order_facts(order_id="kept", promised=promise, delivered_at=hours_later(20)),
        order_facts(order_id="late", promised=promise, delivered_at=hours_later(99)),
        order_facts(order_id="never asked"),
    )

    assert found == [
        ("late", MISSED, 0.0, None),
        ("kept", COUNTED, 1.0, None),
        ("never asked", EXCLUDED, None, "no_promise"),
    ]


def test_of_a_rate_that_should_be_low_those_in_it_are_what_is_missed() -> None:
    found = told(
        "cancel_rate",
        order_facts(order_id="kept"),
        order_facts(order_id="cancelled", cancelled_at=hours_later(1)),
    )

    assert found == [("cancelled", MISSED, 1.0, None), ("kept", COUNTED, 0.0, None)]


def test_orders_stand_under_their_groups() -> None:
    asked = question(group_by=(Dimension.CHANNEL,))

    found = behind(
        "cancel_rate",
        order_facts(order_id="2", channel="web"),
        order_facts(order_id="1", channel="shop"),
        asked=asked,
    )

    assert [(one.order_id, one.group) for one in found] == [
        ("1", (("channel", "shop"),)),
        ("2", (("channel", "web"),)),
    ]


@pytest.mark.parametrize(
    ("window", "changes", "at"),
    [
        (Window.PLACED, {}, MIDNIGHT),
        (Window.DELIVERED, {}, hours_later(30)),
        (Window.DELIVERED, {"delivered_at": None}, MIDNIGHT),
        (Window.DUE, {"promised": Promise(at=hours_later(40))}, hours_later(40)),
        # Of a promised day the first instant, where the goods go.
        (Window.DUE, {"promised": Promise(on=date(2026, 3, 3))}, hours_later(15)),
        (Window.DUE, {}, MIDNIGHT),
    ],
)
def test_an_order_stands_at_the_instant_that_puts_it_into_the_period(
    window: Window, changes: dict[str, object], at: object
) -> None:
    order = order_facts(delivered_at=hours_later(30), ship_to_zone="Asia/Tokyo")
    order = order._replace(**changes)  # type: ignore[arg-type]

    [found] = behind("on_time_delivery", order, asked=question(by=window))

    assert found.at == at
