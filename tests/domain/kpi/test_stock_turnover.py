"""Turnover and its relatives against stock whose numbers are known by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.errors import InvalidInput
from domain.kpi.periods import Period
from domain.kpi.question import Dimension
from domain.kpi.stock.measuring import NO_HISTORY, NOT_BEGUN
from domain.kpi.stock.record import CostFrom, ShippedOrder
from domain.kpi.stock.turnover import NO_DEMAND, NOT_WORTH_ANYTHING, NOTHING_SHIPPED
from tests.domain.kpi.stock_building import (
    amount,
    ask,
    day,
    figure,
    in_days,
    record,
    series,
)

# 1,000 on the first day; a purchase of 3,000 on the second leaves on the ninth. At
# both ends there is 1,000, but on seven of ten days there was 4,000.
A_PEAK = series(
    day(1, value=3000, units=300),
    day(8, value=-3000, units=-300, cost=3000, shipped=300),
    value=1000,
    units=100,
)


def test_turnover_is_yearly_cost_of_goods_shipped_over_the_daily_average() -> None:
    found = ask("inventory_turnover", record(A_PEAK), in_days(10))

    # (3 days x 1000 + 7 days x 4000) / 10 = 3100; 3000 / 10 x 365 = 109500
    assert amount(found).numerator == pytest.approx(109_500)
    assert amount(found).denominator == pytest.approx(3100)
    assert amount(found).value == pytest.approx(109_500 / 3100)
    assert amount(found).currency == "EUR"
    assert found.n == 10


def test_the_average_of_two_points_would_say_something_else() -> None:
    found = ask("inventory_turnover", record(A_PEAK), in_days(10))

    of_two_points = (1000 + 1000) / 2
    assert found.details["opening"] == found.details["closing"] == 1000
    assert found.details["average"] == pytest.approx(3100) != of_two_points


def test_days_without_a_movement_carry_the_value_on() -> None:
    quiet = series(day(0, value=500, units=5))

    whole = ask("average_stock_value", record(quiet), in_days(7))
    later = ask("average_stock_value", record(quiet), in_days(3, first=20))

    assert amount(whole).value == pytest.approx(500)
    assert amount(later).value == pytest.approx(500)


def test_what_moved_before_the_period_is_its_opening() -> None:
    found = ask("inventory_turnover", record(A_PEAK), in_days(5, first=5))

    assert found.details["opening"] == 4000
    assert found.details["closing"] == 1000
    assert found.details["average"] == pytest.approx((3 * 4000 + 2 * 1000) / 5)


def test_days_on_hand_are_365_over_the_turns() -> None:
    turns = amount(ask("inventory_turnover", record(A_PEAK), in_days(10))).value
    on_hand = amount(ask("days_on_hand", record(A_PEAK), in_days(10))).value

    assert on_hand == pytest.approx(365 / turns)


def test_forward_cover_looks_ahead_from_the_stock_of_the_last_day() -> None:
    steady = series(
        *(day(n, value=-10, units=-1, cost=10, shipped=1) for n in range(40)),
        value=1000,
        units=100,
    )

    found = ask("forward_cover", record(steady), in_days(10, first=30))

    # 600 is left and 10 a day leave: other than the days on hand of the average.
    assert amount(found).value == pytest.approx(60)
    on_hand = ask("days_on_hand", record(steady), in_days(10, first=30))
    assert amount(on_hand).value == pytest.approx(64.5)


def test_forward_cover_counts_only_days_since_the_first_movement() -> None:
    young = series(
        day(20, value=700, units=70),
        *(day(n, value=-10, units=-1, cost=10, shipped=1) for n in range(21, 30)),
    )

    found = ask("forward_cover", record(young), in_days(30))

    assert found.details["demand_days"] == 10
    assert amount(found).value == pytest.approx(610 / 9)


def test_carrying_cost_is_told_by_component_for_the_days_of_the_period() -> None:
    held = record(series(value=36_500, units=10))

    found = ask("carrying_cost", held, in_days(10))

    assert amount(found).value == pytest.approx(36_500 * 0.22 * 10 / 365)
    assert found.details["components"] == pytest.approx(
        {"capital": 100.0, "storage": 50.0, "service": 30.0, "risk": 40.0}
    )


def test_shrink_is_what_counts_took_away_and_its_share_of_what_was_shipped() -> None:
    lossy = series(
        day(1, value=-100, units=-10, cost=100, shipped=10),
        day(2, value=-5, units=-1, lost=5),
        value=1000,
        units=100,
    )

    found = ask("shrink", record(lossy), in_days(5))

    assert amount(found).value == pytest.approx(5)
    assert found.details["share"] == pytest.approx(0.05)


def test_each_currency_has_a_figure_of_its_own_in_the_same_group() -> None:
    euro, pound = series(value=10, units=1), series(value=99, units=1, currency="GBP")

    found = figure("average_stock_value").measure(record(pound, euro), in_days(2))

    assert [(amount(one).currency, amount(one).value) for one in found] == [
        ("EUR", 10.0),
        ("GBP", 99.0),
    ]
    assert {one.group for one in found} == {()}


def test_groups_come_sorted_and_say_where_their_cost_is_from() -> None:
    by = replace(in_days(2), group_by=(Dimension.WAREHOUSE,))
    of = replace(
        record(
            series(value=2, group=(("warehouse", "north"),)),
            series(value=1, group=(("warehouse", "main"),)),
        ),
        cost_from={"main": CostFrom.ORDER_LINES, "north": CostFrom.LEDGER},
    )

    found = figure("inventory_turnover").measure(of, by)

    assert [(one.group, one.details["cost_from"]) for one in found] == [
        ((("warehouse", "main"),), "order_lines"),
        ((("warehouse", "north"),), "ledger"),
    ]
    whole = replace(record(series(value=1)), cost_from=of.cost_from)
    told = ask("inventory_turnover", whole, in_days(2)).details["cost_from"]
    assert told == "ledger and order_lines"


def test_without_stock_history_it_says_how_to_get_some() -> None:
    later = record(series(day(40, value=10, units=1)))

    assert ask("inventory_turnover", record(), in_days(5)).not_measured == NO_HISTORY
    assert ask("inventory_turnover", later, in_days(5)).not_measured == NO_HISTORY


def test_stock_without_a_known_cost_is_not_worth_nothing() -> None:
    found = ask("inventory_turnover", record(series(units=12)), in_days(5))

    assert found.result is None
    assert found.not_measured == "no cost is known for 12 units in stock"


def test_more_left_than_ever_came_gives_no_turnover_but_says_so() -> None:
    below = series(day(0, value=-50, units=-5, cost=50, shipped=5))

    found = ask("inventory_turnover", record(below), in_days(5))

    assert found.not_measured == NOT_WORTH_ANYTHING
    assert found.details["days_below_zero"] == 5


@pytest.mark.parametrize(
    ("name", "why"), [("days_on_hand", NOTHING_SHIPPED), ("forward_cover", NO_DEMAND)]
)
def test_without_shipments_there_is_no_length_of_stay(name: str, why: str) -> None:
    still = record(series(value=10, units=1))

    assert ask(name, still, in_days(5)).not_measured == why
    assert amount(ask("inventory_turnover", still, in_days(5))).value == 0


def test_units_of_unknown_cost_are_counted_as_excluded() -> None:
    held = series(day(1, units=-3, shipped=3, without_cost=3), value=10, units=5)

    found = ask("inventory_turnover", record(held), in_days(3))

    assert found.excluded == {"units_without_cost": 3}


def test_days_that_have_not_begun_are_not_in_the_average() -> None:
    asked = replace(in_days(10), as_of=datetime(2026, 3, 4, 12, tzinfo=UTC))
    not_yet = replace(in_days(10), as_of=datetime(2026, 3, 1, tzinfo=UTC))

    found = ask("average_stock_value", record(A_PEAK), asked)
    none = ask("average_stock_value", record(A_PEAK), not_yet)

    assert found.n == 4
    assert amount(found).value == pytest.approx((1000 + 3 * 4000) / 4)
    assert none.not_measured == NOT_BEGUN


def test_stock_has_no_channel() -> None:
    asked = replace(in_days(3), group_by=(Dimension.CHANNEL,))

    with pytest.raises(InvalidInput, match="category, sku, warehouse"):
        figure("inventory_turnover").measure(record(), asked)


def test_behind_the_cost_stand_the_orders_whose_goods_left() -> None:
    march = in_days(31)
    of = replace(
        record(A_PEAK),
        shipped_orders=tuple(
            ShippedOrder(
                order_id=name, currency="EUR", cost=cost * 10**6, shipped=1, at=at
            )
            for name, cost, at in (
                ("web-1", 5, datetime(2026, 3, 2, tzinfo=UTC)),
                ("web-2", 9, datetime(2026, 3, 3, tzinfo=UTC)),
                ("web-3", 7, datetime(2026, 4, 1, tzinfo=UTC)),
            )
        ),
    )

    behind = figure("inventory_turnover").behind(of, march)

    assert [(one.order_id, one.value) for one in behind] == [
        ("web-2", 9.0),
        ("web-1", 5.0),
    ]


def test_weeks_of_one_record_are_measured_one_by_one() -> None:
    first, second = (
        Period(first_day=date(2026, 3, a), last_day=date(2026, 3, b), zone="UTC")
        for a, b in ((1, 5), (6, 10))
    )
    asked = in_days(10)

    parts = [
        amount(
            ask("average_stock_value", record(A_PEAK), replace(asked, period=part))
        ).value
        for part in (first, second)
    ]
    whole = amount(ask("average_stock_value", record(A_PEAK), asked)).value

    assert sum(parts) / 2 == pytest.approx(whole)
