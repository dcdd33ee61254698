"""Customers who come back."""

from __future__ import annotations

from domain.kpi.facts import OrderFacts
from domain.kpi.measuring import measure
from domain.kpi.orders.customers import FIGURES
from domain.kpi.question import Dimension
from tests.domain.kpi.asking import ask, figure_named, share
from tests.domain.kpi.builders import hours_later, order_facts, question


def order_of(customer: str | None, after: float = 0, **more: object) -> OrderFacts:
    return order_facts(
        order_id=f"{customer}-{after}",
        customer=customer,
        placed_at=hours_later(after),
        **more,
    )


def test_a_customer_counts_once_however_often_they_order() -> None:
    orders = [
        order_of("ann", 5),
        order_of("ann", 1),
        order_of("ann", 9),
        order_of("bea", 2),
        order_of("eve", 3),
    ]

    figure = ask(FIGURES, "repeat_order_rate", orders)

    assert share(figure) == (1, 3)
    assert figure.excluded == {"further_order_of_customer": 2}


def test_the_order_in_which_they_are_read_changes_nothing() -> None:
    orders = [order_of("ann", n) for n in range(4)] + [order_of("bea")]

    forward = ask(FIGURES, "repeat_order_rate", orders)
    backward = ask(FIGURES, "repeat_order_rate", orders[::-1])

    assert forward.result == backward.result


def test_orders_without_a_customer_and_those_that_came_to_nothing_do_not_count() -> (
    None
):
    orders = [
        order_of("ann", 1),
        order_of("ann", 2, cancelled_at=hours_later(3)),
        order_of("ann", 4, rejected_at=hours_later(4)),
        order_of(None, 1),
        order_of(None, 2),
    ]

    figure = ask(FIGURES, "repeat_order_rate", orders)

    assert share(figure) == (0, 1)
    assert figure.excluded == {"cancelled": 1, "no_customer": 2, "rejected": 1}


def test_orders_of_another_period_make_nobody_come_back() -> None:
    orders = [order_of("ann"), order_of("ann", 24 * 60)]

    assert share(ask(FIGURES, "repeat_order_rate", orders)) == (0, 1)


def test_within_a_group_only_its_own_orders_count() -> None:
    orders = [
        order_of("ann", 1, channel="web"),
        order_of("ann", 2, channel="phone"),
        order_of("ann", 3, channel="phone"),
    ]

    phone, web = measure(
        figure_named(FIGURES, "repeat_order_rate"),
        orders,
        question(group_by=(Dimension.CHANNEL,)),
    )

    assert share(phone) == (1, 1)
    assert share(web) == (0, 1)


def test_it_says_what_it_stands_for() -> None:
    says = figure_named(FIGURES, "repeat_order_rate").definition.says

    assert "stands for their satisfaction" in says


def test_only_nameless_orders_measure_nobody() -> None:
    figure = ask(FIGURES, "repeat_order_rate", [order_of(None)])

    assert figure.result is None
    assert figure.not_measured is not None
