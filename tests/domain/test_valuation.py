"""The moving average: whole millionths, nothing lost and nothing made by rounding."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.stock.valuation import StockValue, UnitCost, cost_of_one

UNITS = st.integers(1, 10_000)
MICROS = st.integers(0, 10**12)


def euros(units: int, amount: str) -> StockValue:
    cost = UnitCost(amount=Decimal(amount), currency="EUR")
    return StockValue(currency="EUR", units=units, micros=cost.micros_of(units))


def test_the_average_lies_between_two_costs_by_their_units() -> None:
    value = euros(30, "4").plus(10, euros(10, "8").micros)

    assert value.average == UnitCost(amount=Decimal(5), currency="EUR")


def test_no_units_have_no_average() -> None:
    assert StockValue(currency="EUR").average is None


def test_what_leaves_is_rounded_down_and_the_last_unit_takes_all() -> None:
    value = StockValue(currency="EUR", units=3, micros=10)

    one_left = value.minus(1).minus(1)

    assert (value.minus(1).micros, one_left.micros) == (7, 4)
    assert one_left.minus(1) == StockValue(currency="EUR")


def test_units_of_no_known_cost_take_nothing_with_them() -> None:
    assert euros(2, "4").minus(5) == StockValue(currency="EUR")
    assert StockValue(currency="EUR").minus(5) == StockValue(currency="EUR")


@given(UNITS, MICROS, st.lists(UNITS, min_size=1, max_size=30))
def test_what_comes_and_goes_at_the_average_never_moves_it(
    units: int, micros: int, turns: list[int]
) -> None:
    before = value = StockValue(currency="EUR", units=units, micros=micros)

    for turn in turns:
        value = value.plus(turn, value.share_of(turn)).minus(turn)

    assert value.units == before.units
    # Rounding down twice a turn: at most one millionth a turn, whatever is turned.
    assert abs(value.micros - before.micros) <= len(turns)


@given(UNITS, MICROS)
def test_the_cost_of_one_is_half_a_millionth_away_at_most(
    units: int, micros: int
) -> None:
    cost = cost_of_one(micros, units, "EUR")

    assert cost is not None
    assert 2 * abs(cost.micros_of(units) - micros) <= units
