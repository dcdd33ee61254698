"""From a figure to the orders behind it, and from an order to its events."""

from __future__ import annotations

import pytest

from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.definitions import Area
from tests.cli.kpi_shop import OCTOBER, kpis
from tests.cli.terminal import Terminal

__all__ = ["kpis"]

ON_TIME = ("kpi", "drill", "on_time_delivery", *OCTOBER)


def test_every_order_behind_a_figure_is_told_with_what_it_counts_for(
    kpis: Terminal,
) -> None:
    rows = kpis.ok(*ON_TIME, "--json").json_lines()

    assert {row["order_id"]: row["counts"] for row in rows} == {
        "shop-1": "counted",
        "shop-2": "counted",
        "shop-3": "missed",
        "shop-4": "missed",
        "shop-5": "excluded",
    }
    [left_out] = [row for row in rows if row["counts"] == "excluded"]
    assert (left_out["reason"], left_out["value"]) == ("cancelled", None)
    assert rows[0]["figure"] == "on_time_delivery"


def test_only_the_misses_are_shown_if_wanted(kpis: Terminal) -> None:
    typed = kpis.ok(*ON_TIME, "--missed")

    header, *rows = typed.out.splitlines()
    assert header == "order_id\tgroup\tcounts\tvalue\treason\tat"
    assert [row.split("\t")[0] for row in rows] == ["shop-3", "shop-4"]


def test_only_what_is_excluded_for_a_reason_is_shown_if_wanted(kpis: Terminal) -> None:
    asked = ("kpi", "drill", "order_cycle_time", *OCTOBER, "--json")

    excluded = kpis.ok(*asked, "--excluded").json_lines()
    cancelled = kpis.ok(*asked, "--reason", "cancelled").json_lines()
    counted = kpis.ok(*asked, "--counted").json_lines()

    assert {row["order_id"] for row in excluded} == {"shop-4", "shop-5"}
    assert {row["order_id"] for row in cancelled} == {"shop-5"}
    assert [row["value"] for row in counted] == [144.0, 48.0, 30.0]


def test_values_are_told_in_the_unit_of_the_figure(kpis: Terminal) -> None:
    shown = kpis.ok("kpi", "drill", "order_cycle_time", *OCTOBER, "--counted").out

    assert "shop-3\t\tcounted\t6 days\t\t2026-10-16 12:00:00" in shown.splitlines()


def test_a_long_list_is_cut_and_says_how_long_it_is(kpis: Terminal) -> None:
    typed = kpis.ok(*ON_TIME, "--limit", "2")

    assert len(typed.out.splitlines()) == 3
    assert "2 of 5; --limit 5 shows all" in typed.err


def test_groups_are_told_with_each_order(kpis: Terminal) -> None:
    rows = kpis.ok(*ON_TIME, "--group-by", "carrier", "--missed", "--json").json_lines()

    assert {row["order_id"]: row["group"] for row in rows} == {
        "shop-3": {"carrier": "post"},
        "shop-4": {"carrier": "swift"},
    }


def test_the_last_words_lead_to_an_order_and_its_events(kpis: Terminal) -> None:
    typed = kpis.ok(*ON_TIME, "--missed")

    command = typed.err.splitlines()[-1].partition(": orderwright ")[2].split()
    timeline = kpis.ok(*command).out

    assert command == ["order", "timeline", "shop-3"]
    assert "the shipment was delivered" in timeline


def test_nothing_behind_a_figure_is_said(kpis: Terminal) -> None:
    typed = kpis.ok(*ON_TIME, "--reason", "negative")

    assert "no order stands behind it" in typed.err


@pytest.mark.parametrize("area", Area)
def test_a_figure_of_every_area_can_be_drilled_into(kpis: Terminal, area: Area) -> None:
    name = next(name for name, one in DEFINITIONS.items() if one.area is area)

    rows = kpis.ok("kpi", "drill", name, *OCTOBER, "--json").json_lines()

    assert all(row["figure"] == name and row["order_id"] for row in rows)


def test_a_wrong_choice_names_its_option(kpis: Terminal) -> None:
    typed = kpis.type("kpi", "drill", "inventory_turnover", "--by", "placed")

    assert (typed.exit_code, "--by" in typed.err) == (2, True)
