"""Rows and pages made by hand, in the shape in which figures are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as Tree

from operations.kpi.page import KpiPage
from operations.kpi.page.rows import Row

FIRST_MONDAY = date(2026, 9, 28)
MADE_AT = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
TIMES: Row = {"mean": 61.0, "p50": 57.6, "p90": 102.0, "p95": 120.0, "p99": 170.0}


def row(
    name: str, title: str, unit: str, numbers: Row, **other: object
) -> dict[str, object]:
    """Make a row; `other` replaces its cells."""
    return {
        "figure": name,
        "title": title,
        "area": "time",
        "definition": {
            "version": 3,
            "says": f"Says what {title} counts.",
            "clock_starts": "the order is placed",
            "clock_stops": "it is delivered",
            "numerator": None,
            "denominator": "delivered orders",
            "windows": ["placed", "delivered"],
            "source": "a handbook",
        },
        "from": "2026-09-28",
        "to": "2026-11-22",
        "by": "placed",
        "zone": "Europe/Berlin",
        "as_of": "2026-11-23T08:00:00Z",
        "grain": "order",
        "unit": unit,
        "group": {},
        "n": 2412,
        **numbers,
        "excluded": {},
        "choices": {},
        "details": {},
        "not_measured": None,
        "target": None,
        **other,
    }


def cycle_time(**other: object) -> dict[str, object]:
    """Make the row of the order cycle time."""
    return row("order_cycle_time", "Order cycle time", "hours", TIMES, **other)


def on_time(rate: float = 0.955, **other: object) -> dict[str, object]:
    """Make the row of on-time delivery."""
    numbers = {"rate": rate, "interval": [0.946, 0.963]}
    cells = {"area": "on_time", "by": "due", **other}
    return row("on_time_delivery", "On-time delivery", "rate", numbers, **cells)


def target(level: str = "within", **other: object) -> dict[str, object]:
    """Make the target of a rate."""
    return {
        "statistic": "rate",
        "target": 0.97,
        "warning": 0.96,
        "alarm": 0.94,
        "higher_is_better": True,
        "owner_role": "operations_manager",
        "level": level,
        **other,
    }


def trend(name: str, values: Sequence[float | None]) -> list[Mapping[str, object]]:
    """Make a part for each week; None is a week without a number."""
    weeks = [FIRST_MONDAY + timedelta(weeks=n) for n in range(len(values))]
    return [
        {
            "from": week.isoformat(),
            "to": (week + timedelta(days=6)).isoformat(),
            "n": 300,
            **({} if value is None else {name: value}),
        }
        for week, value in zip(weeks, values, strict=True)
    ]


def page(*rows: Row, **other: object) -> KpiPage:
    """Make a page of rows; `other` replaces its fields."""
    fields = {
        "title": "Fulfillment report",
        "subtitle": "28 September to 22 November 2026",
        "zone": "Europe/Berlin",
        "made_at": MADE_AT,
        "as_of": datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        "rows": rows,
        **other,
    }
    return KpiPage(**fields)  # type: ignore[arg-type]


def charts_in(html: str) -> list[Tree.Element]:
    """Read every SVG of a page as XML; fails if one is not well-formed."""
    return [
        Tree.fromstring("<svg" + each.split("</svg>")[0] + "</svg>")
        for each in html.split("<svg")[1:]
    ]


def words_in(chart: Tree.Element) -> list[str]:
    """Return what is written in a chart."""
    return [each.text or "" for each in chart.iter("text")]
