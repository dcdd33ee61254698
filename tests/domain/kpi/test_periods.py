"""Periods are whole local days, and their parts make them up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.kpi.periods import Period, days_of, weeks_of

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def period(first: date, last: date, zone: str = "Europe/Berlin") -> Period:
    return Period(first_day=first, last_day=last, zone=zone)


@pytest.mark.parametrize(
    ("day", "zone", "starts_at", "hours"),
    [
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 27, 23, tzinfo=UTC), 24),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (
            date(2026, 10, 25),
            "Europe/Berlin",
            datetime(2026, 10, 24, 22, tzinfo=UTC),
            25,
        ),
        # Clocks are put forward at midnight: the day begins at one o'clock.
        (date(2026, 4, 24), "Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC), 23),
        (date(2026, 3, 29), "UTC", datetime(2026, 3, 29, tzinfo=UTC), 24),
    ],
)
def test_a_day_begins_and_ends_where_the_zone_says(
    day: date, zone: str, starts_at: datetime, hours: float
) -> None:
    one = period(day, day, zone)

    assert one.starts_at == starts_at
    assert (one.ends_at - one.starts_at).total_seconds() == hours * 3600
    assert one.days == 1


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(InvalidInput, match="to"):
        period(date(2026, 3, 2), date(2026, 3, 1))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="IANA zone"):
        period(date(2026, 3, 1), date(2026, 3, 1), "Berlin")


def test_weeks_begin_on_mondays_and_the_ends_may_be_short() -> None:
    weeks = weeks_of(period(date(2026, 3, 5), date(2026, 3, 17)))

    assert [(week.first_day.day, week.last_day.day) for week in weeks] == [
        (5, 8),
        (9, 15),
        (16, 17),
    ]


def test_the_period_before_is_as_long_and_ends_where_this_begins() -> None:
    march = period(date(2026, 3, 1), date(2026, 3, 31))

    before = march.before()

    assert before.ends_at == march.starts_at
    assert before.days == march.days == 31


@settings(deadline=None)
@given(DAYS, st.integers(0, 60))
def test_weeks_and_days_make_up_the_whole_period(first: date, more: int) -> None:
    whole = period(first, date.fromordinal(first.toordinal() + more))

    for parts in (weeks_of(whole), days_of(whole)):
        assert parts[0].starts_at == whole.starts_at
        assert parts[-1].ends_at == whole.ends_at
        assert sum(part.days for part in parts) == whole.days
        ends = [part.ends_at for part in parts[:-1]]
        assert ends == [part.starts_at for part in parts[1:]]
    assert [part.first_day for part in days_of(whole)] == list(whole.each_day())
