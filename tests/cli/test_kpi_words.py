"""Figures as a manager reads them in a terminal."""

from __future__ import annotations

import pytest

from cli.kpi_detail import figure_lines
from cli.kpi_words import (
    bars,
    change_in_words,
    excluded_in_words,
    sparkline,
    statistic_in_words,
    target_in_words,
    value_in_words,
)

RATE = {
    "figure": "on_time_delivery",
    "title": "On-time delivery",
    "unit": "rate",
    "by": "due",
    "n": 40,
    "numerator": 36,
    "denominator": 40,
    "rate": 0.9,
    "interval": [0.769, 0.96],
    "target": {
        "statistic": "rate",
        "target": 0.95,
        "higher_is_better": True,
        "level": "warning",
    },
}
TIMES = {
    "title": "Order cycle time",
    "unit": "hours",
    "n": 12,
    "mean": 20.0,
    "p50": 18.0,
    "p90": 30.0,
    "weak": ["p90", "p95"],
}


def test_a_time_is_shown_by_its_median_and_a_rate_in_percent() -> None:
    assert value_in_words(TIMES) == "median 18 h"
    assert value_in_words(RATE) == "90.0 %"
    assert value_in_words({"unit": "rate", "n": 0}) == "not measured"


def test_a_weak_percentile_is_marked() -> None:
    assert statistic_in_words(TIMES, "p90") == "30 h*"
    assert statistic_in_words(TIMES, "p50") == "18 h"
    assert statistic_in_words(RATE, "p90") == ""


def test_a_target_says_where_the_figure_stands() -> None:
    told = target_in_words(RATE)

    assert "at least 95.0 %" in told
    assert "warning" in told
    assert target_in_words(TIMES) == ""


@pytest.mark.parametrize(
    ("numbers", "drawn"),
    [
        ([1.0, 2.0, 3.0], "▁▅█"),
        ([1.0, None, 3.0], "▁·█"),
        ([2.0, 2.0], "▅▅"),
        ([None], ""),
        ([], ""),
    ],
)
def test_a_trend_is_drawn_from_its_lowest_to_its_highest(
    numbers: list[float | None], drawn: str
) -> None:
    assert bars(numbers) == drawn


def test_the_trend_of_a_figure_is_that_of_the_number_shown() -> None:
    trend = [{"rate": 0.8, "n": 5}, {"n": 0}, {"rate": 0.9, "n": 5}]

    assert sparkline({**RATE, "trend": trend}) == "▁·█"
    assert sparkline(RATE) == ""


def test_a_change_says_whether_it_is_to_the_better() -> None:
    worse = change_in_words(RATE, {**RATE, "rate": 0.95})
    better = change_in_words(RATE, {**RATE, "rate": 0.85})

    assert worse == "-5.0 points, worse"
    assert better == "+5.0 points, better"


def test_without_something_to_compare_there_is_no_change() -> None:
    assert change_in_words(RATE, None) == ""
    assert change_in_words(RATE, {"unit": "rate", "n": 0}) == ""
    assert change_in_words(RATE, RATE) == "no change"
    assert change_in_words(TIMES, {**TIMES, "p50": 20.0}) == "-2 h"


def test_what_is_excluded_is_told_with_its_counts() -> None:
    row = {"excluded": {"cancelled": 3, "not_due_yet": 1}}

    assert excluded_in_words(row) == "3 cancelled, 1 not due yet"
    assert excluded_in_words({}) == ""


def test_the_detail_of_a_rate_has_its_counts_and_its_interval() -> None:
    told = "\n".join(figure_lines(RATE))

    assert "numerator: 36" in told
    assert "denominator: 40" in told
    assert "95 % interval: 76.9 % to 96.0 %" in told


def test_the_detail_of_a_time_shows_open_orders_beside_the_naive_figure() -> None:
    details = {
        "censored": {"p50": 21.0, "p90": None, "open": 4},
        "distribution": {"edges": [0, 12, 24, 36], "counts": [1, 9, 2]},
    }

    told = "\n".join(figure_lines({**TIMES, "details": details}))

    assert "with the orders still open (Kaplan-Meier):" in told
    assert "median with open orders: 21 h; delivered orders alone 18 h" in told
    assert "p90 with open orders: not reached yet; delivered orders alone" in told
    assert "distribution: 0 h ▁█▂ 36 h" in told
