"""On time in full: nothing missing and nothing late, by line and by order."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kpi.facts import LineSums, OrderFacts, Promise
from domain.kpi.figures import Figure, Rate
from domain.kpi.measuring import OrderFigure, measure
from domain.kpi.promises.on_time import FIGURES as ON_TIME_FIGURES
from domain.kpi.promises.otif import FIGURES, wanted_lines
from domain.kpi.question import Dimension, Question, Window
from tests.domain.kpi.builders import hours_later, line_sums, order_facts, question
from tests.domain.kpi.waiting import promised_orders

LINES, ORDERS = FIGURES
ON_TIME = ON_TIME_FIGURES[1]
IN_TIME, LATE = hours_later(40), hours_later(80)
PROMISE = Promise(on=date(2026, 3, 4))


def order(*lines: LineSums, **changes: object) -> OrderFacts:
    return order_facts(promised=PROMISE, lines=lines, **changes)


def told(
    figure: OrderFigure, orders: list[OrderFacts], asked: Question | None = None
) -> tuple[int, int]:
    result = found(figure, orders, asked).result
    if result is None:
        return 0, 0
    assert isinstance(result, Rate)
    return result.numerator, result.denominator


def found(
    figure: OrderFigure, orders: list[OrderFacts], asked: Question | None = None
) -> Figure:
    (one,) = measure(figure, orders, asked or question())
    return one


FULL = line_sums(lines=4, lines_filled=4, delivered_at=IN_TIME)


@pytest.mark.parametrize(
    ("one", "by_line", "by_order"),
    [
        (order(FULL, delivered_at=IN_TIME), (4, 4), (1, 1)),
        # A line short, though in time.
        (
            order(
                line_sums(lines=4, lines_filled=3, delivered_at=IN_TIME),
                delivered_at=IN_TIME,
            ),
            (3, 4),
            (0, 1),
        ),
        # The second parcel was late.
        (
            order(FULL, line_sums(delivered_at=LATE), delivered_at=LATE),
            (4, 5),
            (0, 1),
        ),
        # The second parcel is still on its way.
        (order(FULL, line_sums(delivered_at=None)), (4, 5), (0, 1)),
        # What the customer took back is no demand.
        (
            order(
                line_sums(
                    lines=4, lines_cancelled=1, lines_filled=3, delivered_at=IN_TIME
                ),
                delivered_at=IN_TIME,
            ),
            (3, 3),
            (1, 1),
        ),
        # We had no stock: every line is a miss.
        (
            order(
                line_sums(lines=3, lines_filled=0),
                cancelled_at=hours_later(5),
                cancel_cause="no_stock",
            ),
            (0, 3),
            (0, 1),
        ),
        (
            order(
                line_sums(lines=3, lines_filled=0),
                cancelled_at=hours_later(5),
                cancel_cause="customer",
            ),
            (0, 0),
            (0, 0),
        ),
    ],
)
def test_a_line_is_on_time_in_full_or_not(
    one: OrderFacts, by_line: tuple[int, int], by_order: tuple[int, int]
) -> None:
    assert told(LINES, [one]) == by_line
    assert told(ORDERS, [one]) == by_order


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (
            order(line_sums(lines=0, lines_filled=0, lines_unknown=2)),
            "unknown_quantities",
        ),
        (order(), "unknown_quantities"),
        (order(line_sums(lines=2, lines_cancelled=2, lines_filled=0)), "cancelled"),
        (
            order(cancelled_at=hours_later(5), cancel_cause="customer"),
            "cancelled",
        ),
        (order_facts(lines=(FULL,)), "no_promise"),
    ],
)
@pytest.mark.parametrize("figure", FIGURES)
def test_what_cannot_be_judged_is_left_out_with_its_reason(
    figure: OrderFigure, one: OrderFacts, reason: str
) -> None:
    asked = question(by=Window.PLACED)

    assert found(figure, [one], asked).excluded == {reason: 1}


def test_an_unknown_line_spoils_the_order_but_not_the_other_lines() -> None:
    unknown = line_sums(lines=0, lines_filled=0, lines_unknown=1)
    one = order(FULL, unknown, delivered_at=IN_TIME)

    assert told(LINES, [one]) == (4, 4)
    assert found(ORDERS, [one]).excluded == {"unknown_quantities": 1}


def test_the_three_choices_are_told() -> None:
    lines = found(LINES, []).choices
    orders = found(ORDERS, [], question(by=Window.DELIVERED)).choices

    assert lines["promise"].startswith("the delivery promise as last agreed")
    assert lines["window"] == "orders whose promise falls into the period"
    assert lines["grain"].startswith("order lines")
    assert "whole calendar days" in lines["compared"]
    assert orders["window"].startswith("orders delivered in the period")
    assert orders["grain"].startswith("whole orders")


def test_the_lines_of_an_order_fall_into_their_categories() -> None:
    late_book = line_sums(category="books", delivered_at=LATE)
    mug = line_sums(category="mugs", delivered_at=IN_TIME)
    asked = question(group_by=(Dimension.CATEGORY,))

    figures = measure(LINES, [order(late_book, mug, delivered_at=LATE)], asked)

    rates = [one.result.rate for one in figures if isinstance(one.result, Rate)]
    assert [dict(one.group)["category"] for one in figures] == ["books", "mugs"]
    assert rates == [0, 1]


@settings(deadline=None, max_examples=50)
@given(st.lists(promised_orders(), min_size=1, max_size=20))
def test_on_time_in_full_is_at_most_on_time_and_at_most_in_full(
    orders: list[OrderFacts],
) -> None:
    kept, due = told(ON_TIME, orders)
    whole, of_orders = told(ORDERS, orders)
    lines, of_lines = told(LINES, orders)

    # The same orders are judged, all lines of them.
    judged = [one for one in orders if told(ON_TIME, [one])[1]]
    full = sum(all(each.lines_filled == 3 for each in one.lines) for one in judged)
    assert of_orders == due == len(judged)
    assert whole <= min(kept, full)
    assert of_lines == sum(wanted_lines(one) for one in judged)
    filled = sum(each.lines_filled for one in judged for each in one.lines)
    assert lines <= filled
