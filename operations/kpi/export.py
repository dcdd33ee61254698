"""Figures as files: a flat table, JSON lines, or the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from domain.kpi.question import Dimension
from operations.kpi.page.rows import Row, listed, number, part, text

NUMBERS = (
    *("n", "mean", "p50", "p90", "p95", "p99"),
    *("numerator", "denominator", "rate", "value"),
)
_HEADING = ("figure", "title", "area")
_ASKED = ("from", "to", "by", "zone", "as_of", "grain", "unit")
_LIMITS = ("target", "warning", "alarm")
COLUMNS = (
    *_HEADING,
    "version",
    *_ASKED,
    *NUMBERS,
    "interval_low",
    "interval_high",
    "currency",
    "weak",
    "excluded",
    "excluded_by_reason",
    "not_measured",
    "statistic",
    *_LIMITS,
    "level",
    "says",
)
# What a spreadsheet would take for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(StrEnum):
    """Kinds of files that figures are exported to."""

    CSV = "csv"
    JSON = "json"
    HTML = "html"


def csv_of(rows: Iterable[Row], group_by: Sequence[Dimension] = ()) -> str:
    """Write a line for each figure and group; dimensions are columns at the end."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([*COLUMNS, *(each.value for each in group_by)])
    for row in rows:
        flat = dict(_flat(row))
        groups = part(row, "group")
        writer.writerow(
            [_cell(flat.get(name)) for name in COLUMNS]
            + [_cell(groups.get(each.value)) for each in group_by]
        )
    return stream.getvalue()


def json_lines_of(rows: Iterable[Row]) -> str:
    """Write one object a line."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _flat(row: Row) -> Iterator[tuple[str, object]]:
    for name in (*_HEADING, *_ASKED, "currency", "not_measured"):
        yield name, text(row, name)
    for name in NUMBERS:
        yield name, number(row, name)
    definition, target = part(row, "definition"), part(row, "target")
    yield "version", number(definition, "version")
    yield "says", text(definition, "says")
    interval = row.get("interval")
    if isinstance(interval, list):
        yield from zip(("interval_low", "interval_high"), interval, strict=True)
    yield "weak", " ".join(listed(row, "weak"))
    excluded = part(row, "excluded")
    yield "excluded", sum(number(excluded, reason) or 0 for reason in excluded)
    yield (
        "excluded_by_reason",
        "; ".join(f"{reason}={count}" for reason, count in excluded.items()),
    )
    for name in ("statistic", "level"):
        yield name, text(target, name)
    for name in _LIMITS:
        yield name, number(target, name)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:.10g}"
    told = str(value)
    return f"'{told}" if told.startswith(_FORMULA_STARTS) else told
