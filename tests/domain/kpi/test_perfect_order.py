"""Perfect orders: four parts, each of which can spoil an order by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import isclose, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claims import ClaimKind
from domain.kpi.facts import FoundError, OrderFacts, Promise
from domain.kpi.figures import Rate
from domain.kpi.promises.perfect_order import FIGURES, PerfectPart
from domain.kpi.question import OnTimeBy, Question, Window
from tests.domain.kpi.asking import amount, ask, share
from tests.domain.kpi.builders import hours_later, line_sums, order_facts, question

RATE, INDEX = "perfect_order_rate", "perfect_order_index"
SHORT = line_sums(lines_filled=0, units_shipped=1)


def claim(kind: str) -> FoundError:
    return FoundError(kind=kind, inside=False, found_at=hours_later(60))


def perfect(**changes: object) -> OrderFacts:
    """Return an order delivered at noon of the promised day, without a flaw."""
    facts: dict[str, object] = {
        "handed_over_at": hours_later(5),
        "delivered_at": hours_later(36),
        "promised": Promise(on=date(2026, 3, 3)),
        "has_claims_channel": True,
        "lines": (line_sums(),),
    }
    return order_facts(**(facts | changes))


def test_an_order_without_a_flaw_is_perfect() -> None:
    assert share(ask(FIGURES, RATE, [perfect()])) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"lines": (line_sums(), SHORT)}, PerfectPart.IN_FULL),
        (
            {"lines": (line_sums(lines_filled=0, lines_substituted=1),)},
            PerfectPart.IN_FULL,
        ),
        ({"errors": (claim(ClaimKind.WRONG_ITEM),)}, PerfectPart.IN_FULL),
        ({"errors": (claim(ClaimKind.MISSING),)}, PerfectPart.IN_FULL),
        ({"errors": (claim("wrong_lot"),)}, PerfectPart.IN_FULL),
        ({"delivered_at": hours_later(48)}, PerfectPart.ON_TIME),
        ({"delivered_at": None}, PerfectPart.ON_TIME),
        ({"errors": (claim(ClaimKind.WRONG_ADDRESS),)}, PerfectPart.ON_TIME),
        ({"errors": (claim(ClaimKind.NOT_ARRIVED),)}, PerfectPart.ON_TIME),
        ({"errors": (claim(ClaimKind.WRONG_DOCUMENTS),)}, PerfectPart.DOCUMENTS),
        ({"errors": (claim(ClaimKind.DAMAGED),)}, PerfectPart.CONDITION),
        ({"errors": (claim(ClaimKind.DAMAGED_PACKAGE),)}, PerfectPart.CONDITION),
        (
            {"lines": (line_sums(), line_sums(lines_rejected=1, units_rejected=1))},
            PerfectPart.CONDITION,
        ),
        ({"errors": (claim(ClaimKind.LATE),)}, None),
        (
            {"errors": (replace(claim(ClaimKind.MISSING), inside=True),)},
            None,
        ),
        ({"lines": (line_sums(lines=2, lines_cancelled=1),)}, None),
    ],
)
def test_each_flaw_spoils_exactly_its_part(
    changes: dict[str, object], failed: PerfectPart | None
) -> None:
    figure = ask(FIGURES, RATE, [perfect(**changes)])

    assert share(figure) == (0 if failed else 1, 1)
    missed = {
        part
        for part in PerfectPart
        if figure.details[part.value]["numerator"] == 0  # type: ignore[index]
    }
    assert missed == ({failed} if failed else set())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"promised": None}, "no_promise"),
        ({"rejected_at": hours_later(1)}, "rejected"),
        (
            {"cancelled_at": hours_later(1), "cancel_cause": "customer"},
            "cancelled",
        ),
        ({"lines": (line_sums(lines=1, lines_cancelled=1),)}, "cancelled"),
        ({"promised": Promise(on=date(2026, 12, 24))}, "not_due_yet"),
        ({"has_claims_channel": False}, "no_claims_recorded"),
        ({"lines": ()}, "unknown_quantities"),
        ({"lines": (line_sums(), line_sums(lines_unknown=1))}, "unknown_quantities"),
    ],
)
def test_orders_that_cannot_be_judged_are_left_out_of_both(
    changes: dict[str, object], reason: str
) -> None:
    orders = [perfect(), perfect(**changes)]

    for name in (RATE, INDEX):
        assert ask(FIGURES, name, orders).excluded == {reason: 1}
        assert ask(FIGURES, name, orders).n == 1


def test_an_order_we_cancelled_for_lack_of_stock_is_not_perfect() -> None:
    order = perfect(
        cancelled_at=hours_later(3),
        cancel_cause="no_stock",
        delivered_at=None,
        handed_over_at=None,
        lines=(line_sums(lines_filled=0, units_shipped=0),),
    )

    assert share(ask(FIGURES, RATE, [order])) == (0, 1)


def test_on_time_is_by_the_day_unless_the_instant_is_asked_for() -> None:
    order = perfect(promised=Promise(at=hours_later(35)))

    by_day = ask(FIGURES, RATE, [order])
    by_instant = ask(FIGURES, RATE, [order], question(on_time_by=OnTimeBy.INSTANT))

    assert (share(by_day), share(by_instant)) == ((1, 1), (0, 1))
    assert by_day.choices["compared"] != by_instant.choices["compared"]


def test_the_index_multiplies_four_rates_and_is_not_the_rate() -> None:
    orders = [
        perfect(),
        perfect(lines=(SHORT,), delivered_at=hours_later(48)),
        perfect(errors=(claim(ClaimKind.WRONG_DOCUMENTS),)),
        perfect(errors=(claim(ClaimKind.DAMAGED),)),
    ]

    rate = ask(FIGURES, RATE, orders)
    index = ask(FIGURES, INDEX, orders)

    assert share(rate) == (1, 4)
    # Three of four by each measure.
    assert amount(index).value == pytest.approx(0.75**4)
    assert index.n == 4
    assert index.details["in_full"] == {"numerator": 3, "denominator": 4, "rate": 0.75}
    assert list(index.details) == list(PerfectPart)


FLAWS: list[dict[str, object]] = [
    {},
    {"lines": (SHORT,)},
    {"delivered_at": hours_later(90)},
    {"errors": (claim(ClaimKind.WRONG_DOCUMENTS),)},
    {"errors": (claim(ClaimKind.DAMAGED), claim(ClaimKind.MISSING))},
    {"promised": None},
]


@given(st.lists(st.sampled_from(FLAWS), min_size=1))
def test_the_rate_is_never_above_any_part_and_the_index_is_their_product(
    flaws: list[dict[str, object]],
) -> None:
    orders = [perfect(), *(perfect(**flaw) for flaw in flaws)]

    rate, index = (ask(FIGURES, name, orders) for name in (RATE, INDEX))

    parts = [index.details[part.value]["rate"] for part in PerfectPart]  # type: ignore[index]
    assert isinstance(rate.result, Rate)
    assert rate.result.rate <= min(parts) + 1e-12
    assert isclose(amount(index).value, prod(parts))


@pytest.mark.parametrize("by", [Window.PLACED, Window.DELIVERED, Window.DUE])
def test_each_window_can_be_asked_for(by: Window) -> None:
    asked: Question = question(by=by)

    assert share(ask(FIGURES, RATE, [perfect()], asked)) == (1, 1)


def test_without_any_claims_channel_nothing_is_perfect_nor_not() -> None:
    for name in (RATE, INDEX):
        figure = ask(FIGURES, name, [perfect(has_claims_channel=False)])
        assert figure.result is None
        assert figure.not_measured == (
            "no claims are recorded for orderwright: not measured"
        )
        assert figure.details == {}


def test_no_orders_are_not_measured() -> None:
    figure = ask(FIGURES, INDEX, [])

    assert (figure.result, figure.details) == (None, {})
    assert figure.not_measured == "no order belongs to the period"
