"""The parts of a report: its sections, and the rows that its run keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.kpi.catalogue import DEFINITIONS, ORDER_FIGURES
from domain.kpi.definitions import Area
from domain.kpi.question import Dimension
from messages.kpi_report import FigureRow

# A run keeps its figures in its history, where a large answer is costly.
LARGEST_ANSWER = 400_000
# The row of the whole says these of all groups.
_SAID_BY_THE_WHOLE = frozenset({"definition", "choices"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report that is computed and stored at once."""

    name: str
    figures: tuple[str, ...]
    group_by: tuple[Dimension, ...] = ()


def sections() -> tuple[Section, ...]:
    """Return the sections of every report: the areas, then the groups."""
    areas = (
        Section(
            name=area,
            figures=tuple(n for n, one in DEFINITIONS.items() if one.area is area),
        )
        for area in Area
    )
    headlines = tuple(name for name, one in DEFINITIONS.items() if one.is_headline)
    # Neither stock nor the floor knows through which channel an order came.
    of_orders = tuple(name for name in headlines if name in ORDER_FIGURES)
    return (
        *areas,
        Section(
            name=Dimension.WAREHOUSE,
            figures=headlines,
            group_by=(Dimension.WAREHOUSE,),
        ),
        Section(
            name=Dimension.CHANNEL, figures=of_orders, group_by=(Dimension.CHANNEL,)
        ),
    )


def within_limit(rows: Sequence[FigureRow]) -> tuple[FigureRow, ...]:
    """Return the rows of everything first, then those of groups, as many as fit."""
    return tuple(_taken(sorted(rows, key=lambda row: bool(row["group"]))))


def _taken(rows: Sequence[FigureRow]) -> Iterator[FigureRow]:
    size = 0
    for row in rows:
        left = _SAID_BY_THE_WHOLE if row["group"] else ()
        told = {key: value for key, value in row.items() if key not in left}
        size += len(json.dumps(told))
        if size > LARGEST_ANSWER:
            return
        yield told
