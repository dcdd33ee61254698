"""Fill rates of orders whose shortages are known."""

from __future__ import annotations

import pytest

from domain.kpi.facts import OrderFacts, Wait, WaitKind
from domain.kpi.measuring import measure
from domain.kpi.orders.fill import FIGURES
from domain.kpi.question import Dimension
from tests.domain.kpi.asking import ask, figure_named, share
from tests.domain.kpi.builders import hours_later, line_sums, order_facts, question

FIRST = ("unit_fill_rate_first", "line_fill_rate_first", "order_fill_rate_first")
FINAL = ("unit_fill_rate", "line_fill_rate", "order_fill_rate")
ALL = FIRST + FINAL


def backorder(until: float | None) -> Wait:
    ends = None if until is None else hours_later(until)
    return Wait(kind=WaitKind.BACKORDER, reason=None, since=hours_later(1), until=ends)


def worked_case(**more: object) -> OrderFacts:
    """Return the order of 80 A and 20 B of which 75 A and all B were on hand."""
    facts: dict[str, object] = {
        "allocated_at": hours_later(1),
        "handed_over_at": hours_later(30),
        "lines": (
            line_sums(
                lines=2,
                units_ordered=100,
                lines_filled_first=1,
                units_filled_first=95,
                lines_filled=2,
                units_shipped=100,
            ),
        ),
    }
    return order_facts(**(facts | more))


def shares(names: tuple[str, ...], *orders: OrderFacts) -> list[tuple[int, int]]:
    return [share(ask(FIGURES, name, orders)) for name in names]


def test_80_and_20_with_75_on_hand_fill_95_50_and_0_percent() -> None:
    assert shares(FIRST, worked_case()) == [(95, 100), (1, 2), (0, 1)]


def test_what_came_later_fills_the_rest_in_the_end() -> None:
    order = worked_case(waits=(backorder(20),))

    assert shares(FINAL, order) == [(100, 100), (2, 2), (1, 1)]


def test_an_order_filled_at_once_is_full_by_every_measure() -> None:
    order = worked_case(lines=(line_sums(),))

    assert shares(ALL, order) == [(2, 2), (1, 1), (1, 1)] * 2


def test_a_substitute_sends_units_but_fills_neither_line_nor_order() -> None:
    lines = (line_sums(lines_filled=0, lines_substituted=1, units_shipped=2),)

    assert shares(FINAL, worked_case(lines=lines)) == [(2, 2), (0, 1), (0, 1)]


def test_more_units_sent_than_ordered_fill_no_more_than_all() -> None:
    lines = (line_sums(units_shipped=5),)

    assert shares(("unit_fill_rate",), worked_case(lines=lines)) == [(2, 2)]


def test_lines_that_the_customer_cancelled_were_not_ordered() -> None:
    lines = (
        line_sums(lines=3, lines_cancelled=2),
        line_sums(
            lines_filled_first=0, units_filled_first=0, lines_filled=0, units_shipped=0
        ),
    )

    assert shares(ALL, worked_case(lines=lines)) == [(2, 4), (1, 2), (0, 1)] * 2


BY_CUSTOMER = {"cancelled_at": hours_later(3), "cancel_cause": "customer"}
ALL_LINES_CANCELLED = (line_sums(lines=1, lines_cancelled=1, units_ordered=0),)


@pytest.mark.parametrize(
    ("changes", "first", "final"),
    [
        (BY_CUSTOMER, "cancelled", "cancelled"),
        ({"says_cancelled": True}, "cancelled", "cancelled"),
        ({"rejected_at": hours_later(3)}, "rejected", "rejected"),
        ({"lines": ()}, "unknown_quantities", "unknown_quantities"),
        ({"lines": ALL_LINES_CANCELLED}, "cancelled", "cancelled"),
        ({"waits": (backorder(None),)}, None, "still_open"),
        ({"handed_over_at": None}, None, "still_open"),
        ({"handed_over_at": None, "says_delivered": True}, None, None),
    ],
    ids=[
        "cancelled by the customer",
        "cancelled, nobody knows why",
        "refused at the check",
        "no lines known",
        "every line cancelled",
        "still owed",
        "not sent yet",
        "the source calls it delivered",
    ],
)
def test_orders_that_say_nothing_are_left_out_with_the_reason(
    changes: dict[str, object], first: str | None, final: str | None
) -> None:
    order = worked_case(**changes)

    for names, reason in ((FIRST, first), (FINAL, final)):
        for name in names:
            figure = ask(FIGURES, name, [order])
            assert figure.excluded == ({reason: 1} if reason else {})
            assert (figure.result is None) is bool(reason)


def test_an_order_cancelled_for_lack_of_stock_is_a_miss() -> None:
    nothing = line_sums(
        lines_filled_first=0, units_filled_first=0, lines_filled=0, units_shipped=0
    )
    order = order_facts(
        cancelled_at=hours_later(3), cancel_cause="no_stock", lines=(nothing,)
    )

    assert shares(ALL, order) == [(0, 2), (0, 1), (0, 1)] * 2


@pytest.mark.parametrize(
    ("changes", "is_tried"),
    [
        ({}, False),
        ({"waits": (backorder(None),)}, True),
        ({"first_handed_over_at": hours_later(5)}, True),
        ({"allocated_at": hours_later(5)}, True),
    ],
)
def test_the_first_attempt_counts_once_there_was_one(
    changes: dict[str, object], is_tried: bool
) -> None:
    nothing = line_sums(lines_filled_first=0, units_filled_first=0)
    figure = ask(
        FIGURES, "line_fill_rate_first", [order_facts(lines=(nothing,), **changes)]
    )

    assert figure.excluded == ({} if is_tried else {"not_allocated_yet": 1})


def test_lines_of_unknown_quantity_are_left_out_and_counted() -> None:
    unknown = line_sums(
        lines=0,
        units_ordered=0,
        lines_filled_first=0,
        units_filled_first=0,
        lines_filled=0,
        units_shipped=0,
        lines_unknown=3,
    )
    orders = [worked_case(lines=(line_sums(), unknown)), worked_case(lines=(unknown,))]

    by_line = ask(FIGURES, "line_fill_rate_first", orders)
    by_order = ask(FIGURES, "order_fill_rate_first", orders)

    assert share(by_line) == (1, 1)
    assert by_line.excluded == {"unknown_quantities": 1}
    assert by_line.details == {"lines_of_unknown_quantity": 6}
    # One line nobody can judge leaves the whole order out.
    assert by_order.excluded == {"unknown_quantities": 2}


def test_lines_count_for_their_own_category_and_recombine() -> None:
    books = line_sums(category="books")
    toys = line_sums(category="toys", lines_filled_first=0, units_filled_first=1)
    orders = [worked_case(lines=(books, toys)), worked_case(lines=(toys,))]

    found = measure(
        figure_named(FIGURES, "unit_fill_rate_first"),
        orders,
        question(group_by=(Dimension.CATEGORY,)),
    )

    assert [(one.group, share(one)) for one in found] == [
        ((("category", "books"),), (2, 2)),
        ((("category", "toys"),), (2, 4)),
    ]
    assert shares(("unit_fill_rate_first",), *orders) == [(4, 6)]
