"""Splits, cancels by cause, and returns."""

from __future__ import annotations

import pytest

from domain.kpi.facts import OrderFacts
from domain.kpi.orders.outcomes import FIGURES
from domain.kpi.question import Window
from tests.domain.kpi.asking import ask, share
from tests.domain.kpi.builders import hours_later, line_sums, order_facts, question


def cancelled(cause: str | None) -> OrderFacts:
    return order_facts(cancelled_at=hours_later(2), cancel_cause=cause)


PLACED = [
    order_facts(),
    order_facts(delivered_at=hours_later(30)),
    order_facts(rejected_at=hours_later(1)),
    cancelled("customer"),
    cancelled("customer_asked"),
    cancelled("no_stock"),
    cancelled("payment_expired"),
    cancelled("fraud"),
    cancelled("duplicate"),
    order_facts(says_cancelled=True),
]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("cancel_rate", 7),
        ("cancel_rate_customer", 2),
        ("cancel_rate_no_stock", 1),
        ("cancel_rate_payment", 1),
        ("cancel_rate_fraud", 1),
        ("cancel_rate_other", 2),
    ],
)
def test_each_cause_is_a_share_of_all_orders_placed(name: str, number: int) -> None:
    assert share(ask(FIGURES, name, PLACED)) == (number, 10)


def test_the_causes_add_up_to_the_whole() -> None:
    figure = ask(FIGURES, "cancel_rate", PLACED)

    causes = figure.details["orders_by_cause"]
    assert causes == {
        "customer": 2,
        "no_stock": 1,
        "payment": 1,
        "fraud": 1,
        "duplicate": 1,
        "other": 1,
    }
    assert sum(causes.values()) == 7


def test_an_order_placed_in_another_period_is_no_cause_of_this_one() -> None:
    earlier = order_facts(
        placed_at=hours_later(-24 * 40),
        cancelled_at=hours_later(1),
        cancel_cause="fraud",
    )

    figure = ask(FIGURES, "cancel_rate", [order_facts(), earlier])

    assert share(figure) == (0, 1)
    assert not any(figure.details["orders_by_cause"].values())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"shipments": 1, "handed_over_at": hours_later(5)}, (0, 1)),
        ({"shipments": 2, "handed_over_at": hours_later(5)}, (1, 1)),
        # The second is still in the house.
        ({"shipments": 2, "first_handed_over_at": hours_later(5)}, (1, 1)),
        # Delivered, and nobody told of the hand-over.
        ({"shipments": 1, "delivered_at": hours_later(9)}, (0, 1)),
    ],
)
def test_an_order_of_several_shipments_is_split(
    facts: dict[str, object], expected: tuple[int, int]
) -> None:
    assert share(ask(FIGURES, "split_rate", [order_facts(**facts)])) == expected


def test_orders_that_have_not_left_are_not_split_yet() -> None:
    figure = ask(FIGURES, "split_rate", [order_facts(shipments=2)])

    assert figure.result is None
    assert figure.excluded == {"not_shipped": 1}


def test_returns_are_a_share_of_the_units_delivered_in_the_period() -> None:
    def delivered(after: float, rejected: int) -> OrderFacts:
        sums = line_sums(units_shipped=10, units_rejected=rejected)
        return order_facts(delivered_at=hours_later(after), lines=(sums,))

    orders = [
        delivered(10, 0),
        delivered(20, 3),
        delivered(30, 99),
        delivered(24 * 90, 5),
        order_facts(delivered_at=hours_later(30)),
        order_facts(lines=(line_sums(),)),
    ]

    figure = ask(FIGURES, "return_rate", orders)

    assert figure.by is Window.DELIVERED
    assert share(figure) == (13, 30)
    assert figure.excluded == {"not_delivered": 1, "unknown_quantities": 1}


def test_no_orders_have_no_outcome() -> None:
    for name in ("split_rate", "cancel_rate", "return_rate"):
        figure = ask(FIGURES, name, [], question())
        assert figure.not_measured == "no order belongs to the period"
