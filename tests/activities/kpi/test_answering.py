"""Questions to the record: the same answer by another route, and whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from activities.kpi.answering import (
    LEFT_OUT,
    Answer,
    Asking,
    answer,
    behind,
    complete_question,
)
from activities.kpi.opening import openings
from domain.errors import InvalidInput
from domain.kpi.catalogue import DEFINITIONS, ORDER_FIGURES
from domain.kpi.drilling import HowCounted
from domain.kpi.figures import Figure, Rate, Times
from domain.kpi.periods import Period
from domain.kpi.question import Dimension, Question, Window
from domain.policy import (
    DEFAULT_POLICY,
    Calendar,
    OpeningHours,
    Weekday,
    always_open,
)
from persistence.database import Database
from persistence.kpi.left_out import leave_out
from tests.activities.kpi.by_another_route import AnotherRoute
from tests.activities.kpi.seeded_past import SeededPast
from tests.activities.steps.builders import (
    NOON,
    Shop,
    line,
    package_of,
    picks,
    shop_at,
)

MARCH = Period(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), zone="UTC")
LATER = datetime(2026, 9, 1, tzinfo=UTC)
OF_MARCH = Question(period=MARCH, as_of=LATER)
APRIL_FIRST = date(2026, 4, 1)
EVERY_NAME = tuple(DEFINITIONS)
OF_ORDERS = tuple(ORDER_FIGURES)


@pytest.fixture
def past(database_url: str) -> Iterator[Database]:
    """Have the orders of another shop, on both databases."""
    database = Database(database_url)
    SeededPast(seed=5, orders=150).store(database)
    yield database
    database.close()


@pytest.fixture
def sqlite_past(sqlite_database_url: str) -> Iterator[Database]:
    """Have the same where what is tested is no statement."""
    database = Database(sqlite_database_url)
    SeededPast(seed=5, orders=150).store(database)
    yield database
    database.close()


def answers(
    database: Database, *figures: str, question: Question = OF_MARCH, **more: object
) -> list[Answer]:
    asking = Asking(question=question, figures=figures, **more)  # type: ignore[arg-type]
    with database.read() as connection:
        return answer(connection, asking)


def figure_of(
    database: Database, name: str, question: Question = OF_MARCH, **more: object
) -> Figure:
    [told] = answers(database, name, question=question, **more)
    return told.figure


def shares(figure: Figure) -> tuple[int, int]:
    assert isinstance(figure.result, Rate), figure.not_measured
    return figure.result.numerator, figure.result.denominator


def test_sql_of_another_route_comes_to_the_same_figures(past: Database) -> None:
    delivered = replace(OF_MARCH, by=Window.DELIVERED)
    cycle_time = figure_of(past, "order_cycle_time", delivered)
    on_time = figure_of(past, "on_time_delivery", replace(OF_MARCH, by=Window.DUE))
    accuracy = figure_of(past, "order_accuracy", replace(OF_MARCH, by=Window.PLACED))

    with past.read() as connection:
        by_hand = AnotherRoute(connection, MARCH.first_day, MARCH.last_day, APRIL_FIRST)
        hours = by_hand.cycle_time()
        assert shares(on_time) == by_hand.on_time()
        assert shares(accuracy) == by_hand.accuracy()
    assert isinstance(cycle_time.result, Times)
    assert cycle_time.n == hours["n"] > 50
    for name in ("mean", "p50", "p90"):
        found = getattr(cycle_time.result, name)
        assert found == pytest.approx(
            hours[name], abs=1e-5
        )  # SQLite's days are rounded


def test_figures_asked_for_together_are_those_asked_for_one_by_one(
    sqlite_past: Database,
) -> None:
    together = answers(sqlite_past, *EVERY_NAME)

    alone = [one for name in EVERY_NAME for one in answers(sqlite_past, name)]

    assert together == alone
    assert [one.figure.definition.name for one in together] == list(EVERY_NAME)


def test_every_figure_can_be_answered_of_an_empty_record(database_url: str) -> None:
    database = Database(database_url)

    told = answers(database, *EVERY_NAME, with_trend=True)

    assert {one.figure.n for one in told} == {0}
    assert all(one.figure.not_measured for one in told)
    assert all(len(one.trend) == 6 for one in told)
    database.close()


def test_every_order_figure_is_the_same_on_both_databases(
    sqlite_past: Database, postgresql_database_url: str
) -> None:
    other = Database(postgresql_database_url)
    SeededPast(seed=5, orders=150).store(other)
    question = replace(OF_MARCH, group_by=(Dimension.WAREHOUSE, Dimension.CATEGORY))

    here = answers(sqlite_past, *OF_ORDERS, question=question)
    there = answers(other, *OF_ORDERS, question=question)

    assert here == there
    other.close()


def test_a_long_period_is_cut_into_weeks_and_a_short_one_into_days(
    sqlite_past: Database,
) -> None:
    fortnight = replace(MARCH, last_day=date(2026, 3, 14))
    [long] = answers(sqlite_past, "order_accuracy", with_trend=True)
    [short] = answers(
        sqlite_past,
        "order_accuracy",
        question=replace(OF_MARCH, period=fortnight),
        with_trend=True,
    )
    [plain] = answers(sqlite_past, "order_accuracy")

    assert [one.asked.period.first_day.day for one in long.trend] == [
        1,
        2,
        9,
        16,
        23,
        30,
    ]
    assert [one.asked.period.days for one in short.trend] == [1] * 14
    assert sum(one.n for one in long.trend) == long.figure.n
    assert plain.trend == ()


def test_groups_have_no_trend(sqlite_past: Database) -> None:
    question = replace(OF_MARCH, group_by=(Dimension.CHANNEL,))
    told = answers(sqlite_past, "order_accuracy", question=question, with_trend=True)

    assert [one.figure.group for one in told] == [
        (("channel", "(unknown)"),),
        (("channel", "shop"),),
        (("channel", "web"),),
    ]
    assert {one.trend for one in told} == {()}


def test_groups_together_are_the_whole(sqlite_past: Database) -> None:
    whole = figure_of(sqlite_past, "line_fill_rate")

    for dimension in (Dimension.WAREHOUSE, Dimension.CATEGORY, Dimension.CHANNEL):
        question = replace(OF_MARCH, group_by=(dimension,))
        parts = [
            shares(one.figure)
            for one in answers(sqlite_past, "line_fill_rate", question=question)
        ]
        assert tuple(map(sum, zip(*parts, strict=True))) == shares(whole)


def test_orders_of_a_source_left_out_are_counted_as_such(past: Database) -> None:
    whole = figure_of(past, "order_accuracy")
    with past.write() as connection:
        leave_out(connection, "past", "a test account", LATER, "operator:1")

    without = figure_of(past, "order_accuracy")
    asked_for = figure_of(past, "order_accuracy", sources=("past",))

    placed = whole.n + sum(whole.excluded.values())
    assert (without.n, without.excluded) == (0, {LEFT_OUT: placed})
    assert asked_for == whole


def test_sources_left_out_stand_in_the_groups_they_would_belong_to(
    sqlite_past: Database,
) -> None:
    question = replace(OF_MARCH, group_by=(Dimension.CHANNEL,))
    whole = answers(sqlite_past, "cancel_rate", question=question)
    with sqlite_past.write() as connection:
        leave_out(connection, "past", "a test account", LATER, "operator:1")

    without = answers(sqlite_past, "cancel_rate", question=question)

    assert [(one.figure.group, one.figure.excluded) for one in without] == [
        (one.figure.group, {LEFT_OUT: one.figure.n}) for one in whole
    ]


def test_an_unknown_name_is_refused_with_those_like_it(sqlite_past: Database) -> None:
    with pytest.raises(InvalidInput, match=r"figure: .*order_cycle_time") as refused:
        answers(sqlite_past, "cycle_time")

    assert refused.value.field == "figure"


def test_behind_a_figure_stand_the_orders_that_make_it(past: Database) -> None:
    whole = figure_of(past, "order_accuracy")
    asking = Asking(question=OF_MARCH, figures=("order_accuracy",))

    with past.read() as connection:
        found = behind(connection, asking)

    how = [one.counts for one in found]
    right, shipped = shares(whole)
    assert how.count(HowCounted.COUNTED) == right
    assert how.count(HowCounted.MISSED) == shipped - right
    assert how.count(HowCounted.EXCLUDED) == sum(whole.excluded.values())
    worst_first = (HowCounted.MISSED, HowCounted.COUNTED, HowCounted.EXCLUDED)
    assert how == sorted(how, key=worst_first.index)


def test_one_looks_behind_one_figure_at_a_time(sqlite_past: Database) -> None:
    asking = Asking(question=OF_MARCH, figures=("otif", "order_accuracy"))

    with (
        sqlite_past.read() as connection,
        pytest.raises(InvalidInput, match="figure: one KPI"),
    ):
        behind(connection, asking)


@pytest.mark.parametrize("name", ["inventory_turnover", "lines_per_hour"])
def test_behind_stock_and_stations_stand_orders_too(
    sqlite_past: Database, name: str
) -> None:
    with sqlite_past.read() as connection:
        found = behind(connection, Asking(question=OF_MARCH, figures=(name,)))

    assert len({one.order_id for one in found}) > 50


def test_stations_have_a_trend_that_adds_up(sqlite_past: Database) -> None:
    [told] = answers(sqlite_past, "orders_per_hour", with_trend=True)

    assert sum(one.n for one in told.trend) == told.figure.n > 0


def test_a_question_is_completed_with_zones_and_opening_hours(
    database_url: str,
) -> None:
    hours = (OpeningHours(opens=time(8), closes=time(16)),)
    berlin = Calendar(time_zone="Europe/Berlin", opening_hours={Weekday.MONDAY: hours})
    policy = replace(
        DEFAULT_POLICY,
        calendars={"main": berlin, "gone": always_open("Asia/Tokyo")},
        default_calendar=always_open(),
    )
    with shop_at(database_url) as shop:
        _deliver(shop)
        period = Period(
            first_day=date(2026, 11, 30), last_day=date(2026, 11, 30), zone="UTC"
        )
        asked = Question(period=period, as_of=NOON + timedelta(days=400))
        with shop.database.read() as connection:
            question = complete_question(connection, policy, asked)

    assert question.site_zones == {"main": "Europe/Berlin", "gone": "Asia/Tokyo"}
    # From the order before the period to its delivery two weeks later.
    two_weeks = (NOON, NOON + timedelta(days=14))
    assert question.open_times["main"].between(*two_weeks) == 2 * 8 * 3600
    assert question.open_times[""].between(*two_weeks) == 14 * 24 * 3600
    assert set(question.open_times) == {"main", "gone", ""}


def _deliver(shop: Shop) -> None:
    shop.receive("A-1", MUG=10)
    run = shop.order("1", line("MUG", 1))
    run.pick(*picks(1))
    run.pack(package_of(MUG=1))
    shop.now = NOON + timedelta(days=14)
    run.hand_over()


def test_an_order_with_an_absurd_date_does_not_make_opening_hours_endless(
    sqlite_past: Database,
) -> None:
    with sqlite_past.write() as connection:
        connection.exec_driver_sql(
            "UPDATE fulfillment_event SET occurred_at = "
            "'0001-05-05T00:00:00.000000+00:00' WHERE kind = 'placed'"
        )

    with sqlite_past.read() as connection:
        question = complete_question(connection, DEFAULT_POLICY, OF_MARCH)

    assert 2500 < len(question.open_times[""].opens) < 2800


def test_a_site_is_open_by_its_own_clock_on_the_day_clocks_are_put_forward() -> None:
    night = (OpeningHours(opens=time(1), closes=time(4)),)
    berlin = Calendar(time_zone="Europe/Berlin", opening_hours={Weekday.SUNDAY: night})
    at_nine = datetime(2026, 3, 29, 9, tzinfo=UTC)

    [stretch] = openings(berlin, at_nine, at_nine)

    assert stretch == (
        datetime(2026, 3, 29, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 2, tzinfo=UTC),
    )


def test_a_site_that_closes_at_midnight_is_open_until_the_next_day() -> None:
    at_nine = datetime(2026, 3, 29, 9, tzinfo=UTC)

    [stretch] = openings(always_open("Asia/Tokyo"), at_nine, at_nine)

    assert stretch == (
        datetime(2026, 3, 28, 15, tzinfo=UTC),
        datetime(2026, 3, 29, 15, tzinfo=UTC),
    )
