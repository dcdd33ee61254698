"""Periods: whole local days of a zone, and how a long one is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendars import local_instant
from domain.errors import InvalidInput

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


class PeriodKind(StrEnum):
    """How a period was chosen."""

    DAILY = "daily"
    WEEKLY = "weekly"  # Monday to Sunday
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole local days from the first to the last, both included."""

    first_day: date
    last_day: date
    zone: str

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins, and an unknown zone."""
        if self.last_day < self.first_day:
            raise InvalidInput("to", "a day that is not before `from`")
        local_instant(self.first_day, time(), self.zone)

    @property
    def starts_at(self) -> datetime:
        """Return the first instant of the first day."""
        return local_instant(self.first_day, time(), self.zone)

    @property
    def ends_at(self) -> datetime:
        """Return the first instant after the last day."""
        return local_instant(self.last_day + _DAY, time(), self.zone)

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last_day - self.first_day).days + 1

    def each_day(self) -> Iterator[date]:
        """Return its days in order."""
        return (self.first_day + n * _DAY for n in range(self.days))

    def part(self, first_day: date, last_day: date) -> Period:
        """Return the part of it between two days, both included."""
        return Period(
            first_day=max(first_day, self.first_day),
            last_day=min(last_day, self.last_day),
            zone=self.zone,
        )

    def before(self) -> Period:
        """Return the period of as many days that ends where this one begins."""
        return Period(
            first_day=self.first_day - self.days * _DAY,
            last_day=self.first_day - _DAY,
            zone=self.zone,
        )


def weeks_of(period: Period) -> list[Period]:
    """Cut a period at Mondays; the first and the last week may be shorter."""
    weeks, first = [], period.first_day
    while first <= period.last_day:
        sunday = first + (6 - first.weekday()) * _DAY
        weeks.append(period.part(first, sunday))
        first = sunday + _DAY
    return weeks


def days_of(period: Period) -> list[Period]:
    """Cut a period into its days."""
    return [period.part(day, day) for day in period.each_day()]
