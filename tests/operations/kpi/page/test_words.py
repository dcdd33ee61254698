"""Numbers and words as they are written on the page."""

from __future__ import annotations

import pytest

from operations.kpi.page.figures import change_words, target_words
from operations.kpi.page.rows import number, numbers, parts
from operations.kpi.page.words import (
    area_words,
    day_words,
    reason_words,
    saying_of,
    window_words,
)
from tests.operations.kpi.page.report_builders import cycle_time, on_time, row, trend


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("hours", 0.5, "30 min"),
        ("hours", 17.26, "17.3 h"),
        ("hours", 60.0, "2.50 days"),
        ("rate", 0.9552, "95.5 %"),
        ("rate", 0.9971, "99.71 %"),
        ("rate", 0.004, "0.40 %"),
        ("count", 12345, "12,345"),
        ("days", 34.1, "34.1 days"),
        ("turns_per_year", 10.7, "10.7 turns a year"),
        ("per_hour", 41.24, "41.2 an hour"),
        ("index", 0.9253, "0.925"),
    ],
)
def test_a_number_is_told_in_its_unit(unit: str, value: float, said: str) -> None:
    cells = row("figure", "Figure", unit, {"value": value})

    assert saying_of(cells).full(value) == said


def test_money_is_told_in_its_currency() -> None:
    cost = row("cost", "Cost", "money", {"value": 7.318, "currency": "EUR"})

    assert saying_of(cost).full(7.318) == "7.32 EUR"


def test_a_figure_without_a_number_is_told_like_its_trend() -> None:
    unmeasured = row("time", "Time", "hours", {}, trend=trend("p50", [50.0, 72.0]))

    assert saying_of(unmeasured).full(48.0) == "2 days"


def test_a_target_names_the_statistic_unless_it_is_the_main_number() -> None:
    p90 = {"statistic": "p90", "target": 96.0, "higher_is_better": False}
    rate = {"statistic": "rate", "target": 0.97, "higher_is_better": True}

    late, share = cycle_time(target=p90), on_time(target=rate)

    assert target_words(late, saying_of(late)) == "p90 at most 4 days"
    assert target_words(share, saying_of(share)) == "at least 97.0 %"
    assert target_words(on_time(), saying_of(share)) == ""


def test_one_part_of_a_period_shows_no_change() -> None:
    alone = on_time(trend=trend("rate", [0.95]))
    same = on_time(trend=trend("rate", [0.95, 0.95]))
    hardly = on_time(trend=trend("rate", [0.95, 0.9501]))
    fell = on_time(trend=trend("rate", [0.95, 0.94]))

    assert change_words(alone, saying_of(alone)) == "–"
    assert change_words(same, saying_of(same)) == "no change"
    assert change_words(hardly, saying_of(hardly)) == "no change"
    assert change_words(fell, saying_of(fell)) == "▼ -1.0 points"


def test_words_nobody_wrote_down_are_told_plainly() -> None:
    assert reason_words("promise_unclear") == "promise unclear"
    assert area_words("new_area") == "New area"
    assert window_words("due") == "orders due in the period"
    assert day_words("2026-11-02") == "2 Nov"
    assert day_words("week 7") == "week 7"


def test_cells_of_another_kind_count_as_missing() -> None:
    cells = {"n": True, "edges": [1.0, "two"], "trend": "none"}

    assert number(cells, "n") is None
    assert numbers(cells, "edges") == []
    assert parts(cells, "trend") == []
