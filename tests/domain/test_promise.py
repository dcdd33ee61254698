"""A shipment leaves on a working day with room, and arrives when its carrier says."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import opening_hours_on
from domain.errors import InvalidInput
from domain.policy import Calendar, OpeningHours, Weekday
from domain.policy.defaults import DEFAULT_CALENDAR
from domain.stock.promise import (
    ShippingTerms,
    delivery_day,
    last_release_on,
    latest_promise,
    shipping_day,
)

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = date(2026, 11, 24)
WEDNESDAY = TUESDAY + timedelta(days=1)
DAY = timedelta(days=1)
AFTERNOON = ShippingTerms(calendar=DEFAULT_CALENDAR, cut_off=time(14))
CLOSING = ShippingTerms(calendar=DEFAULT_CALENDAR)


def no_holiday(_day: date) -> bool:
    return False


def berlin(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("terms", "at", "leaves"),
    [
        (AFTERNOON, "13:59:59", TUESDAY),
        (AFTERNOON, "14:00", TUESDAY),
        (AFTERNOON, "14:00:01", WEDNESDAY),
        (AFTERNOON, "00:00", TUESDAY),
        (CLOSING, "17:59", TUESDAY),
        (CLOSING, "18:01", WEDNESDAY),
    ],
)
def test_what_is_released_up_to_the_cut_off_leaves_that_day(
    terms: ShippingTerms, at: str, leaves: date
) -> None:
    assert shipping_day(berlin(TUESDAY, at), terms, no_holiday) == leaves


def test_nothing_leaves_on_a_weekend_or_a_holiday() -> None:
    friday = date(2026, 11, 27)
    monday = friday + 3 * DAY

    late = shipping_day(berlin(friday, "15:00"), AFTERNOON, no_holiday)
    holiday = shipping_day(berlin(friday, "15:00"), AFTERNOON, lambda d: d == monday)

    assert late == monday
    assert holiday == monday + DAY


def test_a_full_day_moves_on_to_the_next_with_room() -> None:
    full = {TUESDAY, WEDNESDAY}

    day = shipping_day(berlin(TUESDAY, "09:00"), AFTERNOON, no_holiday, full_days=full)

    assert day == WEDNESDAY + DAY


def test_goods_that_are_still_to_come_leave_on_their_day_or_later() -> None:
    saturday = date(2026, 11, 28)
    now = berlin(TUESDAY, "15:00")

    expected = shipping_day(now, AFTERNOON, no_holiday, not_before=saturday)
    overdue = shipping_day(now, AFTERNOON, no_holiday, not_before=TUESDAY - 9 * DAY)

    assert expected == saturday + 2 * DAY
    assert overdue == WEDNESDAY


def test_a_cut_off_is_local_time_of_its_own_zone() -> None:
    terms = ShippingTerms(
        calendar=DEFAULT_CALENDAR, cut_off=time(14), cut_off_zone="Europe/London"
    )

    still = shipping_day(berlin(TUESDAY, "15:00"), terms, no_holiday)
    over = shipping_day(berlin(TUESDAY, "15:01"), terms, no_holiday)

    assert (still, over) == (TUESDAY, WEDNESDAY)


def test_a_cut_off_that_clocks_leave_out_is_the_moment_they_are_put_forward() -> None:
    change = date(2026, 3, 29)  # 02:00 to 03:00 in Berlin
    night = (OpeningHours(opens=time(0), closes=time(0)),)
    calendar = Calendar(
        time_zone="Europe/Berlin", opening_hours=dict.fromkeys(Weekday, night)
    )
    terms = ShippingTerms(calendar=calendar, cut_off=time(2, 30))

    assert last_release_on(change, terms, no_holiday) == datetime(
        2026, 3, 29, 1, tzinfo=UTC
    )


def test_a_site_that_never_opens_promises_nothing() -> None:
    never = ShippingTerms(calendar=Calendar(time_zone="UTC", opening_hours={}))

    assert shipping_day(berlin(TUESDAY, "09:00"), never, no_holiday) is None


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        shipping_day(datetime(2026, 11, 24), CLOSING, no_holiday)  # noqa: DTZ001


def test_the_latest_day_is_promised_and_none_while_one_is_unknown() -> None:
    assert latest_promise([TUESDAY, WEDNESDAY]) == WEDNESDAY
    assert latest_promise([TUESDAY, None]) is None
    assert latest_promise([]) is None
    assert delivery_day(TUESDAY, 3) == TUESDAY + 3 * DAY


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(min_value=0, max_value=700 * 24 * 60).map(
    lambda minutes: START + timedelta(minutes=minutes)
)
hours = st.sampled_from(
    [
        (OpeningHours(opens=time(8), closes=time(18)),),
        (OpeningHours(opens=time(0), closes=time(0)),),
        (OpeningHours(opens=time(2), closes=time(2, 45)),),
    ]
)


calendars = st.builds(
    Calendar,
    time_zone=st.sampled_from(ZONES),
    opening_hours=st.dictionaries(st.sampled_from(list(Weekday)), hours, min_size=1),
)
some_terms = st.builds(
    ShippingTerms,
    calendar=calendars,
    cut_off=st.none() | st.integers(0, 23).map(time),
    cut_off_zone=st.none(),
)


@given(
    now=moments,
    terms=some_terms,
    full=st.sets(st.integers(min_value=0, max_value=30)),
    holidays=st.sets(st.integers(min_value=0, max_value=10)),
)
def test_it_leaves_never_before_today_on_an_open_day_with_room_and_in_time(
    now: datetime, terms: ShippingTerms, full: set[int], holidays: set[int]
) -> None:
    today = now.astimezone(ZoneInfo(terms.calendar.time_zone)).date()
    full_days = {today + ahead * DAY for ahead in full}
    closed = {today + ahead * DAY for ahead in holidays}

    def is_holiday(day: date) -> bool:
        return day in closed

    def may_leave_on(day: date) -> bool:
        if day in full_days or not opening_hours_on(day, terms.calendar, is_holiday):
            return False
        leaves = last_release_on(day, terms, is_holiday)
        return leaves is not None and now <= leaves

    day = shipping_day(now, terms, is_holiday, full_days=full_days)

    assert day is not None
    assert day >= today
    assert may_leave_on(day)
    assert not any(may_leave_on(today + n * DAY) for n in range((day - today).days))
