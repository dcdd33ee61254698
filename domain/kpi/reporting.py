"""Which period a report is about, and what counts as known in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendars import zone_of
from domain.errors import InvalidInput, Refused
from domain.kpi.periods import Period, PeriodKind

_DAY = timedelta(days=1)
_SUNDAY = 6 * _DAY
# A step that is under way has written down what happened before so long has passed.
SETTLING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPeriod:
    """The kind of a report and the days somebody named, if any."""

    kind: PeriodKind
    first_day: date | None = None
    last_day: date | None = None


def period_of(asked: AskedPeriod, zone: str, asked_at: datetime) -> Period:
    """Return the days of a report; those nobody named are the last that have ended.

    Raises `InvalidInput` for days that are missing, or are not of that kind.
    """
    today = asked_at.astimezone(zone_of(zone)).date()
    if asked.kind is PeriodKind.CUSTOM:
        if asked.first_day is None or asked.last_day is None:
            raise InvalidInput("from", "both days of a custom report, `from` and `to`")
        return Period(first_day=asked.first_day, last_day=asked.last_day, zone=zone)
    if asked.kind is PeriodKind.WEEKLY:
        first = _monday_of(asked.first_day or today - 7 * _DAY)
        last = first + _SUNDAY
    else:
        first = last = asked.first_day or today - _DAY
    if asked.last_day not in {None, last}:
        raise InvalidInput("to", f"left out, or the last day of a {asked.kind} report")
    return Period(first_day=first, last_day=last, zone=zone)


def refuse_open_period(kind: PeriodKind, period: Period, now: datetime) -> None:
    """Raise `Refused` for a daily or weekly report of days that have not ended.

    A custom report may be of days that go on: it is provisional.
    """
    if period.starts_at > now:
        raise Refused("the period has not begun")
    if kind is not PeriodKind.CUSTOM and period.ends_at > now:
        raise Refused(
            f"the period of a {kind} report has to be over: "
            "a custom report, or `kpi show`, tells where it stands"
        )


def known_until(period: Period, read_at: datetime, *, is_restated: bool) -> datetime:
    """Return the moment as of which a version shows its period.

    What happened just now may not be written down yet, so a first version leaves it
    out, as far as the period has ended; a restatement takes all there is.
    """
    if is_restated or read_at < period.ends_at:
        return read_at
    return max(period.ends_at, read_at - SETTLING)


def _monday_of(day: date) -> date:
    return day - day.weekday() * _DAY
