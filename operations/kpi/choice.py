"""What a person chose about KPIs, and the question that is meant by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from domain.calendars import local_instant, zone_of
from domain.errors import InvalidInput
from domain.kpi.periods import Period, PeriodKind
from domain.kpi.question import Dimension, KpiTerms, OnTimeBy, Question, Window
from domain.kpi.reporting import AskedPeriod, period_of

DEFAULT_DAYS = 28
_DAY = timedelta(days=1)


class Days(NamedTuple):
    """One day, or a whole month by its first and last day."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiChoice:
    """What a person chose; what is left out has its default.

    Without names the headline figures are meant. A day as `as_of` means its end.
    """

    figures: tuple[str, ...] = ()
    takes_all: bool = False
    since: Days | None = None
    until: Days | None = None
    by: Window | None = None
    on_time_by: OnTimeBy = OnTimeBy.DAY
    zone: str | None = None
    as_of: datetime | date | None = None
    group_by: tuple[Dimension, ...] = ()
    sources: tuple[str, ...] = ()
    default_days: int = DEFAULT_DAYS


def question_of(choice: KpiChoice, terms: KpiTerms, now: datetime) -> Question:
    """Make a choice a question; raises `InvalidInput` naming what is wrong in it."""
    zone = _zone(choice, terms)
    as_of = _as_of(choice.as_of, zone, now)
    # Days that nobody named are the last that were over at the moment of knowledge.
    period = _period(choice, zone, as_of.astimezone(zone_of(zone)).date())
    if period.last_day > now.astimezone(zone_of(zone)).date():
        raise InvalidInput("to", "a day that is not in the future")
    return Question(
        period=period,
        as_of=as_of,
        by=choice.by,
        on_time_by=choice.on_time_by,
        group_by=tuple(dict.fromkeys(choice.group_by)),
        terms=terms,
    )


def reported_period(
    kind: PeriodKind, choice: KpiChoice, terms: KpiTerms, now: datetime
) -> Period:
    """Return the period a report is wanted of; without days the last that has ended.

    Raises `InvalidInput` naming what is wrong in the choice.
    """
    if kind is PeriodKind.CUSTOM:
        return question_of(choice, terms, now).period
    zone = _zone(choice, terms)
    asked = AskedPeriod(
        kind=kind,
        first_day=choice.since.first if choice.since else None,
        last_day=choice.until.last if choice.until else None,
    )
    return period_of(asked, zone, now)


def _zone(choice: KpiChoice, terms: KpiTerms) -> str:
    zone = choice.zone or terms.zone
    try:
        zone_of(zone)
    except InvalidInput as error:
        raise InvalidInput("zone", error.wanted) from None
    return zone


def _period(choice: KpiChoice, zone: str, today: date) -> Period:
    since, until = choice.since, choice.until
    last_day = _last_day(since, until, today)
    first_day = since.first if since else last_day - (choice.default_days - 1) * _DAY
    return Period(first_day=first_day, last_day=last_day, zone=zone)


def _last_day(since: Days | None, until: Days | None, today: date) -> date:
    if until is None:
        yesterday = today - _DAY
        if since is None:
            return yesterday
        if since.first > today:
            raise InvalidInput("from", "a day that is not in the future")
        return max(yesterday, since.first)
    # The month that has begun is meant as far as it has gone.
    is_begun_month = until.first < until.last and until.first <= today
    return min(until.last, today) if is_begun_month else until.last


def _as_of(as_of: datetime | date | None, zone: str, now: datetime) -> datetime:
    if as_of is None:
        return now
    if isinstance(as_of, datetime):
        moment, begins_at = as_of, as_of
    else:
        begins_at = local_instant(as_of, time(), zone)
        moment = min(local_instant(as_of + _DAY, time(), zone), now)
    if begins_at > now:
        raise InvalidInput("as_of", "a moment that is not in the future")
    return moment.astimezone(UTC)
