"""A figure is told with everything that is needed to understand its number."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.figures import Amount, Figure, Rate, Times
from domain.kpi.periods import Period
from domain.kpi.question import Dimension, Question, Window
from domain.kpi.targets import LimitLevel, Statistic, Target
from domain.kpi.telling import as_definition, as_row, level_of

ORDER_CYCLE_TIME = FigureDefinition(
    name="order_cycle_time",
    title="Order cycle time",
    area=Area.TIME,
    version=2,
    says="How long an order takes.",
    grain=Grain.ORDER,
    unit=Unit.HOURS,
    clock_starts="the order is placed",
    clock_stops="the last shipment is delivered",
    windows=(Window.DELIVERED, Window.PLACED),
    source="a named source",
)
ASKED = Question(
    period=Period(
        first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), zone="Europe/Berlin"
    ),
    as_of=datetime(2026, 11, 2, 9, tzinfo=timezone(timedelta(hours=1))),
    group_by=(Dimension.CARRIER,),
)
TIMES = Times(mean=2 / 3, p50=0.5, p90=1.0, p95=1.5, p99=2.0, weak=("p95", "p99"))
CYCLE_TIME = Figure(
    definition=ORDER_CYCLE_TIME,
    asked=ASKED,
    by=Window.DELIVERED,
    group=(("carrier", "post"),),
    n=40,
    result=TIMES,
    excluded={"cancelled": 2},
    choices={"on_time_by": "the day"},
)
AT_MOST_A_DAY = Target(
    statistic=Statistic.P90,
    target=0.5,
    warning=0.75,
    alarm=1.0,
    higher_is_better=False,
)


def test_a_row_says_what_was_asked_and_how_it_was_counted() -> None:
    row = as_row(CYCLE_TIME)

    assert list(row) == [
        *("figure", "title", "area", "definition", "from", "to", "by", "zone"),
        *("as_of", "grain", "unit", "group", "n"),
        *("mean", "p50", "p90", "p95", "p99", "weak"),
        *("excluded", "choices", "details", "not_measured", "target"),
    ]
    assert row["definition"] == {
        "version": 2,
        "says": "How long an order takes.",
        "clock_starts": "the order is placed",
        "clock_stops": "the last shipment is delivered",
        "numerator": None,
        "denominator": None,
        "windows": ["delivered", "placed"],
        "source": "a named source",
    }
    assert (row["from"], row["to"], row["zone"], row["as_of"]) == (
        "2026-10-01",
        "2026-10-31",
        "Europe/Berlin",
        "2026-11-02T08:00:00Z",
    )
    assert (row["by"], row["grain"], row["unit"]) == ("delivered", "order", "hours")
    assert (row["group"], row["n"], row["excluded"]) == (
        {"carrier": "post"},
        40,
        {"cancelled": 2},
    )


def test_a_time_is_told_in_decimal_hours_with_its_weak_percentiles() -> None:
    row = as_row(CYCLE_TIME)

    assert (row["mean"], row["p50"], row["p99"]) == (0.666667, 0.5, 2.0)
    assert row["weak"] == ["p95", "p99"]


def test_a_rate_is_told_with_its_counts_and_its_interval() -> None:
    rate = Rate(numerator=1, denominator=3, rate=1 / 3, interval=(0.06, 0.79))

    row = as_row(replace(CYCLE_TIME, result=rate))

    numbers = [row[name] for name in ("numerator", "denominator", "rate", "interval")]
    assert numbers == [1, 3, 0.333333, [0.06, 0.79]]
    assert "p50" not in row


def test_an_amount_is_told_with_its_currency_and_its_quotient() -> None:
    amount = Amount(value=12.5, currency="EUR", numerator=25.0, denominator=2.0)

    row = as_row(replace(CYCLE_TIME, result=amount))

    assert (row["value"], row["currency"]) == (12.5, "EUR")
    assert (row["numerator"], row["denominator"]) == (25.0, 2.0)


def test_what_is_not_measured_has_a_reason_and_no_number() -> None:
    figure = replace(
        CYCLE_TIME, n=0, result=None, not_measured="no claims", target=AT_MOST_A_DAY
    )

    row = as_row(figure)

    assert (row["not_measured"], row["n"]) == ("no claims", 0)
    assert not {"p50", "rate", "value"} & set(row)
    assert isinstance(row["target"], dict)
    assert row["target"]["level"] is None


@pytest.mark.parametrize(
    ("p90", "level"),
    [
        (0.75, LimitLevel.WITHIN),
        (0.7500001, LimitLevel.WITHIN),
        (0.76, LimitLevel.WARNING),
        (1.1, LimitLevel.ALARM),
    ],
)
def test_a_target_says_where_the_figure_stands(p90: float, level: LimitLevel) -> None:
    figure = replace(CYCLE_TIME, result=replace(TIMES, p90=p90), target=AT_MOST_A_DAY)

    row = as_row(figure)

    assert level_of(figure) is level
    assert row["target"] == {
        "statistic": "p90",
        "target": 0.5,
        "warning": 0.75,
        "alarm": 1.0,
        "higher_is_better": False,
        "owner_role": "operations_manager",
        "level": level.value,
    }


def test_a_target_about_another_number_judges_nothing() -> None:
    about_rate = replace(AT_MOST_A_DAY, statistic=Statistic.RATE)

    assert level_of(replace(CYCLE_TIME, target=about_rate)) is None
    assert level_of(CYCLE_TIME) is None


def test_a_trend_tells_each_part_with_the_same_numbers() -> None:
    def part(first: int, last: int, result: Times | None) -> Figure:
        period = replace(
            ASKED.period,
            first_day=date(2026, 10, first),
            last_day=date(2026, 10, last),
        )
        return replace(
            CYCLE_TIME, n=7, result=result, asked=replace(ASKED, period=period)
        )

    row = as_row(CYCLE_TIME, [part(1, 4, TIMES), part(5, 11, None)])

    assert list(row)[-1] == "trend"
    assert isinstance(row["trend"], list)
    known, unknown = row["trend"]
    assert (known["from"], known["to"], known["p50"]) == (
        "2026-10-01",
        "2026-10-04",
        0.5,
    )
    assert unknown == {"from": "2026-10-05", "to": "2026-10-11", "n": 7}


def test_a_figure_of_calendar_days_has_no_window_and_no_trend() -> None:
    row = as_row(replace(CYCLE_TIME, by=None, group=()))

    assert (row["by"], row["group"], "trend" in row) == (None, {}, False)


def test_details_of_every_kind_become_json() -> None:
    details = {
        "stages": {Window.PLACED: (1, 2.0000001)},
        "cost": Decimal("1.50"),
        "since": date(2026, 10, 1),
        "at": datetime(2026, 10, 1, 12, 30, tzinfo=UTC),
        "endless": math.inf,
        "nothing": -0.0000001,
        "known": None,
        "is_provisional": True,
    }

    row = as_row(replace(CYCLE_TIME, details=details))

    assert json.loads(json.dumps(row, allow_nan=False))["details"] == {
        "stages": {"placed": [1, 2.0]},
        "cost": 1.5,
        "since": "2026-10-01",
        "at": "2026-10-01T12:30:00Z",
        "endless": None,
        "nothing": 0.0,
        "known": None,
        "is_provisional": True,
    }
    assert math.copysign(1, row["details"]["nothing"]) == 1  # type: ignore[index]


def test_a_detail_that_json_cannot_hold_is_a_bug() -> None:
    with pytest.raises(TypeError, match="object"):
        as_row(replace(CYCLE_TIME, details={"what": object()}))


def test_a_definition_is_told_with_the_limits_of_its_target() -> None:
    told = as_definition(ORDER_CYCLE_TIME, AT_MOST_A_DAY)

    assert (told["figure"], told["version"], told["grain"], told["unit"]) == (
        "order_cycle_time",
        2,
        "order",
        "hours",
    )
    assert told["windows"] == ["delivered", "placed"]
    assert told["target"] == {
        "statistic": "p90",
        "target": 0.5,
        "warning": 0.75,
        "alarm": 1.0,
        "higher_is_better": False,
        "owner_role": "operations_manager",
    }
    assert as_definition(ORDER_CYCLE_TIME)["target"] is None
