"""What a person chose becomes a period, a moment of knowledge and a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.errors import InvalidInput
from domain.kpi.periods import Period, PeriodKind
from domain.kpi.question import Dimension, KpiTerms, Question
from operations.kpi.choice import Days, KpiChoice, question_of, reported_period

# Already the third of November in Berlin's afternoon; a Tuesday.
NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
TERMS = KpiTerms(zone="Europe/Berlin")


def asked(choice: KpiChoice) -> Question:
    return question_of(choice, TERMS, NOW)


def day(number: int, month: int = 10) -> Days:
    return Days(date(2026, month, number), date(2026, month, number))


def month(number: int, days: int) -> Days:
    return Days(date(2026, number, 1), date(2026, number, days))


def test_of_itself_the_last_28_closed_days_are_meant() -> None:
    question = asked(KpiChoice())

    assert question.period == Period(
        first_day=date(2026, 10, 6), last_day=date(2026, 11, 2), zone="Europe/Berlin"
    )
    assert question.as_of == NOW


@pytest.mark.parametrize(
    ("since", "until", "first_day", "last_day"),
    [
        (day(1), day(31), date(2026, 10, 1), date(2026, 10, 31)),
        (month(10, 31), month(10, 31), date(2026, 10, 1), date(2026, 10, 31)),
        (month(10, 31), None, date(2026, 10, 1), date(2026, 11, 2)),
        (None, day(28), date(2026, 10, 1), date(2026, 10, 28)),
        # The month that has begun goes as far as today.
        (month(10, 31), month(11, 30), date(2026, 10, 1), date(2026, 11, 3)),
        (day(3, 11), None, date(2026, 11, 3), date(2026, 11, 3)),
    ],
)
def test_days_and_months_make_a_period(
    since: Days | None, until: Days | None, first_day: date, last_day: date
) -> None:
    period = asked(KpiChoice(since=since, until=until)).period

    assert (period.first_day, period.last_day) == (first_day, last_day)


def test_the_days_are_those_of_the_zone_that_was_asked_for() -> None:
    late = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)

    here = question_of(KpiChoice(), TERMS, late).period
    there = question_of(KpiChoice(zone="America/New_York"), TERMS, late).period

    assert (here.last_day, here.zone) == (date(2026, 11, 3), "Europe/Berlin")
    assert (there.last_day, there.zone) == (date(2026, 11, 2), "America/New_York")


def test_a_day_of_knowledge_means_its_end_and_the_days_before_it() -> None:
    question = asked(KpiChoice(as_of=date(2026, 10, 15)))

    assert question.as_of == datetime(2026, 10, 15, 22, tzinfo=UTC)
    assert question.period.last_day == date(2026, 10, 15)


def test_today_as_the_day_of_knowledge_means_now() -> None:
    assert asked(KpiChoice(as_of=date(2026, 11, 3))).as_of == NOW


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (KpiChoice(since=day(31), until=day(1)), "to"),
        (KpiChoice(until=day(4, 11)), "to"),
        (KpiChoice(since=day(4, 11)), "from"),
        (KpiChoice(since=month(12, 31), until=month(12, 31)), "to"),
        (KpiChoice(zone="Europe/Atlantis"), "zone"),
        (KpiChoice(as_of=date(2026, 11, 4)), "as_of"),
        (KpiChoice(as_of=datetime(2026, 11, 3, 16, tzinfo=UTC)), "as_of"),
    ],
)
def test_a_choice_that_cannot_be_answered_is_refused(
    choice: KpiChoice, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(choice)

    assert refusal.value.field == field


def test_a_dimension_named_twice_is_one() -> None:
    twice = KpiChoice(group_by=(Dimension.CARRIER, Dimension.CARRIER))

    assert asked(twice).group_by == (Dimension.CARRIER,)


@pytest.mark.parametrize(
    ("kind", "since", "first_day", "last_day"),
    [
        (PeriodKind.DAILY, None, date(2026, 11, 2), date(2026, 11, 2)),
        (PeriodKind.DAILY, day(7), date(2026, 10, 7), date(2026, 10, 7)),
        (PeriodKind.WEEKLY, None, date(2026, 10, 26), date(2026, 11, 1)),
        (PeriodKind.WEEKLY, day(7), date(2026, 10, 5), date(2026, 10, 11)),
        (PeriodKind.CUSTOM, None, date(2026, 9, 8), date(2026, 11, 2)),
        (PeriodKind.CUSTOM, day(7), date(2026, 10, 7), date(2026, 11, 2)),
    ],
)
def test_a_report_is_of_the_last_day_week_or_eight_weeks(
    kind: PeriodKind, since: Days | None, first_day: date, last_day: date
) -> None:
    choice = KpiChoice(since=since, default_days=56)

    period = reported_period(kind, choice, TERMS, NOW)

    assert (period.first_day, period.last_day) == (first_day, last_day)


@pytest.mark.parametrize("kind", [PeriodKind.DAILY, PeriodKind.WEEKLY])
def test_a_report_of_a_day_or_week_takes_no_other_last_day(kind: PeriodKind) -> None:
    choice = KpiChoice(since=day(5), until=day(20))

    with pytest.raises(InvalidInput, match="to:"):
        reported_period(kind, choice, TERMS, NOW)
    with pytest.raises(InvalidInput, match="zone:"):
        reported_period(kind, KpiChoice(zone="Mars/Olympus"), TERMS, NOW)
