"""The sites of the past: when they work, and when their carriers fetch parcels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.calendars import add_working_time
from domain.policy import Calendar, OpeningHours, Weekday

_DAY = timedelta(days=1)
_WORKDAYS = tuple(Weekday)[:5]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A warehouse; parcels leave at set times of the days on which it works."""

    warehouse: str
    calendar: Calendar
    fetched_at: Mapping[Weekday, tuple[time, ...]]
    carriers: tuple[str, ...]

    def after_work(self, start: datetime, work: timedelta) -> datetime:
        """Return when work begun at a moment is done, nights and weekends left out."""
        return add_working_time(start, work, self.calendar, _never)

    def next_fetch(self, ready: datetime) -> datetime:
        """Return when a parcel that is ready leaves."""
        day = ready.date()
        while True:
            for at in self._fetches(day):
                if at >= ready:
                    return at
            day += _DAY

    def last_fetch(self, ordered: datetime, until: time) -> datetime:
        """Return the last fetch of the day for what is ordered by a time of it.

        What comes later, or on a day without a fetch, goes on the next day with one.
        """
        day = ordered.date() if ordered.time() < until else ordered.date() + _DAY
        while not (fetches := self._fetches(day)):
            day += _DAY
        return fetches[-1]

    def _fetches(self, day: date) -> list[datetime]:
        times = self.fetched_at.get(tuple(Weekday)[day.weekday()], ())
        return [datetime.combine(day, at, UTC) for at in times]


def _never(_day: date) -> bool:
    return False


def _open(opens: int, closes: int) -> tuple[OpeningHours, ...]:
    return (OpeningHours(opens=time(opens), closes=time(closes)),)


MAIN = Site(
    warehouse="main",
    calendar=Calendar(
        time_zone="UTC",
        opening_hours={
            **dict.fromkeys(_WORKDAYS, _open(6, 18)),
            Weekday.SATURDAY: _open(7, 12),
        },
    ),
    fetched_at={
        **dict.fromkeys(_WORKDAYS, (time(11, 30), time(17, 30))),
        Weekday.SATURDAY: (time(11, 45),),
    },
    carriers=("parcelway", "parcelway", "swiftpost"),
)
NORTH = Site(
    warehouse="north",
    calendar=Calendar(
        time_zone="UTC", opening_hours=dict.fromkeys(_WORKDAYS, _open(7, 16))
    ),
    fetched_at=dict.fromkeys(_WORKDAYS, (time(15, 30),)),
    carriers=("swiftpost",),
)
SITES = {site.warehouse: site for site in (MAIN, NORTH)}
