"""KPIs as a manager types them: which there are, what they mean, what they came to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.kpi.catalogue import DEFINITIONS
from tests.cli.kpi_shop import OCTOBER, kpis
from tests.cli.past_orders import PastOrder, october, remember
from tests.cli.terminal import Terminal

__all__ = ["kpis"]

ON_TIME = ("--figure", "on_time_delivery")
CYCLE_TIME = ("--figure", "order_cycle_time")


def test_every_kpi_is_listed_with_its_area_and_its_own_window(kpis: Terminal) -> None:
    listed = kpis.ok("kpi", "list", "--json").json_lines()

    by_name = {one["figure"]: one for one in listed}
    assert set(by_name) == set(DEFINITIONS)
    assert by_name["on_time_delivery"] == {
        "area": "on_time",
        "figure": "on_time_delivery",
        "title": "On-time delivery",
        "unit": "rate",
        "by": "due",
        "headline": True,
    }
    areas = [one["area"] for one in listed]
    assert len(set(areas)) == sum(
        one != other for one, other in zip(areas, [None, *areas], strict=False)
    )


def test_the_list_is_a_table_in_words(kpis: Terminal) -> None:
    shown = kpis.ok("kpi", "list").out.splitlines()

    assert "On time\ton_time_delivery\tOn-time delivery\trate\tdue\tyes" in shown


def test_a_definition_is_told_whole(kpis: Terminal) -> None:
    shown = kpis.ok("kpi", "define", "on_time_delivery").out
    told = kpis.ok("kpi", "define", "on_time_delivery", "--json").json()

    definition = DEFINITIONS["on_time_delivery"]
    assert definition.says in shown
    assert f"counted: {definition.numerator}" in shown
    assert f"out of: {definition.denominator}" in shown
    assert "orders due in the period" in shown
    assert "with --by delivered" in shown
    assert "at least 95.0 %" in shown
    assert (told["says"], told["target"]["warning"]) == (definition.says, 0.9)


def test_a_definition_of_a_time_has_its_clock(kpis: Terminal) -> None:
    shown = kpis.ok("kpi", "define", "order_cycle_time").out

    definition = DEFINITIONS["order_cycle_time"]
    assert f"clock starts: {definition.clock_starts}" in shown
    assert f"clock stops: {definition.clock_stops}" in shown


@pytest.mark.parametrize(
    "command", [("define",), ("drill",), ("show", "--figure")], ids=str
)
def test_an_unknown_kpi_is_answered_with_those_like_it(
    kpis: Terminal, command: tuple[str, ...]
) -> None:
    typed = kpis.type("kpi", *command, "on_time_delivry")

    assert typed.exit_code == 2
    assert "on_time_delivery" in typed.err


def test_figures_are_computed_from_the_events_of_the_period(kpis: Terminal) -> None:
    asked = ("kpi", "show", *ON_TIME, *CYCLE_TIME, *OCTOBER, "--json")

    on_time, cycle_time = kpis.ok(*asked).json_lines()

    assert (on_time["numerator"], on_time["denominator"]) == (2, 4)
    assert (on_time["rate"], on_time["n"], on_time["by"]) == (0.5, 4, "due")
    assert on_time["excluded"] == {"cancelled": 1}
    assert on_time["target"]["level"] == "alarm"
    assert (on_time["from"], on_time["to"], on_time["as_of"]) == (
        "2026-10-01",
        "2026-10-31",
        "2026-11-02T09:00:00Z",
    )
    assert (cycle_time["p50"], cycle_time["n"]) == (48.0, 3)
    assert cycle_time["mean"] == 74.0
    assert "trend" not in on_time


def test_json_has_the_trend_if_it_is_asked_for(kpis: Terminal) -> None:
    row = kpis.ok("kpi", "show", *ON_TIME, *OCTOBER, "--trend", "--json").json()

    weeks = {part["from"]: part for part in row["trend"]}
    assert list(weeks) == [
        "2026-10-01",
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
        "2026-10-26",
    ]
    assert (weeks["2026-10-01"]["rate"], weeks["2026-10-12"]["rate"]) == (1.0, 0.0)
    assert "rate" not in weeks["2026-10-26"]


def test_a_manager_sees_value_target_and_trend_in_one_row(kpis: Terminal) -> None:
    typed = kpis.ok("kpi", "show", *ON_TIME, *OCTOBER)

    header, row = typed.out.splitlines()
    seen = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert (seen["kpi"], seen["value"], seen["n"]) == (
        "On-time delivery",
        "50.0 %",
        "4",
    )
    assert "at least 95.0 %" in seen["target"]
    assert "alarm" in seen["target"]
    assert seen["trend"] == "██▁▁·"
    assert "2026-10-01 to 2026-10-31 (31 days in UTC)" in typed.err


def test_the_change_is_against_the_period_before(kpis: Terminal) -> None:
    days = ("--from", "2026-10-12", "--to", "2026-10-25")

    typed = kpis.ok("kpi", "show", *ON_TIME, *days)

    assert "-100.00 points, worse" in typed.out
    assert "against the 14 days before" in typed.err


def test_without_a_trend_nothing_is_compared(kpis: Terminal) -> None:
    typed = kpis.ok("kpi", "show", *ON_TIME, *OCTOBER, "--no-trend")

    assert typed.out.splitlines()[0] == "kpi\tvalue\tn\tby\ttarget"


def test_weak_percentiles_have_a_mark_and_a_footnote(kpis: Terminal) -> None:
    typed = kpis.ok("kpi", "show", *CYCLE_TIME, *OCTOBER)

    assert "median 2 days*" in typed.out
    assert "* weak: fewer than five" in typed.err


def test_what_is_not_measured_says_why(kpis: Terminal) -> None:
    typed = kpis.ok("kpi", "show", "--figure", "inventory_turnover", *OCTOBER)

    assert "not measured" in typed.out
    assert "no stock history" in typed.err


def test_the_detail_tells_definition_interval_and_exclusions(kpis: Terminal) -> None:
    shown = kpis.ok("kpi", "show", *ON_TIME, *CYCLE_TIME, *OCTOBER, "--detail").out

    assert DEFINITIONS["on_time_delivery"].says in shown
    assert "95 % interval: 15.0 % to 85.0 %" in shown
    assert "excluded: 1 cancelled" in shown
    assert "with the orders still open (Kaplan-Meier):" in shown


def test_groups_are_told_apart(kpis: Terminal) -> None:
    asked = ("kpi", "show", *ON_TIME, *OCTOBER, "--group-by", "carrier")

    rows = kpis.ok(*asked, "--json").json_lines()
    shown = kpis.ok(*asked).out

    assert {row["group"]["carrier"]: row["n"] for row in rows} == {
        "post": 2,
        "swift": 2,
    }
    assert "On-time delivery\tpost\t50.0 %" in shown


def test_the_headline_figures_are_shown_unless_others_are_named(
    kpis: Terminal,
) -> None:
    headline = kpis.ok("kpi", "show", *OCTOBER, "--json").json_lines()
    everything = kpis.ok("kpi", "show", *OCTOBER, "--all", "--json").json_lines()

    assert [row["figure"] for row in headline] == [
        name for name, one in DEFINITIONS.items() if one.is_headline
    ]
    assert {row["figure"] for row in everything} == set(DEFINITIONS)


def test_of_many_figures_those_without_the_window_take_their_own(
    kpis: Terminal,
) -> None:
    asked = ("kpi", "show", *OCTOBER, "--by", "placed", "--json")

    windows = {row["figure"]: row["by"] for row in kpis.ok(*asked).json_lines()}

    assert windows["on_time_delivery"] == windows["order_cycle_time"] == "placed"
    assert windows["inventory_turnover"] is None


def test_of_many_figures_those_that_cannot_be_grouped_so_are_named(
    kpis: Terminal,
) -> None:
    typed = kpis.ok("kpi", "show", *OCTOBER, "--group-by", "carrier", "--json")

    assert "cannot be grouped so: inventory_turnover" in typed.err
    assert "on_time_delivery" in {row["figure"] for row in typed.json_lines()}


def test_what_happened_later_is_not_known(kpis: Terminal) -> None:
    asked = ("kpi", "show", *CYCLE_TIME, *OCTOBER, "--json")

    then = kpis.ok(*asked, "--as-of", "2026-10-15").json()
    now = kpis.ok(*asked).json()

    assert (then["n"], now["n"]) == (2, 3)
    assert then["as_of"] == "2026-10-16T00:00:00Z"


def test_on_time_by_the_instant_is_another_figure(kpis: Terminal) -> None:
    asked = ("kpi", "show", *ON_TIME, *OCTOBER, "--json")

    by_day = kpis.ok(*asked).json()
    by_instant = kpis.ok(*asked, "--on-time-by", "instant").json()

    assert by_day["choices"] != by_instant["choices"]


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--from", "2026-10-20", "--to", "2026-10-10"), "--to"),
        (("--from", "2026-12-01", "--to", "2026-12-31"), "--to"),
        (("--from", "2027-01-01"), "--from"),
        (("--from", "yesteryear"), "--from"),
        (("--from", "2026-13"), "--from"),
        (("--from", "20261001"), "--from"),
        (("--zone", "Europe/Atlantis"), "--zone"),
        (("--as-of", "2027-01-01"), "--as-of"),
        (("--as-of", "2026-10-31T10:00"), "--as-of"),
        ((*ON_TIME, "--group-by", "sku"), "--group-by"),
        (("--figure", "inventory_turnover", "--group-by", "carrier"), "--group-by"),
        (("--figure", "inventory_turnover", "--by", "placed"), "--by"),
        (("--figure", "on_time_shipment", "--by", "delivered"), "--by"),
        (("--by", "shipped"), "--by"),
    ],
)
def test_a_wrong_choice_is_a_usage_error_that_names_its_option(
    kpis: Terminal, arguments: tuple[str, ...], option: str
) -> None:
    typed = kpis.type("kpi", "show", *arguments)

    assert typed.exit_code == 2
    assert option in typed.err
    assert typed.out == ""


def test_a_source_can_be_left_out_and_still_be_asked_for(kpis: Terminal) -> None:
    url = kpis.surroundings.database_url
    on_demo = PastOrder(number="9", placed_at=october(7), source="demo")
    remember(url, replace(on_demo, delivered_at=october(8)), import_id="h2")
    asked = ("kpi", "show", *CYCLE_TIME, *OCTOBER, "--json")
    counted = kpis.ok(*asked).json()

    kpis.ok("kpi", "leave-out", "demo", "--reason", "orders of the demo")

    left_out = kpis.ok(*asked).json()
    asked_for = kpis.ok(*asked, "--source", "demo").json()
    assert (counted["n"], left_out["n"], asked_for["n"]) == (4, 3, 1)
    assert left_out["excluded"]["left_out_source"] == 1
    assert "kpi sources" in kpis.ok("kpi", "show", *CYCLE_TIME, *OCTOBER).err
    assert kpis.ok("kpi", "sources", "--json").json_lines() == [
        {
            "source": "demo",
            "orders": 1,
            "is_left_out": True,
            "reason": "orders of the demo",
        },
        {"source": "shop", "orders": 5, "is_left_out": False, "reason": None},
    ]

    kpis.ok("kpi", "count-in", "demo")

    assert kpis.ok(*asked).json()["n"] == 4


def test_what_is_not_left_out_cannot_be_counted_in(kpis: Terminal) -> None:
    assert kpis.type("kpi", "count-in", "shop").exit_code == 3
    assert kpis.type("kpi", "leave-out", "No Name", "--reason", "x").exit_code == 4
    assert kpis.type("kpi", "leave-out", "shop").exit_code == 2


def test_a_shop_without_orders_is_no_error(terminal: Terminal) -> None:
    typed = terminal.ok("kpi", "show", *ON_TIME)

    assert "not measured" in typed.out
    assert "no order belongs to the period" in typed.err
