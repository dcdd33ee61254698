"""Working time is counted in opening hours only, right across clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.calendars import (
    add_working_time,
    due_at,
    escalation_at,
    opening_hours_on,
)
from domain.errors import InvalidInput
from domain.policy import (
    Calendar,
    DeadlineTerms,
    OpeningHours,
    Weekday,
    always_open,
)

BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS = date(2026, 12, 25)  # a Friday


def hours(*stretches: str) -> tuple[OpeningHours, ...]:
    pairs = (stretch.split("-") for stretch in stretches)
    return tuple(
        OpeningHours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for opens, closes in pairs
    )


WORKDAYS = tuple(Weekday)[:5]
OFFICE = Calendar(
    time_zone="Europe/Berlin",
    opening_hours=dict.fromkeys(WORKDAYS, hours("08:00-12:00", "13:00-18:00")),
)


def no_holiday(_day: date) -> bool:
    return False


def is_christmas(day: date) -> bool:
    return day == CHRISTMAS


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "worked", "end"),
    [
        ("2026-11-23 09:00", timedelta(hours=2), "2026-11-23 11:00"),
        ("2026-11-23 11:00", timedelta(hours=2), "2026-11-23 14:00"),
        ("2026-11-23 11:00", timedelta(hours=1), "2026-11-23 12:00"),
        ("2026-11-23 12:30", timedelta(hours=1), "2026-11-23 14:00"),
        ("2026-11-23 17:00", timedelta(hours=2), "2026-11-24 09:00"),
        ("2026-11-27 17:00", timedelta(hours=2), "2026-11-30 09:00"),
        ("2026-11-28 03:00", timedelta(hours=9), "2026-11-30 18:00"),
        ("2026-11-23 05:00", timedelta(0), "2026-11-23 08:00"),
        ("2026-11-23 09:30", timedelta(0), "2026-11-23 09:30"),
        ("2026-11-23 18:00", timedelta(0), "2026-11-23 18:00"),
    ],
)
def test_working_time_passes_only_while_the_site_is_open(
    start: str, worked: timedelta, end: str
) -> None:
    assert add_working_time(berlin(start), worked, OFFICE, no_holiday) == berlin(end)


def test_the_answer_is_in_utc_whatever_the_zone_of_the_start() -> None:
    tokyo = berlin("2026-11-23 09:00").astimezone(ZoneInfo("Asia/Tokyo"))

    end = add_working_time(tokyo, timedelta(hours=1), OFFICE, no_holiday)

    assert end.tzinfo is UTC
    assert end == berlin("2026-11-23 10:00")


def test_a_holiday_and_a_closed_date_are_not_worked() -> None:
    closed = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=OFFICE.opening_hours,
        extra_closed=(date(2026, 12, 24),),
    )
    wednesday_evening = berlin("2026-12-23 17:00")

    end = add_working_time(wednesday_evening, timedelta(hours=2), closed, is_christmas)

    assert end == berlin("2026-12-28 09:00")


def test_an_extra_opening_is_worked_even_on_a_holiday() -> None:
    opened = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=OFFICE.opening_hours,
        extra_open={CHRISTMAS: hours("10:00-11:00")},
    )
    thursday_evening = berlin("2026-12-24 18:00")

    end = add_working_time(
        thursday_evening, timedelta(minutes=30), opened, is_christmas
    )

    assert end == berlin("2026-12-25 10:30")


def test_the_day_clocks_go_forward_has_an_hour_less_of_night_work() -> None:
    night = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=dict.fromkeys(Weekday, hours("00:00-06:00")),
    )

    end = add_working_time(
        berlin("2026-03-29 00:00"), timedelta(hours=6), night, no_holiday
    )

    assert end == berlin("2026-03-30 01:00")


def test_the_day_clocks_go_back_has_an_hour_more_of_night_work() -> None:
    night = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=dict.fromkeys(Weekday, hours("00:00-06:00")),
    )

    end = add_working_time(
        berlin("2026-10-25 00:00"), timedelta(hours=7), night, no_holiday
    )

    assert end == berlin("2026-10-25 06:00")


def test_an_opening_in_the_skipped_hour_starts_when_clocks_have_moved() -> None:
    odd = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=dict.fromkeys(Weekday, hours("02:30-04:00")),
    )

    opening = add_working_time(
        berlin("2026-03-29 00:00"), timedelta(0), odd, no_holiday
    )

    assert opening == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_hours_wholly_in_the_skipped_hour_are_not_worked_that_day() -> None:
    odd = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=dict.fromkeys(Weekday, hours("02:15-02:45")),
    )

    opening = add_working_time(
        berlin("2026-03-29 00:00"), timedelta(minutes=1), odd, no_holiday
    )

    assert opening == berlin("2026-03-30 02:16")


def test_a_shift_up_to_midnight_goes_on_after_midnight() -> None:
    late = Calendar(
        time_zone="Europe/Berlin",
        opening_hours=dict.fromkeys(Weekday, hours("00:00-02:00", "22:00-00:00")),
    )

    end = add_working_time(
        berlin("2026-11-23 23:00"), timedelta(hours=2), late, no_holiday
    )

    assert end == berlin("2026-11-24 01:00")


def test_the_hours_of_a_day_come_first_opening_first() -> None:
    unsorted = Calendar(
        time_zone="UTC",
        opening_hours={Weekday.MONDAY: hours("13:00-18:00", "08:00-12:00")},
    )

    assert opening_hours_on(date(2026, 11, 23), unsorted, no_holiday) == hours(
        "08:00-12:00", "13:00-18:00"
    )


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar(time_zone="UTC", opening_hours={}),
        Calendar(time_zone="UTC", opening_hours=dict.fromkeys(Weekday, ())),
        Calendar(
            time_zone="UTC",
            opening_hours={},
            extra_open={date(2026, 11, 23): hours("08:00-09:00")},
        ),
    ],
    ids=["no weekday", "no hours", "one day only"],
)
def test_a_calendar_that_never_opens_again_is_refused(calendar: Calendar) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)

    with pytest.raises(InvalidInput) as refusal:
        add_working_time(start, timedelta(hours=2), calendar, no_holiday)

    assert refusal.value.field == "opening_hours"


def test_a_country_with_nothing_but_holidays_is_refused() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)

    with pytest.raises(InvalidInput, match="opening_hours"):
        add_working_time(start, timedelta(hours=2), OFFICE, lambda _day: True)


@pytest.mark.parametrize(
    ("start", "duration", "zone", "field"),
    [
        (datetime(2026, 11, 23), timedelta(1), "UTC", "start"),  # noqa: DTZ001
        (datetime(2026, 11, 23, tzinfo=UTC), -timedelta(1), "UTC", "duration"),
        (datetime(9999, 12, 30, tzinfo=UTC), timedelta(9), "UTC", "duration"),
        (datetime(2026, 11, 23, tzinfo=UTC), timedelta(1), "Moon/Base", "time_zone"),
        (datetime(2026, 11, 23, tzinfo=UTC), timedelta(1), "../etc", "time_zone"),
        (datetime(2026, 11, 23, tzinfo=UTC), timedelta(1), "", "time_zone"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(
    start: datetime, duration: timedelta, zone: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_working_time(start, duration, always_open(zone), no_holiday)

    assert refusal.value.field == field


def terms(*, working_time: bool) -> DeadlineTerms:
    return DeadlineTerms(
        within=timedelta(hours=4),
        escalate_after=timedelta(hours=2),
        working_time=working_time,
        owner_role="warehouse_lead",
        escalate_to="operations_manager",
    )


def test_a_deadline_in_working_time_waits_for_the_site_to_open() -> None:
    friday_evening = berlin("2026-11-27 17:00")

    due = due_at(friday_evening, terms(working_time=True), OFFICE, no_holiday)
    escalation = escalation_at(due, terms(working_time=True), OFFICE, no_holiday)

    assert due == berlin("2026-11-30 11:00")
    assert escalation == berlin("2026-11-30 14:00")


def test_a_deadline_in_elapsed_time_does_not_care_for_opening_hours() -> None:
    friday_evening = berlin("2026-11-27 17:00")

    due = due_at(friday_evening, terms(working_time=False), OFFICE, no_holiday)
    escalation = escalation_at(due, terms(working_time=False), OFFICE, no_holiday)

    assert due == friday_evening + timedelta(hours=4)
    assert escalation == friday_evening + timedelta(hours=6)


def test_elapsed_time_too_needs_to_know_the_zone_of_its_start() -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001

    with pytest.raises(InvalidInput, match="time zone"):
        due_at(naive, terms(working_time=False), OFFICE, no_holiday)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana")
starts = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
durations = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=12))


@st.composite
def day_hours(draw: st.DrawFn) -> tuple[OpeningHours, ...]:
    quarters = draw(
        st.lists(
            st.integers(min_value=0, max_value=95), unique=True, min_size=0, max_size=6
        )
    )
    edges = [time(at // 4, at % 4 * 15) for at in sorted(quarters)]
    return tuple(
        OpeningHours(opens=opens, closes=closes)
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.dictionaries(st.sampled_from(Weekday), day_hours()))
    return Calendar(
        time_zone=draw(st.sampled_from(ZONES)),
        # Open every Tuesday at noon, so that time always passes.
        opening_hours={**week, Weekday.TUESDAY: hours("11:00-16:00")},
        extra_closed=tuple(draw(st.lists(st.dates(date(2026, 1, 1)), max_size=3))),
    )


def is_first_of_month(day: date) -> bool:
    return day.day == 1


@settings(max_examples=60)
@given(calendar=calendars(), start=starts, one=durations, more=durations)
def test_stopping_on_the_way_does_not_change_the_end(
    calendar: Calendar, start: datetime, one: timedelta, more: timedelta
) -> None:
    at_once = add_working_time(start, one + more, calendar, is_first_of_month)
    middle = add_working_time(start, one, calendar, is_first_of_month)

    in_two = add_working_time(middle, more, calendar, is_first_of_month)

    assert in_two == at_once


@settings(max_examples=60)
@given(calendar=calendars(), start=starts, later=durations, worked=durations)
def test_who_starts_later_does_not_end_earlier(
    calendar: Calendar, start: datetime, later: timedelta, worked: timedelta
) -> None:
    first = add_working_time(start, worked, calendar, is_first_of_month)
    second = add_working_time(start + later, worked, calendar, is_first_of_month)

    assert start + worked <= first <= second


@settings(max_examples=60)
@given(calendar=calendars(), start=starts, worked=durations)
def test_the_end_lies_in_opening_hours(
    calendar: Calendar, start: datetime, worked: timedelta
) -> None:
    end = add_working_time(start, worked, calendar, is_first_of_month)

    local = end.astimezone(ZoneInfo(calendar.time_zone))
    # Hours that clocks jump over have no local time to end in; told apart above.
    assume(local.utcoffset() == (local - timedelta(days=1)).utcoffset())
    open_today = opening_hours_on(local.date(), calendar, is_first_of_month)
    assert any(
        stretch.opens <= local.time() <= stretch.closes for stretch in open_today
    )


@given(zone=st.sampled_from(ZONES), start=starts, worked=durations)
def test_a_site_that_is_always_open_counts_elapsed_time(
    zone: str, start: datetime, worked: timedelta
) -> None:
    end = add_working_time(start, worked, always_open(zone), no_holiday)

    assert end == start + worked
