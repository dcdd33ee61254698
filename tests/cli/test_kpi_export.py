"""Figures as files: for a spreadsheet, for another program, to print."""

from __future__ import annotations

import csv
import io
import json

import pytest

from domain.kpi.catalogue import DEFINITIONS
from tests.cli.kpi_shop import OCTOBER, kpis
from tests.cli.past_orders import PastOrder, october, remember
from tests.cli.terminal import Terminal

__all__ = ["kpis"]

EXPORT = ("kpi", "export", *OCTOBER)
ON_TIME = ("--figure", "on_time_delivery")


def read(kpis: Terminal, name: str) -> str:
    return (kpis.directory / name).read_text("utf-8")


def table(kpis: Terminal) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(kpis, "kpi.csv"))))


def test_a_table_has_a_line_for_each_figure_with_its_limits(kpis: Terminal) -> None:
    typed = kpis.ok(*EXPORT, "--all", "--out", "kpi.csv")

    rows = {
        row["figure"]: row for row in csv.DictReader(io.StringIO(read(kpis, "kpi.csv")))
    }
    assert set(rows) == set(DEFINITIONS)
    on_time = rows["on_time_delivery"]
    assert (on_time["rate"], on_time["numerator"], on_time["n"]) == ("0.5", "2", "4")
    assert (on_time["excluded"], on_time["excluded_by_reason"]) == ("1", "cancelled=1")
    assert (on_time["statistic"], on_time["target"], on_time["level"]) == (
        "rate",
        "0.95",
        "alarm",
    )
    assert on_time["says"] == DEFINITIONS["on_time_delivery"].says
    assert rows["order_cycle_time"]["p50"] == "48"
    assert rows["inventory_turnover"]["not_measured"]
    assert f"kpi.csv: {len(DEFINITIONS)} rows" in typed.out


def test_the_dimensions_of_a_table_are_columns(kpis: Terminal) -> None:
    kpis.ok(*EXPORT, *ON_TIME, "--group-by", "carrier", "--out", "kpi.csv")

    rows = table(kpis)
    assert {row["carrier"]: row["rate"] for row in rows} == {
        "post": "0.5",
        "swift": "0.5",
    }


def test_what_a_spreadsheet_would_compute_is_kept_as_text(kpis: Terminal) -> None:
    trap = PastOrder(
        number="9",
        placed_at=october(7),
        delivered_at=october(8),
        carrier="=1+1",
    )
    remember(kpis.surroundings.database_url, trap, import_id="h2")

    cycle_time = ("--figure", "order_cycle_time", "--group-by", "carrier")
    kpis.ok(*EXPORT, *cycle_time, "--out", "kpi.csv")

    assert "'=1+1" in read(kpis, "kpi.csv")


def test_json_has_one_object_a_figure_with_its_trend(kpis: Terminal) -> None:
    written = kpis.ok(*EXPORT, "--format", "json", "--out", "k.json", "--json").json()

    rows = [json.loads(line) for line in read(kpis, "k.json").splitlines()]
    headline = [name for name, one in DEFINITIONS.items() if one.is_headline]
    assert [row["figure"] for row in rows] == headline
    assert all("definition" in row for row in rows)
    assert "trend" in rows[0]
    assert written == {"path": "k.json", "format": "json", "rows": len(rows)}


def test_the_page_has_the_figures_and_a_table_for_each_dimension(
    kpis: Terminal,
) -> None:
    kpis.ok(*EXPORT, "--format", "html", "--group-by", "carrier", "--out", "kpi.html")

    page = read(kpis, "kpi.html")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "On-time delivery" in page
    assert "By carrier" in page
    assert "swift" in page


def test_a_dash_writes_to_stdout(kpis: Terminal) -> None:
    typed = kpis.ok(*EXPORT, *ON_TIME, "--format", "json", "--out", "-")

    assert typed.json()["figure"] == "on_time_delivery"
    assert "1 rows" in typed.err


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--out", "nowhere/kpi.csv"), "--out"),
        ((), "--out"),
        (("--out", "k.pdf", "--format", "pdf"), "--format"),
        (("--out", "k.csv", "--figure", "on_tim"), "FIGURE"),
    ],
)
def test_a_wrong_choice_names_its_option(
    kpis: Terminal, arguments: tuple[str, ...], option: str
) -> None:
    typed = kpis.type(*EXPORT, *arguments)

    assert (typed.exit_code, option in typed.err) == (2, True)
    assert list(kpis.directory.iterdir()) == []
