"""From the rows of stock flows to series: by group, by currency, by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row

from domain.kpi.facts import UNKNOWN
from domain.kpi.figures import GroupKey
from domain.kpi.question import Dimension
from domain.kpi.stock.record import StockDay, StockSeries
from domain.stock.movements import MovementKind
from persistence.kpi.stock.day_cut import BEFORE, DayCut
from persistence.kpi.stock.flows import UNKNOWN_ARTICLE

NUMBERS = StockDay._fields[1:]
_VALUE, _UNITS, _COST, _SHIPPED, _LOST, _WITHOUT_COST, _WITHOUT_HISTORY = range(
    len(NUMBERS)
)
_LOSES = frozenset({MovementKind.ADJUSTED.value, MovementKind.COUNTED.value})
# The numbers of each day, in the order of `NUMBERS`.
Days = dict[int, list[int]]
_Keys = tuple[str | None, ...]


class StockSums:
    """Sums of flows; where nobody says a currency it is the only one of its group."""

    def __init__(self, by: tuple[Dimension, ...], cut: DayCut, currency: str) -> None:
        """Group by these dimensions; `currency` is meant where none is known."""
        self._by, self._day_of, self._currency = by, cache(cut.day_of), currency
        self._sums: dict[_Keys, dict[str | None, Days]] = defaultdict(
            lambda: defaultdict(dict)
        )

    def add(self, rows: Iterable[Row[Any]]) -> None:
        """Add the rows of one flow, as it selects them."""
        width = len(self._by)
        sums, day_of = self._sums, self._day_of
        for row in rows:
            currency, piece, kind, leaves, value, units, cost, without_cost = row[
                width:
            ]
            days, day = sums[row[:width]][currency], day_of(piece)
            numbers = days.get(day)
            if numbers is None:
                numbers = days[day] = [0] * len(NUMBERS)
            if kind == UNKNOWN_ARTICLE:
                numbers[_WITHOUT_HISTORY] -= int(units)
                continue
            numbers[_VALUE] += int(value)
            numbers[_UNITS] += int(units)
            if kind == MovementKind.SHIPPED.value:
                numbers[_COST] += int(cost)
                numbers[_SHIPPED] -= int(units)
                numbers[_WITHOUT_COST] += int(without_cost)
            elif leaves and kind in _LOSES:
                numbers[_LOST] += int(cost)

    def series(self) -> Iterator[StockSeries]:
        """Return the series, those of each group by currency."""
        groups = {
            group_key(self._by, keys): found for keys, found in self._sums.items()
        }
        for group in sorted(groups):
            by_currency = self._with_known_currencies(groups[group])
            for currency in sorted(by_currency):
                yield _series(group, currency, by_currency[currency])

    def _with_known_currencies(
        self, found: Mapping[str | None, Days]
    ) -> dict[str, Days]:
        known = {name: days for name, days in found.items() if name is not None}
        if None in found:
            name = next(iter(known)) if len(known) == 1 else self._currency
            mine = known.setdefault(name, {})
            for day, more in found[None].items():
                there = mine.get(day, [0] * len(NUMBERS))
                mine[day] = [old + new for old, new in zip(there, more, strict=True)]
        return known


def group_key(by: tuple[Dimension, ...], keys: Iterable[str | None]) -> GroupKey:
    """Return the key of a group by its values."""
    return tuple(
        (dimension.value, key or UNKNOWN)
        for dimension, key in zip(by, keys, strict=True)
    )


def _series(group: GroupKey, currency: str, days: Days) -> StockSeries:
    opening = days.get(BEFORE, [0] * len(NUMBERS))
    return StockSeries(
        group=group,
        currency=currency,
        opening_value=opening[_VALUE],
        opening_units=opening[_UNITS],
        is_old=BEFORE in days,
        days=tuple(
            StockDay(day, *days[day])
            for day in sorted(days)
            if day != BEFORE and any(days[day])
        ),
    )
