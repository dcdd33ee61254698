"""The tables of the page: areas, groups, and what could not be measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from operations.kpi.page.figures import NO_NUMBER, FigureOnPage, figure_on_page
from operations.kpi.page.rows import Row, is_measured, is_whole, main_number, part, text
from operations.kpi.page.words import area_words, plain_words

# More columns than these do not fit on a sheet; the rest goes below.
GROUPS_ACROSS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaOnPage:
    """The figures of one area."""

    heading: str
    figures: tuple[FigureOnPage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """One figure and its number in each group, with the n behind it."""

    title: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """The figures of some groups of a dimension, side by side."""

    heading: str
    groups: tuple[str, ...]
    lines: tuple[GroupLine, ...]


def areas_on_page(rows: Iterable[Row]) -> list[AreaOnPage]:
    """Put the measured rows under the headings of their areas."""
    measured = [row for row in rows if is_whole(row) and is_measured(row)]
    names = list(dict.fromkeys(text(row, "area") for row in measured))
    return [
        AreaOnPage(
            heading=area_words(name),
            figures=tuple(
                figure_on_page(row) for row in measured if text(row, "area") == name
            ),
        )
        for name in names
    ]


def unmeasured_on_page(rows: Iterable[Row]) -> list[FigureOnPage]:
    """Return the figures without a number, each with the reason."""
    return [
        figure_on_page(row) for row in rows if is_whole(row) and not is_measured(row)
    ]


def group_tables(rows: Iterable[Row]) -> list[GroupTable]:
    """Compare groups: a table for each dimension, or for each pair of them."""
    grouped = [row for row in rows if not is_whole(row)]
    dimensions = list(dict.fromkeys(_dimensions(row) for row in grouped))
    return [
        table
        for dimension in dimensions
        for table in _tables_of([r for r in grouped if _dimensions(r) == dimension])
    ]


def _tables_of(rows: Sequence[Row]) -> list[GroupTable]:
    heading = "By " + " and ".join(plain_words(name) for name in _dimensions(rows[0]))
    groups = sorted({_group(row) for row in rows})
    return [
        _table(heading, groups[first : first + GROUPS_ACROSS], rows)
        for first in range(0, len(groups), GROUPS_ACROSS)
    ]


def _table(heading: str, groups: Sequence[str], rows: Sequence[Row]) -> GroupTable:
    lines = [
        _line(list(mine), groups)
        for _, mine in groupby(rows, key=lambda row: text(row, "figure"))
    ]
    return GroupTable(heading=heading, groups=tuple(groups), lines=tuple(lines))


def _line(rows: Sequence[Row], groups: Sequence[str]) -> GroupLine:
    # All groups of a figure are told in one unit.
    largest = max(rows, key=lambda row: main_number(row) or 0.0)
    of_group = {_group(row): figure_on_page(row, like=largest) for row in rows}
    cells = [of_group.get(group) for group in groups]
    return GroupLine(
        title=next(iter(of_group.values())).title,
        cells=tuple((one.main, one.n) if one else (NO_NUMBER, "") for one in cells),
    )


def _dimensions(row: Row) -> tuple[str, ...]:
    return tuple(part(row, "group"))


def _group(row: Row) -> str:
    return ", ".join(str(value) for value in part(row, "group").values())
