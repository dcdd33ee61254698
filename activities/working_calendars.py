"""Due moments and shipping days of a site, with public holidays of its country."""

from collections.abc import Container
from datetime import date, datetime
from functools import lru_cache

import holidays

from domain.calendars import IsHoliday, due_at, escalation_at, opening_on
from domain.errors import InvalidInput
from domain.policy import Calendar, DeadlineTerms
from domain.stock.promise import ShippingTerms, shipping_day


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

    def shipping_day(
        self,
        now: datetime,
        terms: ShippingTerms,
        *,
        full_days: Container[date] = (),
        not_before: date | None = None,
    ) -> date | None:
        """Return the first day on which a shipment can leave; None within a year."""
        return shipping_day(
            now,
            terms,
            self.is_holiday(terms.calendar),
            full_days=full_days,
            not_before=not_before,
        )

    def opens_at(self, day: date, calendar: Calendar) -> datetime | None:
        """Return the UTC instant at which a site opens on a day; None if closed."""
        opening = opening_on(day, calendar, self.is_holiday(calendar))
        return None if opening is None else opening[0]


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
