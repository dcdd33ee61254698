"""The page as a manager, a printer and a screen reader get it."""

from __future__ import annotations

from operations.kpi.page import page_html
from tests.operations.kpi.page.html_reading import read
from tests.operations.kpi.page.report_builders import (
    charts_in,
    cycle_time,
    on_time,
    page,
    row,
    target,
    trend,
)

HOSTILE = '<script>alert("1")</script><img src=x onerror=go()>'


def test_every_row_has_its_title_number_and_definition() -> None:
    turns = row("turnover", "Inventory turnover", "turns_per_year", {"value": 10.7})

    seen = read(page_html(page(cycle_time(), on_time(), turns))).text

    for title in ("Order cycle time", "On-time delivery", "Inventory turnover"):
        assert title in seen
        assert f"Says what {title} counts." in seen
    assert "2.40 days" in seen
    assert "4.25 days" in seen
    assert "95.5 %" in seen
    assert "10.7 turns a year" in seen
    assert "2,412" in seen
    assert "version 3" in seen


def test_the_heading_says_of_what_and_as_of_when() -> None:
    html = page_html(
        page(cycle_time(), on_time(), version=2, reason="14 deliveries told late")
    )

    seen = read(html).text
    assert "28 September to 22 November 2026" in seen
    assert "Zone Europe/Berlin" in seen
    assert "As of 23 Nov 2026, 09:00" in seen
    assert "Made 23 Nov 2026, 09:05" in seen
    assert "Version 2: 14 deliveries told late" in seen
    assert "orders placed in the period, orders due in the period" in seen


def test_the_page_asks_nobody_for_anything() -> None:
    html = page_html(page(cycle_time(trend=trend("p50", [50.0, 60.0])), on_time()))

    reader = read(html)
    assert "http" not in html
    assert "url(" not in html.replace("url(#", "")
    assert "@import" not in html
    assert not [tag for tag, _ in reader.tags if tag in {"script", "link", "img"}]
    assert all("src" not in attributes for _, attributes in reader.tags)
    assert all((one["href"] or "").startswith("#") for one in reader.all_of("a"))


def test_hostile_words_stay_words_wherever_they_stand() -> None:
    hostile = cycle_time(
        area=HOSTILE,
        choices={HOSTILE: HOSTILE},
        excluded={HOSTILE: 1},
        details={HOSTILE: {HOSTILE: HOSTILE}},
        trend=trend("p50", [50.0]),
    )
    grouped = cycle_time(group={"warehouse": HOSTILE})
    missing = row(HOSTILE, HOSTILE, "rate", {}, not_measured=HOSTILE)

    html = page_html(
        page(hostile, grouped, missing, title=HOSTILE, stale=HOSTILE, reason=HOSTILE)
    )

    reader = read(html)
    assert not reader.all_of("script")
    assert not reader.all_of("img")
    assert HOSTILE in reader.text


def test_a_figure_without_a_number_says_why() -> None:
    why = "no claims are recorded for this source"
    left_out = {"cancelled": 3, "negative": 1200}
    silent = row(
        "accuracy", "Accuracy", "rate", {}, n=0, not_measured=why, excluded=left_out
    )

    seen = read(page_html(page(on_time(), silent))).text

    told = f"{why}. Left out: 3 cancelled, 1,200 with a negative time"
    assert f"What could not be measured Accuracy Not measured: {told}" in seen


def test_a_headline_without_a_number_says_why_on_its_card() -> None:
    silent = row(
        "promises", "Promises", "rate", {}, n=0, not_measured="nothing was due"
    )

    seen = read(page_html(page(silent, headlines=["promises"]))).text

    assert "Promises not measured nothing was due" in seen


def test_only_a_stale_report_says_so() -> None:
    fresh = read(page_html(page(cycle_time())))
    stale = read(page_html(page(cycle_time(), stale="3 orders changed since.")))

    assert "Stale" not in fresh.text
    assert "Stale. 3 orders changed since." in stale.text
    assert [one["aria-label"] for one in stale.all_of("aside")] == ["Stale report"]


def test_a_level_is_told_by_a_mark_and_a_word_not_by_colour_alone() -> None:
    for level, words in (
        ("within", "✓ within limits"),
        ("warning", "▲ warning"),
        ("alarm", "✖ alarm"),
    ):
        seen = read(page_html(page(on_time(target=target(level))))).text

        assert f"{words} target at least 97.0 %" in seen


def test_figures_beyond_a_limit_come_first_alarms_before_warnings() -> None:
    late = on_time(target=target("warning"))
    wrong = row("errors", "Errors", "rate", {"rate": 0.9}, target=target("alarm"))
    fine = row("fill", "Fill rate", "rate", {"rate": 0.99}, target=target("within"))

    seen = read(page_html(page(fine, late, wrong))).text

    assert "1 × ✖ alarm 1 × ▲ warning 1 × ✓ within limits" in seen
    assert seen.index("✖ alarm Errors") < seen.index("▲ warning On-time delivery")


def test_headlines_are_those_named_in_their_order() -> None:
    named = ["on_time_delivery", "order_cycle_time", "unknown"]

    html = page_html(page(cycle_time(), on_time(), headlines=named))

    cards = html.split('class="cards"')[1].split("</section>")[0]
    assert cards.index("On-time delivery") < cards.index("Order cycle time")
    assert cards.count('class="card"') == 2


def test_without_names_the_figures_with_a_target_are_headlines() -> None:
    html = page_html(page(cycle_time(), on_time(target=target())))

    cards = html.split('class="cards"')[1].split("</section>")[0]
    assert "On-time delivery" in cards
    assert "Order cycle time" not in cards


def test_an_empty_report_says_that_it_is_empty() -> None:
    reader = read(page_html(page()))

    assert "No figure of this period has a number." in reader.text
    assert not reader.all_of("table")
    assert not reader.all_of("svg")


def test_groups_are_compared_in_a_table_for_each_dimension() -> None:
    rows = [
        on_time(),
        on_time(0.97, group={"warehouse": "main"}),
        on_time(0.91, group={"warehouse": "north"}),
        on_time(0.93, group={"channel": "web"}),
    ]

    seen = read(page_html(page(*rows))).text

    assert "By warehouse Figure main north On-time delivery 97.0 %" in seen
    assert "By channel Figure web On-time delivery 93.0 %" in seen


def test_many_groups_go_on_in_a_further_table() -> None:
    rows = [on_time(group={"carrier": f"carrier {n}"}) for n in range(7)]

    html = page_html(page(*rows))

    assert html.count("<caption>By carrier</caption>") == 2
    assert all(f"carrier {n}" in html for n in range(7))


def test_a_group_without_a_figure_that_others_have_shows_a_dash() -> None:
    rows = [
        cycle_time(group={"warehouse": "main"}),
        cycle_time(group={"warehouse": "north"}),
        on_time(group={"warehouse": "north"}),
    ]

    seen = read(page_html(page(*rows))).text

    assert "On-time delivery – 95.5 %" in seen


def test_details_have_intervals_and_open_orders_beside_the_plain_numbers() -> None:
    censored = {"p50": 60.0, "p90": None, "open": 37, "left_out": {"cancelled": 91}}
    told = {**censored, "says": "An open order counts as one that takes longer."}

    seen = read(page_html(page(cycle_time(details={"censored": told}), on_time()))).text

    assert "95 % interval 94.6 % to 96.3 %" in seen
    assert "p95 5 days p99 7.08 days" in seen
    found = "median with open orders 2.50 days; delivered orders alone 2.40 days"
    assert found in seen
    assert "p90 with open orders not reached yet; delivered orders alone" in seen
    assert "open 37" in seen
    assert "left out: cancelled 91" in seen
    assert "An open order counts as one that takes longer." in seen


def test_details_say_what_was_left_out_and_what_was_chosen() -> None:
    choices = {"window": "orders placed in the period"}
    excluded = {"negative": 2, "left_out_source": 1200}

    seen = read(page_html(page(cycle_time(choices=choices, excluded=excluded)))).text

    assert "chosen: window orders placed in the period" in seen
    assert "left out 2 with a negative time" in seen
    assert "left out 1,200 of a source that is left out" in seen


def test_a_percentile_that_stands_on_few_values_is_marked() -> None:
    seen = read(page_html(page(cycle_time(weak=["p90", "p99"])))).text

    assert "4.25 days *" in seen
    assert "p99 7.08 days *" in seen
    assert "p95 5 days p99" in seen


def test_each_figure_says_how_to_see_its_orders() -> None:
    seen = read(page_html(page(cycle_time(), on_time()))).text

    asked = "--from 2026-09-28 --to 2026-11-22"
    assert f"orderwright kpi drill order_cycle_time {asked} --by placed" in seen
    assert f"orderwright kpi drill on_time_delivery {asked} --by due" in seen


def test_tables_and_charts_can_be_heard() -> None:
    html = page_html(page(cycle_time(trend=trend("p50", [50.0, 60.0])), on_time()))

    reader = read(html)
    assert len(reader.all_of("caption")) == len(reader.all_of("table"))
    assert {one["scope"] for one in reader.all_of("th")} == {"col", "row"}
    ids = [one["id"] for _, one in reader.tags if "id" in one]
    assert len(ids) == len(set(ids))
    for chart in charts_in(html):
        title, description = chart.find("title"), chart.find("desc")
        assert title is not None
        assert title.text
        assert description is not None
        assert description.text
