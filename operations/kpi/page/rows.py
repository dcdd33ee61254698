"""Reading the rows of a report: plain mappings, whose cells may be missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Row = Mapping[str, object]

NUMBERS = ("p50", "rate", "value")
NO_ROW: Row = {}


def text(row: Row, name: str) -> str:
    """Return a cell as text; empty if there is none."""
    value = row.get(name)
    return "" if value is None else str(value)


def number(row: Row, name: str) -> float | None:
    """Return a cell as a number, None if it is none."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def part(row: Row, name: str) -> Row:
    """Return a cell that is a mapping itself; an empty one if it is none."""
    value = row.get(name)
    return value if isinstance(value, Mapping) else NO_ROW


def parts(row: Row, name: str) -> list[Row]:
    """Return the mappings of a cell that is a list."""
    value = row.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [each for each in value if isinstance(each, Mapping)]


def listed(row: Row, name: str) -> list[str]:
    """Return the texts of a cell that is a list."""
    value = row.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [str(each) for each in value]


def numbers(row: Row, name: str) -> list[float]:
    """Return the numbers of a cell that is a list of nothing else."""
    value = row.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    known = [float(each) for each in value if isinstance(each, int | float)]
    return known if len(known) == len(value) else []


def main_number(row: Row) -> float | None:
    """Return the number a manager looks at: the median, the rate or the value."""
    found = (number(row, name) for name in NUMBERS)
    return next((value for value in found if value is not None), None)


def is_whole(row: Row) -> bool:
    """Say whether a row is about everything, not about a group."""
    return not part(row, "group")


def is_measured(row: Row) -> bool:
    """Say whether a row has a number."""
    return main_number(row) is not None


def only_whole(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that are about everything."""
    return [row for row in rows if is_whole(row)]
