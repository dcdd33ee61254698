"""When the sites were open, over the whole time a question is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from activities.working_calendars import WorkingCalendars
from domain.calendars import local_instant, opening_hours_on, zone_of
from domain.kpi.question import Question
from domain.kpi.times.business_time import OpenTime, open_time_of
from domain.policy import Calendar, FulfillmentPolicy
from persistence.kpi.orders.population import event_span, warehouse_zones

ALL_OTHERS = ""  # the name of the sites without a calendar of their own
_DAY = timedelta(days=1)
# Before that an order's date is a slip, and its business time is cut there.
_LONGEST_BEFORE = timedelta(days=3660)


def site_zones_of(connection: Connection, policy: FulfillmentPolicy) -> dict[str, str]:
    """Return the zone of every warehouse that is known."""
    of_calendars = {name: one.time_zone for name, one in policy.calendars.items()}
    return of_calendars | warehouse_zones(connection)


def open_times_of(
    connection: Connection, policy: FulfillmentPolicy, question: Question
) -> dict[str, OpenTime]:
    """Return the opening hours of each site from its first known event to the last."""
    starts_at, ends_at = question.period.starts_at, question.period.ends_at
    span = event_span(connection)
    if span is not None:
        starts_at = max(min(starts_at, span[0]), starts_at - _LONGEST_BEFORE)
        ends_at = max(ends_at, min(question.as_of, span[1]))
    calendars = {**policy.calendars, ALL_OTHERS: policy.default_calendar}
    return {
        name: open_time_of(openings(calendar, starts_at - _DAY, ends_at + _DAY))
        for name, calendar in calendars.items()
    }


def openings(
    calendar: Calendar, starts_at: datetime, ends_at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Return the stretches in which a site is open on the local days of a span."""
    zone, is_holiday = calendar.time_zone, WorkingCalendars().is_holiday(calendar)
    day = starts_at.astimezone(zone_of(zone)).date()
    last_day = ends_at.astimezone(zone_of(zone)).date()
    while day <= last_day:
        for hours in opening_hours_on(day, calendar, is_holiday):
            closing_day = day + _DAY if hours.closes == time() else day
            opens = local_instant(day, hours.opens, zone)
            closes = local_instant(closing_day, hours.closes, zone)
            if opens < closes:
                yield opens, closes
        day += _DAY
