"""When goods leave and arrive: working days, cut-off times, full days, transit."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.calendars import IsHoliday, local_instant, opening_on, zone_of
from domain.errors import InvalidInput
from domain.policy import Calendar

_DAY = timedelta(days=1)
# Whoever is full or closed for longer gives no promise.
LONGEST_LOOK_AHEAD_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingTerms:
    """When a warehouse sends: its calendar, and until when it does so on a day.

    Without a cut-off the day's closing time counts; a cut-off is local time in
    `cut_off_zone`, or in the calendar's zone.
    """

    calendar: Calendar
    cut_off: time | None = None
    cut_off_zone: str | None = None


def shipping_day(
    now: datetime,
    terms: ShippingTerms,
    is_holiday: IsHoliday,
    *,
    full_days: Container[date] = (),
    not_before: date | None = None,
) -> date | None:
    """Return the first local day on which a shipment released now can leave.

    None if there is none within `LONGEST_LOOK_AHEAD_DAYS`. Raises InvalidInput for a
    moment without a time zone, or an unknown zone.
    """
    if now.utcoffset() is None:
        raise InvalidInput(field="now", wanted="an instant with a time zone")
    today = now.astimezone(zone_of(terms.calendar.time_zone)).date()
    first = today if not_before is None else max(today, not_before)
    for ahead in range(LONGEST_LOOK_AHEAD_DAYS):
        day = first + ahead * _DAY
        if day in full_days:
            continue
        leaves = last_release_on(day, terms, is_holiday)
        if leaves is not None and now <= leaves:
            return day
    return None


def last_release_on(
    day: date, terms: ShippingTerms, is_holiday: IsHoliday
) -> datetime | None:
    """Return the last UTC instant of release for a day; None if it is closed."""
    opening = opening_on(day, terms.calendar, is_holiday)
    if opening is None:
        return None
    if terms.cut_off is None:
        return opening[1]
    zone = terms.cut_off_zone or terms.calendar.time_zone
    return local_instant(day, terms.cut_off, zone)


def delivery_day(ship_on: date, transit_days: int) -> date:
    """Return the day at the door: carriers do not keep the site's opening hours."""
    return ship_on + transit_days * _DAY


def latest_promise(days: Iterable[date | None]) -> date | None:
    """Return the day by which all is there; None while that of a part is unknown."""
    known: list[date] = []
    for day in days:
        if day is None:
            return None
        known.append(day)
    return max(known, default=None)
