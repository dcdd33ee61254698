"""Who ordered what, and when: a weekday pattern, a peak week, customers who return."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from simulation.history.goods import Range, ranges
from simulation.history.sites import MAIN, NORTH

_DAY = timedelta(days=1)
_ORDERS_A_DAY = 44
# Monday to Sunday: people order when the weekend is over.
_BY_WEEKDAY = (1.25, 1.1, 1.0, 1.0, 0.95, 0.8, 0.95)
_PEAK = 1.5
# Hour by hour, from midnight on.
_BY_HOUR = (
    2,
    1,
    1,
    1,
    1,
    2,
    4,
    6,
    8,
    10,
    10,
    9,
    9,
    9,
    9,
    9,
    9,
    10,
    12,
    14,
    14,
    11,
    7,
    4,
)
_CUSTOMERS = 1_900
_WHOLESALERS = 25
_WHOLESALE, _MARKET, _PHONE, _EXPRESS = 0.08, 0.24, 0.09, 0.18
_AT_NORTH, _FROM_BOTH = 0.27, 0.045
_LINES = (1, 1, 1, 2, 2, 3, 4)
_UNITS, _UNITS_WHOLESALE = (1, 1, 1, 2, 2, 3), (6, 8, 10, 12)
_ZONES = {
    "Europe/Berlin": 62,
    "Europe/Amsterdam": 14,
    "Europe/Vienna": 9,
    "Europe/Paris": 8,
    "Europe/Copenhagen": 4,
    "Europe/London": 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a customer ordered: units by warehouse and SKU."""

    source: str
    number: str
    placed_at: datetime
    channel: str
    service_level: str
    customer_group: str
    customer: str
    ship_to_zone: str
    units: tuple[tuple[str, str, int], ...]


def wishes(seed: int, first_day: date, weeks: int) -> Iterator[Wish]:
    """Draw the orders of some weeks, in the order in which they were placed."""
    kept = ranges()
    number = 10_000
    for n in range(weeks * 7):
        luck = random.Random(f"{seed}:day:{n}")
        mean = _ORDERS_A_DAY * _BY_WEEKDAY[(first_day + n * _DAY).weekday()]
        if n // 7 == peak_week(weeks):
            mean *= _PEAK
        moments = sorted(
            _moment(luck, first_day + n * _DAY)
            for _ in range(round(luck.gauss(mean, mean**0.5)))
        )
        for placed_at in moments:
            number += 1
            yield _wish(random.Random(f"{seed}:{number}"), number, placed_at, kept)


def peak_week(weeks: int) -> int:
    """Return which week is the busy one, counted from 0."""
    return weeks * 5 // 8


def _moment(luck: random.Random, day: date) -> datetime:
    (hour,) = luck.choices(range(24), _BY_HOUR)
    at = time(hour, luck.randrange(60), luck.randrange(60))
    return datetime.combine(day, at, UTC)


def _wish(
    luck: random.Random, number: int, placed_at: datetime, kept: Mapping[str, Range]
) -> Wish:
    is_wholesale = luck.random() < _WHOLESALE
    is_market = not is_wholesale and luck.random() < _MARKET
    by_phone = luck.random() < (0.6 if is_wholesale else _PHONE)
    is_express = not is_wholesale and luck.random() < _EXPRESS
    buyers = _WHOLESALERS if is_wholesale else _CUSTOMERS
    (zone,) = luck.choices(list(_ZONES), list(_ZONES.values()))
    return Wish(
        source="market" if is_market else "shop",
        number=f"M-{number}" if is_market else str(number),
        placed_at=placed_at,
        channel="marketplace" if is_market else ("phone" if by_phone else "web"),
        service_level="express" if is_express else "standard",
        customer_group="wholesale" if is_wholesale else "retail",
        # Some come again and again, most seldom.
        customer=f"{'w' if is_wholesale else 'c'}-{_often_the_same(luck, buyers)}",
        ship_to_zone=zone,
        units=_units(luck, kept, _UNITS_WHOLESALE if is_wholesale else _UNITS),
    )


def _often_the_same(luck: random.Random, of: int) -> int:
    return int(of * luck.random() ** 1.6)


def _units(
    luck: random.Random, kept: Mapping[str, Range], units: tuple[int, ...]
) -> tuple[tuple[str, str, int], ...]:
    home = NORTH if luck.random() < _AT_NORTH else MAIN
    wanted = {home.warehouse: luck.choice(_LINES)}
    if luck.random() < _FROM_BOTH:
        other = MAIN if home is NORTH else NORTH
        wanted[other.warehouse] = 1
    chosen: dict[str, str] = {}
    for warehouse, lines in wanted.items():
        mine = kept[warehouse]
        for sku in luck.choices(mine.skus, mine.weights, k=lines):
            chosen.setdefault(sku, warehouse)
    return tuple(
        (warehouse, sku, luck.choice(units)) for sku, warehouse in chosen.items()
    )
