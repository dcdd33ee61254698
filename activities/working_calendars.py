"""Due moments on a site's calendar, with public holidays from the holidays package."""

from datetime import date, datetime
from functools import lru_cache

import holidays

from domain.calendars import IsHoliday, due_at, escalation_at
from domain.errors import InvalidInput
from domain.policy import Calendar, DeadlineTerms


class WorkingCalendars:
    """Computes deadlines; runs only compare the instants it returns."""

    def is_holiday(self, calendar: Calendar) -> IsHoliday:
        """Return the question whether a local date is a holiday of the site.

        Raises InvalidInput for a country or subdivision without known holidays.
        """
        country = calendar.holiday_country
        subdivision = calendar.holiday_subdivision
        if country is None:
            return _never

        def asked(day: date) -> bool:
            return day in _holidays_of(country, subdivision, day.year)

        return asked

    def due_at(
        self, start: datetime, terms: DeadlineTerms, calendar: Calendar
    ) -> datetime:
        """Return the UTC instant by which a stage begun at `start` must be done."""
        return due_at(start, terms, calendar, self.is_holiday(calendar))

    def escalation_at(
        self, due: datetime, terms: DeadlineTerms, calendar: Calendar
    ) -> datetime:
        """Return the UTC instant at which a missed deadline goes one level up."""
        return escalation_at(due, terms, calendar, self.is_holiday(calendar))


def _never(_day: date) -> bool:
    return False


# Building one year of one country takes milliseconds: too slow for every order.
@lru_cache(maxsize=2048)
def _holidays_of(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError as error:
        raise InvalidInput(
            field="holiday_country",
            wanted="a country and subdivision that the holidays package knows",
        ) from error
    return frozenset(found)
