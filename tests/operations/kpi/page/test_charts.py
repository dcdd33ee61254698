"""The charts, read as XML: what stands where, and what is written."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.kpi.page import page_html
from operations.kpi.page.charts.scale import scale_over
from operations.kpi.page.rows import Row
from tests.operations.kpi.page.report_builders import (
    charts_in,
    cycle_time,
    on_time,
    page,
    row,
    target,
    trend,
    words_in,
)


def only_chart(*rows: Row) -> Tree.Element:
    (chart,) = charts_in(page_html(page(*rows)))
    return chart


def elements(chart: Tree.Element, tag: str, kind: str) -> list[Tree.Element]:
    return [one for one in chart.iter(tag) if kind in one.get("class", "").split()]


def at(element: Tree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def stage(name: str, mean: float, n: int = 100) -> Row:
    return row(f"stage_{name}", f"Stage: {name}", "hours", {"mean": mean}, n=n)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.0, 9.0], (0.0, 2.5, 5.0, 7.5, 10.0)),
        ([0.0, 10.0], (0.0, 2.5, 5.0, 7.5, 10.0)),
        ([92.0, 97.0], (92.0, 94.0, 96.0, 98.0)),
        ([0.0, 0.04], (0.0, 0.01, 0.02, 0.03, 0.04)),
        ([-3.0, 4.0], (-4.0, -2.0, 0.0, 2.0, 4.0)),
    ],
)
def test_an_axis_has_round_ticks(values: list[float], ticks: tuple[float, ...]) -> None:
    assert scale_over(values).ticks == pytest.approx(ticks)


def test_an_axis_of_shares_ends_at_all() -> None:
    assert scale_over([91.0, 100.0], most=100.0).ticks[-1] == 100.0
    assert scale_over([100.0], most=100.0).ticks[-1] == 100.0
    assert scale_over([99.4, 99.9], most=100.0).ticks[-1] <= 100.0


@given(
    st.lists(st.floats(min_value=-1e6, max_value=1e6), max_size=20),
    st.sampled_from([None, 1e6]),
)
def test_an_axis_reaches_over_all_values_with_few_ticks(
    values: list[float], most: float | None
) -> None:
    scale = scale_over(values, most=most)

    assert 2 <= len(scale.ticks) <= 12
    for value in values:
        assert -0.01 <= scale.place(value, 0.0, 1.0) <= 1.01


def test_a_trend_shows_its_limits_by_name_and_by_kind_of_line() -> None:
    weeks = trend("rate", [0.95, 0.93, 0.97])

    chart = only_chart(on_time(target=target("warning"), trend=weeks))

    assert {"target", "warning", "alarm"} <= set(words_in(chart))
    heights = [
        at(elements(chart, "line", name)[0], "y1")
        for name in ("target", "warning", "alarm")
    ]
    assert heights == sorted(heights)
    assert len(elements(chart, "circle", "main")) == 3
    assert "28 Sep" in words_in(chart)
    assert any(word.endswith(" %") for word in words_in(chart))


def test_names_of_limits_that_lie_close_do_not_touch() -> None:
    close = target(target=0.970, warning=0.969, alarm=0.968)

    chart = only_chart(on_time(target=close, trend=trend("rate", [0.5, 0.9])))

    names = {"target", "warning", "alarm"}
    heights = sorted(at(one, "y") for one in chart.iter("text") if one.text in names)
    assert heights[1] - heights[0] >= 11
    assert heights[2] - heights[1] >= 11
    assert heights[2] <= 110


def test_a_trend_of_one_part_is_a_point() -> None:
    chart = only_chart(on_time(trend=trend("rate", [0.95])))

    assert len(elements(chart, "circle", "main")) == 1
    assert not list(chart.iter("polyline"))


def test_a_part_without_a_number_is_a_gap_in_the_line() -> None:
    weeks = trend("rate", [0.95, 0.93, None, 0.97, 0.96])

    chart = only_chart(on_time(trend=weeks))

    assert len(elements(chart, "polyline", "main")) == 2
    description = chart.findtext("desc") or ""
    assert "12 Oct –" in description


def test_a_trend_of_times_has_the_median_and_the_p90_in_one_unit() -> None:
    weeks = [{**one, "p90": 96.0} for one in trend("p50", [48.0, 60.0])]

    chart = only_chart(cycle_time(trend=weeks))

    assert {"median", "p90"} <= set(words_in(chart))
    assert {"2 d", "4 d"} <= set(words_in(chart))
    assert len(elements(chart, "polyline", "more")) == 1


def test_a_trend_without_any_number_is_not_drawn() -> None:
    html = page_html(page(on_time(trend=trend("rate", [None, None]))))

    assert not charts_in(html)


def test_a_change_compares_whole_weeks_alone_and_says_whether_it_is_better() -> None:
    weeks = trend("rate", [0.93, 0.95, 0.10])
    weeks[2] = {**weeks[2], "to": "2026-10-13"}

    html = page_html(page(on_time(trend=weeks, target=target())))

    assert "▲ +2.0 points, better" in html


def test_stages_follow_each_other_and_add_up_to_the_whole() -> None:
    chart = only_chart(stage("picked", 6.0), stage("delivered", 30.0))

    whole_first, first, whole_second, second = elements(chart, "rect", "bar")
    first_end = at(first, "x") + at(first, "width")
    assert first_end == pytest.approx(at(second, "x"), abs=0.2)
    assert at(second, "width") == pytest.approx(5 * at(first, "width"), rel=0.02)
    assert at(whole_first, "x") == at(first, "x")
    assert at(whole_second, "width") == at(second, "width")
    assert {"Whole order", "1.50 days", "until picked", "6 h"} <= set(words_in(chart))


def test_holds_and_backorders_are_named_and_hatched() -> None:
    chart = only_chart(
        stage("delivered", 30.0), stage("hold", 3.0), stage("backorder", 2.0)
    )

    assert {"on hold", "on backorder"} <= set(words_in(chart))
    waits = elements(chart, "rect", "wait")
    assert len(waits) == 4
    assert {one.get("fill") for one in waits} == {"url(#stages-hatch)"}


def test_a_stage_that_few_orders_had_is_spread_over_all_of_them() -> None:
    chart = only_chart(stage("picked", 8.0, n=50), stage("delivered", 30.0, n=100))

    assert "4 h" in words_in(chart)


def test_stages_in_business_hours_are_not_mixed_in() -> None:
    chart = only_chart(stage("picked", 6.0), stage("picked_business", 3.0))

    assert sum(word.startswith("until") for word in words_in(chart)) == 1


def test_a_distribution_has_a_bar_for_each_bin_and_marks_median_and_p90() -> None:
    shape = {"edges": [24.0, 48.0, 72.0, 96.0], "counts": [40, 80, 20]}

    chart = only_chart(cycle_time(details={"distribution": shape}))

    bars = elements(chart, "rect", "bar")
    heights = [at(one, "height") for one in bars]
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.01)
    assert heights[0] == pytest.approx(2 * heights[2], rel=0.01)
    assert {"median 2.40 days", "p90 4.25 days"} <= set(words_in(chart))
    median, p90 = elements(chart, "line", "mark")
    assert at(bars[1], "x") < at(median, "x1") < at(bars[2], "x")
    assert at(median, "x1") < at(p90, "x1")


def test_a_long_last_bin_is_drawn_like_the_others_and_says_so() -> None:
    shape = {"edges": [0.0, 24.0, 48.0, 900.0], "counts": [40, 80, 2]}

    chart = only_chart(cycle_time(details={"distribution": shape}))

    widths = [at(one, "width") for one in elements(chart, "rect", "bar")]
    assert widths[2] == pytest.approx(widths[0], abs=0.2)
    assert "and longer" in words_in(chart)


def test_a_distribution_that_does_not_fit_its_edges_is_not_drawn() -> None:
    shape = {"edges": [0.0, 24.0], "counts": [40, 80]}

    html = page_html(page(cycle_time(details={"distribution": shape})))

    assert not charts_in(html)


def test_all_that_is_written_stays_within_its_chart() -> None:
    shape = {"edges": [0.0, 24.0, 48.0, 900.0], "counts": [40, 80, 2]}
    rows = [
        cycle_time(details={"distribution": shape}, trend=trend("p50", [50.0, 900.0])),
        stage("handed_over", 6.0),
        stage("delivered", 300.0),
    ]

    for chart in charts_in(page_html(page(*rows))):
        _, _, width, height = map(float, chart.get("viewBox", "").split())
        for one in chart.iter("text"):
            room = len(one.text or "") * 5.5
            start = {"end": room, "middle": room / 2}.get(one.get("text-anchor", ""), 0)
            left = at(one, "x") - start
            assert left >= 0, one.text
            assert left + room <= width, one.text
            assert 0 <= at(one, "y") <= height, one.text
