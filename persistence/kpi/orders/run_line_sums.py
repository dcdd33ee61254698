"""Adding up the lines of an order that ran here.

A line is an article, or a bundle of parts: then it has as many units as its scarcest
part allows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.kpi.facts import LineSums
from domain.kpi.measuring import only_one
from persistence.kpi.orders.instants import instant_of
from persistence.kpi.orders.run_lines import LinePart, RunLines


@dataclass(frozen=True, slots=True, kw_only=True)
class HowOrdered:
    """What else of the order its lines depend on.

    `was_tried` says that stock was sought for it, `is_cancelled_by_us` that what was
    taken off the lines is our fault.
    """

    was_tried: bool
    is_cancelled_by_us: bool
    by_category: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line the customer ordered, in its own units."""

    category: str | None
    warehouse: str | None
    delivered_at: datetime | None
    wanted: int
    at_first: int
    shipped: int
    returned: int
    is_substituted: bool


def sum_run_lines(lines: RunLines, how: HowOrdered) -> tuple[LineSums, ...]:
    """Return the sums of an order's lines; substitutes fill none of them."""
    groups: dict[tuple[object, ...], list[_Line]] = defaultdict(list)
    for line in _lines(lines, how):
        key = (line.category, line.warehouse, line.delivered_at)
        groups[key].append(line)
    return tuple(_sums(group) for group in groups.values())


def _sums(lines: Sequence[_Line]) -> LineSums:
    any_line = lines[0]
    return LineSums(
        category=any_line.category,
        warehouse=any_line.warehouse,
        delivered_at=any_line.delivered_at,
        lines=len(lines),
        units_ordered=sum(line.wanted for line in lines),
        lines_cancelled=sum(line.wanted == 0 for line in lines),
        lines_filled_first=sum(0 < line.wanted <= line.at_first for line in lines),
        units_filled_first=sum(line.at_first for line in lines),
        lines_filled=sum(0 < line.wanted <= line.shipped for line in lines),
        units_shipped=sum(line.shipped for line in lines),
        lines_rejected=sum(line.returned > 0 for line in lines),
        units_rejected=sum(line.returned for line in lines),
        lines_substituted=sum(line.is_substituted for line in lines),
    )


def _lines(lines: RunLines, how: HowOrdered) -> Iterator[_Line]:
    by_line: dict[int, list[LinePart]] = defaultdict(list)
    instead: dict[int, int] = defaultdict(int)
    for part in lines.parts:
        if part.substitutes_line_no is None:
            by_line[part.line_no].append(part)
        else:
            units = part.quantity - part.cancelled_quantity
            instead[part.substitutes_line_no] += units
    returned = Counter(lines.returned)
    for parts in by_line.values():
        line = _line(parts, instead[parts[0].line_no], lines, how)
        yield replace(line, returned=_take_returned(returned, parts, line.shipped))


def _take_returned(
    returned: Counter[str], parts: Sequence[LinePart], shipped: int
) -> int:
    """Return the units of a line that came back; two lines do not get the same unit.

    A bundle came back if all of its parts did.
    """
    units = min(returned[part.sku or ""] // part.quantity_per_unit for part in parts)
    units = min(units, shipped)
    for part in parts:
        returned[part.sku or ""] -= units * part.quantity_per_unit
    return units


def _line(
    parts: Sequence[LinePart], substituted: int, lines: RunLines, how: HowOrdered
) -> _Line:
    any_part = parts[0]
    taken_off = max(any_part.cancelled_quantity - substituted, 0)
    ours = lines.never_there.get(any_part.line_no, 0)
    not_wanted = 0 if how.is_cancelled_by_us else max(taken_off - ours, 0)
    wanted = any_part.quantity - not_wanted
    missing = max(_missing(part, lines) for part in parts)
    at_first = min(wanted, any_part.quantity - missing) if how.was_tried else 0
    shipped = min(part.shipped // part.quantity_per_unit for part in parts)
    return _Line(
        category=any_part.category if how.by_category else None,
        warehouse=only_one(
            name
            for part in parts
            for name in (part.first_warehouse, part.last_warehouse)
        ),
        delivered_at=_delivered_at(parts, lines),
        wanted=wanted,
        at_first=max(at_first, 0),
        shipped=min(shipped, wanted),
        returned=0,
        is_substituted=substituted > 0,
    )


def _missing(part: LinePart, lines: RunLines) -> int:
    """Return the units of the line that lacked a part at first, begun ones included."""
    units = lines.missing_first.get((part.line_no, part.sku or ""), 0)
    return -(-units // part.quantity_per_unit)


def _delivered_at(parts: Sequence[LinePart], lines: RunLines) -> datetime | None:
    """Return when the last unit of a line came; None as long as one is owed."""
    is_owed = parts[0].line_no in lines.open_lines
    if is_owed or any(part.underway or not part.delivered_at for part in parts):
        return None
    return max(at for part in parts if (at := instant_of(part.delivered_at)))
