"""How a shipment went through its site and to the customer, stage by stage."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import log
from zoneinfo import ZoneInfo

from simulation.history.demand import Wish
from simulation.history.past_orders import Journey
from simulation.history.sites import Site

_DAY = timedelta(days=1)
_SUNDAY = 6
_ORDERED_UNTIL = time(13)
# Working minutes: the middle of what it takes, and how far it spreads.
_PICK_MINUTES, _PICK_SPREAD = 65, 0.5
_EXPRESS_PICKS = 0.5
# In the peak week everything takes so much longer.
_PEAK_SLOWNESS = 2.3
_LATE, _VERY_LATE = 0.035, 0.01
# A parcel the carrier forgot to scan on its way in.
_NOT_SCANNED = 0.015
_TRANSIT = {"Europe/Berlin": 1, "Europe/Amsterdam": 2, "Europe/Copenhagen": 2}
_TRANSIT_FAR = 3
# The promise has so many days to spare.
_SPARE_DAYS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What the customer was told: off the dock by an instant, there on a day."""

    due_ship_at: datetime
    promised_at: date


def promises(wish: Wish, site: Site, authorised_at: datetime) -> Promises:
    """Promise what the site does on a plain day; a market promises an hour too."""
    due = site.last_fetch(authorised_at, _ORDERED_UNTIL) + timedelta(minutes=30)
    spare = 0 if wish.service_level == "express" else _SPARE_DAYS
    day = _days_later(due.date(), _transit_days(wish) + spare)
    if wish.source != "market":
        return Promises(due_ship_at=due, promised_at=day)
    evening = datetime.combine(day, time(20), ZoneInfo(wish.ship_to_zone))
    return Promises(due_ship_at=due, promised_at=evening.astimezone(UTC))


def journey(
    luck: random.Random,
    wish: Wish,
    site: Site,
    allocated_at: datetime,
    *,
    is_peak: bool,
) -> Journey:
    """Draw the way of one shipment to its end."""
    slow = _PEAK_SLOWNESS if is_peak else 1.0
    is_express = wish.service_level == "express"
    hurry = _EXPRESS_PICKS if is_express else 1.0
    waits = timedelta(minutes=luck.uniform(5, 90) * hurry)
    released_at = site.after_work(allocated_at, waits)
    pick = luck.lognormvariate(log(_PICK_MINUTES), _PICK_SPREAD) * hurry * slow
    picked_at = site.after_work(released_at, timedelta(minutes=pick))
    pack = timedelta(minutes=luck.uniform(10, 45) * slow)
    packed_at = site.after_work(picked_at, pack)
    left_at = site.next_fetch(packed_at)
    return Journey(
        warehouse=site.warehouse,
        carrier=luck.choice(site.carriers),
        allocated_at=allocated_at,
        released_at=_exact(released_at),
        picked_at=_exact(picked_at),
        packed_at=_exact(packed_at),
        handed_over_at=left_at,
        first_scan_at=_first_scan_at(luck, left_at),
        delivered_at=_delivered_at(luck, wish, left_at),
    )


def _first_scan_at(luck: random.Random, left_at: datetime) -> datetime | None:
    after = timedelta(hours=luck.uniform(2, 6))
    return None if luck.random() < _NOT_SCANNED else _exact(left_at + after)


def _delivered_at(luck: random.Random, wish: Wish, left_at: datetime) -> datetime:
    days = _transit_days(wish)
    fate = luck.random()
    if fate < _VERY_LATE:
        days += luck.randint(4, 9)
    elif fate < _LATE:
        days += luck.randint(1, 3)
    day = _days_later(left_at.date(), days)
    hour = 8 + 10 * luck.betavariate(2, 2.5)
    start = datetime.combine(day, time(), ZoneInfo(wish.ship_to_zone))
    return _exact((start + timedelta(hours=hour)).astimezone(UTC))


def _transit_days(wish: Wish) -> int:
    days = _TRANSIT.get(wish.ship_to_zone, _TRANSIT_FAR)
    return max(1, days - 1) if wish.service_level == "express" else days


def _days_later(day: date, days: int) -> date:
    """Count days on which carriers deliver: not Sundays."""
    while days:
        day += _DAY
        days -= day.weekday() != _SUNDAY
    return day


def _exact(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
