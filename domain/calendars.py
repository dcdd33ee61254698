"""Adding working time on a calendar, right across closed days and clock changes."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.errors import InvalidInput
from domain.policy import Calendar, DeadlineTerms, OpeningHours, Weekday

IsHoliday = Callable[[date], bool]

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
# No site closes for longer; what does is a calendar that never opens again.
LONGEST_CLOSURE_DAYS = 400
_WEEKDAYS = tuple(Weekday)


def due_at(
    start: datetime, terms: DeadlineTerms, calendar: Calendar, is_holiday: IsHoliday
) -> datetime:
    """Return the UTC instant by which a stage begun at `start` must be done."""
    return _after(start, terms.within, terms, calendar, is_holiday)


def escalation_at(
    due: datetime, terms: DeadlineTerms, calendar: Calendar, is_holiday: IsHoliday
) -> datetime:
    """Return the UTC instant at which a missed deadline goes one level up."""
    return _after(due, terms.escalate_after, terms, calendar, is_holiday)


def _after(
    start: datetime,
    duration: timedelta,
    terms: DeadlineTerms,
    calendar: Calendar,
    is_holiday: IsHoliday,
) -> datetime:
    if not terms.working_time:
        return _aware(start).astimezone(UTC) + duration
    return add_working_time(start, duration, calendar, is_holiday)


def add_working_time(
    start: datetime, duration: timedelta, calendar: Calendar, is_holiday: IsHoliday
) -> datetime:
    """Return the first UTC instant at which `duration` of opening has passed.

    No time at all, begun while closed, ends at the next opening. Raises
    InvalidInput for a start without zone, a negative duration, an unknown zone,
    and a calendar that stays closed.
    """
    if duration < timedelta(0):
        raise InvalidInput(field="duration", wanted="zero or more")
    left = duration
    begin = _aware(start).astimezone(UTC)
    try:
        for opens, closes in _stretches(begin, calendar, is_holiday):
            from_here = max(begin, opens)
            if from_here + left <= closes:
                return from_here + left
            left -= closes - from_here
    except OverflowError as error:
        raise InvalidInput(field="duration", wanted="an end before 10000") from error
    raise InvalidInput(
        field="opening_hours",
        wanted=f"an opening within {LONGEST_CLOSURE_DAYS} days",
    )


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise InvalidInput(field="start", wanted="an instant with a time zone")
    return moment


def _stretches(
    begin: datetime, calendar: Calendar, is_holiday: IsHoliday
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the openings that end at or after `begin`, until none comes for long."""
    zone = zone_of(calendar.time_zone)
    # A day early, because an opening may end at the midnight that is `begin`.
    day = begin.astimezone(zone).date() - _DAY
    closed_days = 0
    while closed_days < LONGEST_CLOSURE_DAYS:
        closed_days += 1
        for hours in opening_hours_on(day, calendar, is_holiday):
            opens, closes = _instants(day, hours, zone)
            if opens < closes and begin <= closes:
                closed_days = 0
                yield opens, closes
        day += _DAY


def opening_hours_on(
    day: date, calendar: Calendar, is_holiday: IsHoliday
) -> tuple[OpeningHours, ...]:
    """Return the hours of one local day, first opening first."""
    if day in calendar.extra_open:
        hours = calendar.extra_open[day]
    elif day in calendar.extra_closed or is_holiday(day):
        hours = ()
    else:
        hours = calendar.opening_hours.get(_WEEKDAYS[day.weekday()], ())
    return tuple(sorted(hours, key=lambda stretch: stretch.opens))


def opening_on(
    day: date, calendar: Calendar, is_holiday: IsHoliday
) -> tuple[datetime, datetime] | None:
    """Return the UTC instants of first opening and last closing; None if closed."""
    zone = zone_of(calendar.time_zone)
    stretches = [
        (opens, closes)
        for hours in opening_hours_on(day, calendar, is_holiday)
        for opens, closes in [_instants(day, hours, zone)]
        if opens < closes
    ]
    if not stretches:
        return None
    return stretches[0][0], stretches[-1][1]


def local_instant(day: date, at: time, time_zone: str) -> datetime:
    """Return the first UTC instant at which a zone's clocks show that time."""
    return _instant(datetime.combine(day, at, tzinfo=zone_of(time_zone)))


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone of that name, or refuse it."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(
            field="time_zone", wanted="an IANA zone such as Europe/Berlin"
        ) from error


def _instants(
    day: date, hours: OpeningHours, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    last_day = day + _DAY if hours.closes == _MIDNIGHT else day
    opens = datetime.combine(day, hours.opens, tzinfo=zone)
    closes = datetime.combine(last_day, hours.closes, tzinfo=zone)
    return _instant(opens), _instant(closes)


def _instant(local: datetime) -> datetime:
    """Return the first instant at which the local clock shows at least this time."""
    instant = local.astimezone(UTC)
    skipped = instant.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(
        tzinfo=None
    )
    return _end_of_skipped_time(local) if skipped else instant


def _end_of_skipped_time(local: datetime) -> datetime:
    """Return the instant at which clocks were put forward over this local time."""
    before = local.replace(fold=1).astimezone(UTC)
    after = local.replace(fold=0).astimezone(UTC)
    offset_before = before.astimezone(local.tzinfo).utcoffset()
    while after - before > timedelta(microseconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(local.tzinfo).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return after
