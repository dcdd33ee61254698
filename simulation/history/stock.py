"""What came into stock and left it, so that it agrees with what was shipped."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.stock.movements import MovementKind
from simulation.history.goods import (
    DEAD,
    OVERSTOCKED,
    RECEIPT_TIME,
    Shortage,
    ranges,
    shortage_of,
)
from simulation.history.past_orders import PastOrder

# Stock is known from before the first order, so that what never moved shows.
OPENING_DAYS_BEFORE = 14
_RECEIPTS_EVERY = timedelta(days=7)
_SAFETY_DAYS = 24
_LEAST_SAFETY = 10
_DEAD_UNITS, _TOO_MANY_UNITS = 30, 650
# One article in so many is counted each week, and sometimes a unit is missing.
_MISCOUNT = 0.08

Place = tuple[str, str]
Moves = Counter[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement; what leaves by a count has a sign, what is shipped has none."""

    warehouse: str
    sku: str
    at: datetime
    kind: MovementKind
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From the first day to the moment after which nothing is known."""

    seed: int
    first_day: date
    until: datetime

    @property
    def days(self) -> float:
        """Return how many days it has."""
        return (self.until.date() - self.first_day).days or 1

    def receipts(self) -> list[datetime]:
        """Return when goods come: every Tuesday."""
        tuesday = self.first_day + timedelta(days=(1 - self.first_day.weekday()) % 7)
        at = datetime.combine(tuesday, RECEIPT_TIME, UTC)
        found = []
        while at <= self.until:
            found.append(at)
            at += _RECEIPTS_EVERY
        return found

    def opening(self) -> datetime:
        """Return when the opening stock came."""
        day = self.first_day - timedelta(days=OPENING_DAYS_BEFORE)
        return datetime.combine(day, RECEIPT_TIME, UTC)


def movements(orders: Iterable[PastOrder], span: Span) -> list[Movement]:
    """Return all movements in the order in which they happened."""
    left, promised = _what_left(orders)
    found: list[Movement] = []
    for warehouse, mine in ranges().items():
        for sku in mine.skus:
            place = (warehouse, sku)
            found += _of_place(place, left[place], promised[place], span)
    return sorted(found, key=lambda one: (one.at, one.warehouse, one.sku, one.kind))


def _what_left(
    orders: Iterable[PastOrder],
) -> tuple[Mapping[Place, Moves], Mapping[Place, Moves]]:
    """Add up units by when they left, and by when they had been promised."""
    left: dict[Place, Moves] = defaultdict(Counter)
    promised: dict[Place, Moves] = defaultdict(Counter)
    for order in orders:
        for line in order.lines:
            one = order.journeys[line.journey]
            if line.shipped and one.handed_over_at and one.allocated_at:
                place = (one.warehouse, line.sku)
                left[place][one.handed_over_at] += line.shipped
                promised[place][one.allocated_at] += line.shipped
    return left, promised


def _of_place(
    place: Place, left: Moves, promised: Moves, span: Span
) -> Iterator[Movement]:
    counted = Counter() if shortage_of(*place) else _counted(place, span)
    for at, units in left.items():
        yield _movement(place, at, MovementKind.SHIPPED, units)
    for at, units in counted.items():
        yield _movement(place, at, MovementKind.COUNTED, -units)
    for at, units in _received(place, left + counted, promised, span):
        if units:
            yield _movement(place, at, MovementKind.RECEIVED, units)


def _movement(place: Place, at: datetime, kind: MovementKind, units: int) -> Movement:
    warehouse, sku = place
    return Movement(warehouse=warehouse, sku=sku, at=at, kind=kind, quantity=units)


def _counted(place: Place, span: Span) -> Moves:
    luck = random.Random(f"{span.seed}:count:{place}")
    noon = timedelta(hours=6)
    return Counter(
        {at + noon: 1 for at in span.receipts()[:-1] if luck.random() < _MISCOUNT}
    )


def _received(
    place: Place, leaves: Moves, promised: Moves, span: Span
) -> Iterator[tuple[datetime, int]]:
    _, sku = place
    opening, shortage = span.opening(), shortage_of(*place)
    if sku == DEAD:
        yield opening, _DEAD_UNITS
        return
    if sku == OVERSTOCKED:
        yield opening, _TOO_MANY_UNITS
        return
    comes, first = [opening, *span.receipts()], 0
    if shortage is not None:
        first = _units_until_it_ran_out(shortage, promised, span)
        ends_at = shortage.ends_at(span.first_day)
        comes = [ends_at, *(at for at in span.receipts() if at > ends_at)]
        yield opening, first
    yield from _ordered_up(leaves, comes, span, first)


def _units_until_it_ran_out(shortage: Shortage, promised: Moves, span: Span) -> int:
    begins_at = shortage.begins_at(span.first_day)
    return sum(units for at, units in promised.items() if at < begins_at)


def _ordered_up(
    leaves: Moves, comes: Sequence[datetime], span: Span, level: int
) -> Iterator[tuple[datetime, int]]:
    """Order each time what leaves until the next time, and some to be safe."""
    safety = max(_LEAST_SAFETY, round(sum(leaves.values()) / span.days * _SAFETY_DAYS))
    ends = [*comes[1:], span.until]
    moments = sorted(leaves)
    done = bisect_right(moments, comes[0])
    level -= sum(leaves[at] for at in moments[:done])
    for at, end in zip(comes, ends, strict=True):
        until = bisect_right(moments, end)
        needed = sum(leaves[moment] for moment in moments[done:until])
        units = max(0, needed + safety - level)
        level, done = level + units - needed, until
        yield at, units
