"""Which days a report is about, and what of them is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import InvalidInput, Refused
from domain.kpi.periods import Period, PeriodKind
from domain.kpi.reporting import (
    SETTLING,
    AskedPeriod,
    known_until,
    period_of,
    refuse_open_period,
)

BERLIN = "Europe/Berlin"
TUESDAY_NIGHT = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


def asked(
    kind: str,
    first_day: date | None = None,
    last_day: date | None = None,
    *,
    zone: str = BERLIN,
    at: datetime = TUESDAY_NIGHT,
) -> tuple[date, date]:
    found = period_of(
        AskedPeriod(kind=PeriodKind(kind), first_day=first_day, last_day=last_day),
        zone,
        at,
    )
    return found.first_day, found.last_day


def day(number: int) -> date:
    return date(2026, 11, number)


def test_a_daily_report_is_about_the_day_before() -> None:
    assert asked("daily") == (day(23), day(23))


def test_the_day_before_is_that_of_the_zone() -> None:
    assert asked("daily", zone="America/Los_Angeles") == (day(22), day(22))
    assert asked("daily", zone="Pacific/Auckland") == (day(23), day(23))


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (datetime(2026, 11, 23, 3, 30, tzinfo=UTC), day(16), day(22)),
        (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), day(9), day(15)),
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), day(16), day(22)),
    ],
)
def test_a_weekly_report_is_about_the_last_whole_week(
    today: datetime, first: date, last: date
) -> None:
    assert asked("weekly", at=today) == (first, last)


def test_days_that_somebody_named_go_before() -> None:
    assert asked("daily", day(3)) == (day(3), day(3))
    assert asked("weekly", day(5)) == (day(2), day(8))
    assert asked("weekly", day(2), day(8)) == (day(2), day(8))
    assert asked("custom", day(1), day(20)) == (day(1), day(20))


@pytest.mark.parametrize(
    ("kind", "first", "last", "field"),
    [
        ("custom", None, None, "from"),
        ("custom", day(3), None, "from"),
        ("custom", day(3), day(2), "to"),
        ("daily", day(3), day(4), "to"),
        ("weekly", day(2), day(9), "to"),
    ],
)
def test_days_that_are_not_of_the_kind_are_refused(
    kind: str, first: date | None, last: date | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(kind, first, last)

    assert refusal.value.field == field


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="IANA zone"):
        asked("daily", zone="Mars/Olympus")


def of(first: date, last: date) -> Period:
    return Period(first_day=first, last_day=last, zone=BERLIN)


@pytest.mark.parametrize("kind", [PeriodKind.DAILY, PeriodKind.WEEKLY])
def test_a_report_of_days_that_go_on_is_refused(kind: PeriodKind) -> None:
    today = of(TUESDAY, TUESDAY)

    with pytest.raises(Refused, match="has to be over"):
        refuse_open_period(kind, today, today.ends_at - timedelta(seconds=1))
    refuse_open_period(kind, today, today.ends_at)


def test_a_custom_report_may_be_of_days_that_go_on_but_not_of_the_future() -> None:
    today = of(TUESDAY, TUESDAY)

    refuse_open_period(PeriodKind.CUSTOM, today, today.starts_at)
    with pytest.raises(Refused, match="not begun"):
        refuse_open_period(
            PeriodKind.CUSTOM, today, today.starts_at - timedelta(seconds=1)
        )


def test_a_first_version_leaves_out_what_may_not_be_written_down_yet() -> None:
    monday = of(day(23), day(23))

    night = known_until(monday, TUESDAY_NIGHT, is_restated=False)
    midnight = known_until(monday, monday.ends_at, is_restated=False)

    assert night == TUESDAY_NIGHT - SETTLING
    assert midnight == monday.ends_at


def test_a_restatement_and_a_provisional_report_take_all_there_is() -> None:
    monday, today = of(day(23), day(23)), of(TUESDAY, TUESDAY)

    assert known_until(monday, TUESDAY_NIGHT, is_restated=True) == TUESDAY_NIGHT
    assert known_until(today, TUESDAY_NIGHT, is_restated=False) == TUESDAY_NIGHT
