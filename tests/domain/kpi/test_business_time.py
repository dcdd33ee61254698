"""Business time passes while the site is open, and only then."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars import opening_on
from domain.kpi.times.business_time import OpenTime, open_time_of
from domain.policy import Calendar, OpeningHours, Weekday

# Open from 8 to 12 and from 13 to 18 o'clock, closed on the weekend.
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = st.integers(-24 * 3, 24 * 24)


def at(day: int, hour: float) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


OFFICE = open_time_of(
    stretch
    for day in range(21)
    if day % 7 < 5
    for stretch in ((at(day, 8), at(day, 12)), (at(day, 13), at(day, 18)))
)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at(0, 9), at(0, 11), 2),
        (at(0, 0), at(1, 0), 9),
        (at(0, 11), at(0, 14), 2),
        (at(0, 12.25), at(0, 12.75), 0),
        (at(0, 17), at(1, 9), 2),
        # Over the weekend: an hour of Friday, an hour of Monday.
        (at(4, 17), at(7, 9), 2),
        (at(5, 0), at(6, 23), 0),
        (at(0, 8), at(14, 8), 90),
        (at(0, 10), at(0, 10), 0),
        (at(0, 11), at(0, 9), -2),
        # Before the calendar begins and after it ends nothing is open.
        (at(-2, 0), at(0, 9), 1),
        (at(18, 17), at(40, 0), 1),
    ],
)
def test_only_opening_hours_count(start: datetime, end: datetime, hours: float) -> None:
    assert OFFICE.between(start, end) == hours * 3600


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
)
def test_a_site_that_never_closes_is_open_all_hours_of_the_changed_day(
    day: date, hours: float
) -> None:
    whole_day = (OpeningHours(opens=time(0), closes=time(0)),)
    calendar = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=dict.fromkeys(Weekday, whole_day),
    )
    stretch = opening_on(day, calendar, lambda _: False)
    assert stretch

    always = open_time_of([stretch])

    assert always.between(*stretch) == hours * 3600


def test_a_site_that_never_opens_has_no_business_time() -> None:
    assert open_time_of([]).between(at(0, 0), at(9, 0)) == 0


@settings(deadline=None)
@given(HOURS, HOURS, HOURS)
def test_business_time_adds_up_and_never_outruns_the_clock(
    first: int, second: int, third: int
) -> None:
    start, middle, end = (at(0, hour) for hour in (first, second, third))

    parts = OFFICE.between(start, middle) + OFFICE.between(middle, end)

    assert parts == OFFICE.between(start, end)
    assert abs(parts) <= abs((end - start).total_seconds())
    assert parts == -OFFICE.between(end, start)


def test_opening_stretches_are_kept_as_they_are_asked() -> None:
    assert open_time_of([(at(0, 8), at(0, 9)), (at(0, 10), at(0, 12))]) == OpenTime(
        opens=(at(0, 8).timestamp(), at(0, 10).timestamp()),
        lasts=(3600.0, 7200.0),
        before=(0.0, 3600.0),
    )
