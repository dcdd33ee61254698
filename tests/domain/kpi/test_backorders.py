"""How much is owed at the first attempt, and for how long already."""

from __future__ import annotations

import pytest

from domain.kpi.facts import Wait, WaitKind
from domain.kpi.figures import Times
from domain.kpi.orders.backorders import FIGURES
from tests.domain.kpi.asking import ask, share
from tests.domain.kpi.builders import hours_later, line_sums, order_facts, question


def backorder(since: float, until: float | None = None) -> Wait:
    ends = None if until is None else hours_later(until)
    return Wait(
        kind=WaitKind.BACKORDER, reason=None, since=hours_later(since), until=ends
    )


@pytest.mark.parametrize(
    ("lines", "owed_lines", "owed_units"),
    [
        ((line_sums(),), (0, 1), (0, 2)),
        ((line_sums(lines_filled_first=0, units_filled_first=1),), (1, 1), (1, 2)),
        (
            (
                line_sums(lines=4, units_ordered=8, units_filled_first=2),
                line_sums(lines=2, lines_cancelled=1),
            ),
            (3, 5),
            (6, 10),
        ),
    ],
)
def test_what_could_not_be_promised_at_once_is_backordered(
    lines: tuple[object, ...], owed_lines: tuple[int, int], owed_units: tuple[int, int]
) -> None:
    orders = [order_facts(allocated_at=hours_later(1), lines=lines)]

    assert share(ask(FIGURES, "backorder_rate", orders)) == owed_lines
    assert share(ask(FIGURES, "backorder_rate_units", orders)) == owed_units


def test_orders_not_tried_yet_or_cancelled_by_the_customer_owe_nothing() -> None:
    orders = [
        order_facts(lines=(line_sums(units_filled_first=0),)),
        order_facts(
            lines=(line_sums(),), cancelled_at=hours_later(2), cancel_cause="customer"
        ),
        order_facts(allocated_at=hours_later(1)),
    ]

    figure = ask(FIGURES, "backorder_rate", orders)

    assert figure.result is None
    assert figure.excluded == {
        "cancelled": 1,
        "not_allocated_yet": 1,
        "unknown_quantities": 1,
    }


def test_the_age_is_that_of_the_oldest_backorder_still_open() -> None:
    orders = [
        order_facts(waits=(backorder(2, until=3), backorder(10), backorder(20))),
        order_facts(waits=(backorder(40),)),
        order_facts(waits=(backorder(1, until=5),)),
        order_facts(
            waits=(
                Wait(
                    kind=WaitKind.HOLD,
                    reason="payment",
                    since=hours_later(1),
                    until=None,
                ),
            )
        ),
    ]

    figure = ask(FIGURES, "backorder_age", orders, question(as_of=hours_later(50)))

    assert isinstance(figure.result, Times)
    assert (figure.n, figure.result.p50, figure.result.mean) == (2, 25, 25)
    assert figure.result.p90 == pytest.approx(37)
    assert figure.excluded == {"no_open_backorder": 2}


def test_nothing_owed_has_no_age() -> None:
    figure = ask(FIGURES, "backorder_age", [order_facts()])

    assert figure.result is None
    assert figure.not_measured is not None
