"""Groups, trends and drill-down are parts of one count: nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.kpi.facts import SEVERAL, UNKNOWN, OrderFacts, Promise
from domain.kpi.figures import Figure, Rate, Times
from domain.kpi.measuring import (
    Excluded,
    OrderFigure,
    Took,
    each,
    measure,
    observe_orders,
    only_one,
    trend_of,
)
from domain.kpi.periods import Period, days_of, weeks_of
from domain.kpi.promises.on_time import FIGURES as ON_TIME
from domain.kpi.promises.otif import FIGURES as OTIF
from domain.kpi.question import Dimension, Window
from domain.kpi.targets import Statistic, Target
from domain.kpi.times.cycle_time import FIGURES as CYCLE_TIME
from tests.domain.kpi.builders import (
    MARCH,
    hours_later,
    line_sums,
    order_facts,
    question,
)
from tests.domain.kpi.waiting import promised_orders

CYCLE = CYCLE_TIME[0]
DELIVERY = ON_TIME[1]
LINES = OTIF[0]
MEASURED = st.sampled_from([CYCLE, DELIVERY, *OTIF])
ORDERS = st.lists(promised_orders(), max_size=15)
BY_CHANNEL = question(group_by=(Dimension.CHANNEL,))


def only(figures: list[Figure]) -> Figure:
    (figure,) = figures
    return figure


@settings(deadline=None, max_examples=50)
@given(ORDERS, MEASURED, st.data())
def test_the_order_of_orders_changes_nothing(
    orders: list[OrderFacts], figure: OrderFigure, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(orders))

    assert measure(figure, mixed, BY_CHANNEL) == measure(figure, orders, BY_CHANNEL)


@settings(deadline=None, max_examples=50)
@given(ORDERS, MEASURED)
def test_groups_recombine_to_the_whole(
    orders: list[OrderFacts], figure: OrderFigure
) -> None:
    whole = only(measure(figure, orders, question()))

    groups = measure(figure, orders, BY_CHANNEL)

    assert sum(group.n for group in groups) == whole.n
    excluded = sum((Counter(group.excluded) for group in groups), Counter())
    assert excluded == Counter(whole.excluded)
    assert parts_of(groups) == pytest.approx(sums_of(whole))


@settings(deadline=None, max_examples=50)
@given(ORDERS, MEASURED)
def test_the_parts_of_a_trend_recombine_to_the_whole(
    orders: list[OrderFacts], figure: OrderFigure
) -> None:
    whole = only(measure(figure, orders, question()))

    for parts in (weeks_of(MARCH), days_of(MARCH)):
        trend = trend_of(figure, orders, question(), parts)

        assert [one.asked.period for one in trend] == parts
        assert sum(one.n for one in trend) == whole.n
        assert parts_of(trend) == pytest.approx(sums_of(whole))


@settings(deadline=None, max_examples=50)
@given(ORDERS, MEASURED)
def test_the_orders_behind_a_figure_are_those_it_counts(
    orders: list[OrderFacts], figure: OrderFigure
) -> None:
    whole = only(measure(figure, orders, question()))

    behind = observe_orders(figure, orders, question())

    excluded = Counter(
        one.observation.reason
        for one in behind
        if isinstance(one.observation, Excluded)
    )
    assert excluded == Counter(whole.excluded)
    if figure is CYCLE:
        assert len(behind) == whole.n + excluded.total()


def parts_of(figures: list[Figure]) -> tuple[float, float]:
    sums = [sums_of(figure) for figure in figures]
    return sum(top for top, _ in sums), sum(bottom for _, bottom in sums)


def sums_of(figure: Figure) -> tuple[float, float]:
    """Return what recombines: sums, and never percentiles."""
    if isinstance(figure.result, Times):
        return figure.result.mean * figure.n, figure.n
    if isinstance(figure.result, Rate):
        return figure.result.numerator, figure.result.denominator
    return 0, 0


@pytest.mark.parametrize(
    ("changes", "window", "reason"),
    [
        ({}, Window.DELIVERED, "not_delivered"),
        ({"says_delivered": True}, Window.DELIVERED, "delivered_without_date"),
        ({"cancelled_at": hours_later(1)}, Window.DELIVERED, "cancelled"),
        ({"says_cancelled": True}, Window.DELIVERED, "cancelled"),
        ({"rejected_at": hours_later(1)}, Window.DELIVERED, "rejected"),
        ({}, Window.DUE, "no_promise"),
        ({"promised": Promise()}, Window.DUE, "no_promise"),
    ],
)
def test_an_order_without_the_window_s_instant_is_left_out_with_a_reason(
    changes: dict[str, object], window: Window, reason: str
) -> None:
    mine = order_facts(**changes)
    of_february = mine._replace(placed_at=datetime(2026, 2, 27, tzinfo=UTC))

    found = only(measure(DELIVERY, [mine, of_february], question(by=window)))

    assert found.excluded == {reason: 1}
    assert found.not_measured == (
        f"no order of the period can be counted: 1 {reason.replace('_', ' ')}"
    )


def test_nothing_in_the_period_is_said_to_be_so() -> None:
    found = only(measure(CYCLE, [], question()))

    assert (found.n, found.result) == (0, None)
    assert found.not_measured == "no order belongs to the period"


@pytest.mark.parametrize(
    ("delivered_at", "n"),
    [
        (datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 31, 22, tzinfo=UTC), 0),
        (datetime(2026, 2, 28, 23, tzinfo=UTC), 1),
        (datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC), 0),
    ],
)
def test_a_period_takes_the_local_days_of_its_zone(
    delivered_at: datetime, n: int
) -> None:
    march = replace(MARCH, zone="Europe/Berlin")
    placed = datetime(2026, 2, 1, tzinfo=UTC)
    one = order_facts(placed_at=placed, delivered_at=delivered_at)

    assert only(measure(CYCLE, [one], question(period=march))).n == n


def test_a_promised_day_belongs_to_its_own_date_in_every_zone() -> None:
    last = date(2026, 3, 31)
    one = order_facts(promised=Promise(on=last), ship_to_zone="Pacific/Auckland")
    honolulu = Period(first_day=last, last_day=last, zone="Pacific/Honolulu")

    found = only(measure(DELIVERY, [one], question(period=honolulu)))

    assert found.n == 1


def test_who_has_several_or_nobody_knows_is_a_group_of_its_own() -> None:
    orders = [
        order_facts(warehouse=name, delivered_at=hours_later(9))
        for name in ("WH-1", SEVERAL, None)
    ]
    asked = question(group_by=(Dimension.WAREHOUSE, Dimension.CARRIER))

    groups = measure(CYCLE, orders, asked)

    assert [dict(one.group) for one in groups] == [
        {"warehouse": SEVERAL, "carrier": "dhl"},
        {"warehouse": UNKNOWN, "carrier": "dhl"},
        {"warehouse": "WH-1", "carrier": "dhl"},
    ]


def test_lines_are_cut_at_their_categories_and_orders_are_not() -> None:
    promised = Promise(on=date(2026, 3, 9))
    lines = (
        line_sums(category="books", delivered_at=hours_later(9)),
        line_sums(category="mugs", lines=2, delivered_at=hours_later(9)),
    )
    one = order_facts(
        category=SEVERAL, promised=promised, lines=lines, delivered_at=hours_later(9)
    )
    asked = question(group_by=(Dimension.CATEGORY,))

    assert [(dict(f.group)["category"], f.n) for f in measure(LINES, [one], asked)] == [
        ("books", 1),
        ("mugs", 2),
    ]
    assert dict(only(measure(CYCLE, [one], asked)).group) == {"category": SEVERAL}


def test_a_figure_says_when_it_cannot_be_measured() -> None:
    silent = OrderFigure(
        definition=CYCLE.definition,
        observe=each(lambda _order, _question: Took(3600)),
        not_measured=lambda orders, _: None if orders[1:] else "one order says nothing",
    )
    one = order_facts(delivered_at=hours_later(2))

    assert only(measure(silent, [one, one], question())).n == 2
    alone = only(measure(silent, [one], question()))
    assert (alone.n, alone.result) == (0, None)
    assert alone.not_measured == "one order says nothing"


def test_a_figure_carries_its_target_and_its_choices() -> None:
    target = Target(
        statistic=Statistic.P90,
        target=48,
        warning=60,
        alarm=72,
        higher_is_better=False,
    )
    terms = replace(question().terms, targets={"order_cycle_time": target})

    found = only(measure(CYCLE, [], question(terms=terms)))

    assert found.target == target
    assert found.by is Window.DELIVERED
    assert found.choices
    assert only(measure(DELIVERY, [], question(terms=terms))).target is None


@pytest.mark.parametrize("dimension", [Dimension.SKU, Dimension.STATION])
def test_orders_are_not_grouped_by_what_is_not_theirs(dimension: Dimension) -> None:
    with pytest.raises(InvalidInput, match="group_by"):
        measure(CYCLE, [], question(group_by=(dimension,)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([None], None),
        (["a", None, "a"], "a"),
        (["a", "b"], SEVERAL),
    ],
)
def test_several_values_are_told_as_several(
    values: list[str | None], expected: str | None
) -> None:
    assert only_one(values) == expected
