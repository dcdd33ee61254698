"""Deadlines know the public holidays of their site."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from activities.working_calendars import WorkingCalendars
from domain.errors import InvalidInput
from domain.policy import DEFAULT_POLICY, Calendar, Stage

BERLIN = ZoneInfo("Europe/Berlin")
CALENDARS = WorkingCalendars()
NEW_YEARS_EVE = datetime(2026, 12, 31, 17, tzinfo=BERLIN)
WOMENS_DAY = date(2027, 3, 8)
PICK = DEFAULT_POLICY.for_service_level("express")[Stage.PICK]


def site(country: str | None, subdivision: str | None = None) -> Calendar:
    return replace(
        DEFAULT_POLICY.default_calendar,
        holiday_country=country,
        holiday_subdivision=subdivision,
    )


def test_a_deadline_passes_over_a_public_holiday_of_the_country() -> None:
    with_holidays = CALENDARS.due_at(NEW_YEARS_EVE, PICK, site("DE"))
    without = CALENDARS.due_at(NEW_YEARS_EVE, PICK, site(None))

    assert without == datetime(2027, 1, 1, 9, tzinfo=BERLIN)
    assert with_holidays == datetime(2027, 1, 4, 9, tzinfo=BERLIN)


def test_an_escalation_passes_over_it_too() -> None:
    due = datetime(2026, 12, 31, 18, tzinfo=BERLIN)

    assert CALENDARS.escalation_at(due, PICK, site("DE")) == due.replace(
        year=2027, month=1, day=4, hour=8
    ) + timedelta(hours=1)


def test_a_holiday_of_one_state_is_a_working_day_in_another() -> None:
    assert CALENDARS.is_holiday(site("DE", "BE"))(WOMENS_DAY)
    assert not CALENDARS.is_holiday(site("DE", "BY"))(WOMENS_DAY)
    assert not CALENDARS.is_holiday(site("DE"))(WOMENS_DAY)


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("DE", "QQ")])
def test_a_country_without_known_holidays_is_refused(
    country: str, subdivision: str | None
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        CALENDARS.due_at(NEW_YEARS_EVE, PICK, site(country, subdivision))

    assert refusal.value.field == "holiday_country"
