"""Cost per order, by rates and months that can be counted on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.kpi.drilling import HowCounted, behind_orders
from domain.kpi.facts import OrderFacts
from domain.kpi.measuring import measure, trend_of
from domain.kpi.orders.cost import FIGURES, NO_RATES
from domain.kpi.periods import Period, weeks_of
from domain.kpi.question import CostRates, Dimension, KpiTerms, Question
from tests.domain.kpi.asking import amount, ask, figure_named
from tests.domain.kpi.builders import (
    MARCH,
    hours_later,
    line_sums,
    order_facts,
    question,
)

COST, FREIGHT = "cost_per_order", "freight_per_order"


def rates(**more: str) -> KpiTerms:
    chosen = {name: Decimal(text) for name, text in more.items()}
    return KpiTerms(currency="CHF", cost=CostRates(**chosen))


def shipped(**changes: object) -> OrderFacts:
    """Return an order of three lines sent in two shipments."""
    facts: dict[str, object] = {
        "handed_over_at": hours_later(5),
        "shipments": 2,
        "lines": (line_sums(lines=3),),
    }
    return order_facts(**(facts | changes))


def asked(**more: str) -> Question:
    return question(terms=rates(**more))


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"labour_per_order": "1.50"}, 1.50),
        ({"labour_per_line": "0.20"}, 0.60),
        ({"material_per_shipment": "0.40"}, 0.80),
        ({"fixed_per_month": "300"}, 150.0),
        (
            {
                "labour_per_order": "1.50",
                "labour_per_line": "0.20",
                "material_per_shipment": "0.40",
                "fixed_per_month": "300",
            },
            152.90,
        ),
        ({"labour_per_order": "0"}, 0.0),
    ],
)
def test_the_cost_is_made_of_the_rates_that_are_set(
    terms: dict[str, str], expected: float
) -> None:
    figure = ask(FIGURES, COST, [shipped(), shipped(), order_facts()], asked(**terms))

    found = amount(figure)
    assert found.value == pytest.approx(expected)
    assert (found.currency, found.denominator) == ("CHF", 2)
    assert found.numerator == pytest.approx(2 * expected)
    assert figure.excluded == {"not_shipped": 1}


def test_without_any_rate_it_names_the_key_to_set() -> None:
    figure = ask(FIGURES, COST, [shipped()])

    assert (figure.result, figure.not_measured) == (None, NO_RATES)
    assert "`[cost]`" in NO_RATES


@pytest.mark.parametrize(
    ("first", "last", "as_of", "months"),
    [
        ((2026, 3, 1), (2026, 3, 31), (2026, 7, 1), 1),
        ((2026, 2, 1), (2026, 2, 14), (2026, 7, 1), 0.5),
        ((2026, 2, 15), (2026, 3, 31), (2026, 7, 1), 1.5),
        # So far ten days of April have begun.
        ((2026, 4, 1), (2026, 4, 30), (2026, 4, 10), 1 / 3),
    ],
)
def test_a_day_bears_the_share_of_fixed_costs_that_it_is_of_its_month(
    first: tuple[int, int, int],
    last: tuple[int, int, int],
    as_of: tuple[int, int, int],
    months: float,
) -> None:
    period = Period(first_day=date(*first), last_day=date(*last), zone="UTC")
    order = shipped(placed_at=period.starts_at)

    figure = ask(
        FIGURES,
        COST,
        [order],
        Question(
            period=period,
            as_of=datetime(*as_of, tzinfo=UTC),
            terms=rates(fixed_per_month="300"),
        ),
    )

    assert amount(figure).value == pytest.approx(300 * months)


def test_the_parts_of_a_trend_bear_their_own_fixed_costs() -> None:
    orders = [
        shipped(placed_at=datetime(2026, 3, day, tzinfo=UTC)) for day in (1, 5, 17, 18)
    ]
    terms = asked(fixed_per_month="310")

    parts = trend_of(figure_named(FIGURES, COST), orders, terms, weeks_of(MARCH))

    # One Sunday, a week with one order, one without, one with two, two days.
    values = [part.result and amount(part).value for part in parts]
    assert values[0] == pytest.approx(10)
    assert values[1] == pytest.approx(70)
    assert (values[2], values[4], values[5]) == (None, None, None)
    assert values[3] == pytest.approx(35)


def test_groups_bear_no_fixed_costs_and_say_so() -> None:
    by_channel = replace(
        asked(labour_per_order="2", fixed_per_month="300"),
        group_by=(Dimension.CHANNEL,),
    )
    orders = [shipped(channel="web"), shipped(channel="phone")]

    found = measure(figure_named(FIGURES, COST), orders, by_channel)

    assert [amount(one).value for one in found] == [2, 2]
    assert found[0].choices["fixed_per_month"] == "300 CHF; left out of groups"


def test_groups_of_fixed_costs_alone_are_not_measured() -> None:
    by_channel = replace(asked(fixed_per_month="300"), group_by=(Dimension.CHANNEL,))

    (found,) = measure(figure_named(FIGURES, COST), [shipped()], by_channel)

    assert found.result is None
    assert found.not_measured is not None
    assert "only fixed costs" in found.not_measured


def test_lines_that_nobody_counted_cost_nothing_known_where_lines_are_paid() -> None:
    orders = [shipped(), shipped(lines=())]

    by_line = ask(FIGURES, COST, orders, asked(labour_per_line="1"))
    by_order = ask(FIGURES, COST, orders, asked(labour_per_order="1"))

    assert by_line.excluded == {"unknown_quantities": 1}
    assert amount(by_line).value == 3
    assert by_order.excluded == {}


def test_a_costly_order_is_no_miss_behind_the_figure() -> None:
    (one,) = behind_orders(
        figure_named(FIGURES, COST), [shipped()], asked(labour_per_order="2")
    )

    assert (one.counts, one.value) == (HowCounted.COUNTED, 2)


def test_freight_stands_apart_and_only_where_labels_were_bought_here() -> None:
    orders = [
        shipped(freight=4.0),
        shipped(freight=6.5),
        shipped(),
        order_facts(freight=9.0),
    ]

    figure = ask(FIGURES, FREIGHT, orders)

    found = amount(figure)
    assert (found.value, found.currency) == (5.25, "EUR")
    assert (found.numerator, found.denominator) == (10.5, 2)
    assert figure.excluded == {"no_freight_known": 1, "not_shipped": 1}


def test_no_shipped_order_has_no_cost() -> None:
    figure = ask(FIGURES, COST, [order_facts()], asked(fixed_per_month="300"))

    assert figure.result is None
    assert figure.excluded == {"not_shipped": 1}
