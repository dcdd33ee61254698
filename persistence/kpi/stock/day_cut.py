"""Cutting local days in SQL: alike on both databases, and without a join.

An instant as text is cut off so that what is left is of one local day: after the date
where days begin at midnight UTC, after the hour in most other zones.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.calendars import local_instant
from persistence.kpi.scanning import scanned

BEFORE = -1  # the day of all that happened before the first
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_START_OF_ALL = "2000-01-01T00:00:00.000000"
# A day, an hour, ten minutes, a minute, a second: most zones' days begin on hours.
_LENGTHS = (10, 13, 15, 16, 19, len(_START_OF_ALL))


class _InstantAsText(FunctionElement[str]):
    """An instant in UTC as text, `YYYY-MM-DDTHH:MM:SS.ffffff` and maybe more."""

    type = String()
    inherit_cache = True
    name = "instant_as_text"


@compiles(_InstantAsText)
def _stored_as_text(element: _InstantAsText, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(_InstantAsText, "postgresql")
def _on_postgresql(element: _InstantAsText, compiler: SQLCompiler, **how: Any) -> str:
    instant = compiler.process(element.clauses, **how)
    return f"to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCut:
    """Local days of a zone up to an instant, and how SQL tells them apart.

    `boundaries` are the starts of the days and the end of the last; so many characters
    of an instant as text (`length`) say between which of them it lies.
    """

    starts_at: datetime
    # Of what happens from here on nothing is known, or it is after the last day.
    ends_at: datetime
    boundaries: tuple[datetime, ...]
    length: int

    def piece(self, instant: ColumnElement[datetime]) -> ColumnElement[str]:
        """Return the piece of time of an instant, which `day_of` understands."""
        return func.substr(_InstantAsText(instant), 1, self.length, type_=String())

    def is_known(self, instant: ColumnElement[datetime]) -> ColumnElement[bool]:
        """Return whether it happened before the end, looking at every row."""
        return scanned(instant) < literal(self.ends_at, instant.type)

    def day_of(self, piece: str) -> int:
        """Return the number of a piece's day, the first day's being 0."""
        moment = datetime.fromisoformat(f"{piece}{_START_OF_ALL[len(piece) :]}+00:00")
        return max(bisect_right(self.boundaries, moment) - 1, BEFORE)


def day_cut(first_day: date, last_day: date, zone: str, as_of: datetime) -> DayCut:
    """Cut the days from the first to the last, as far as they are known."""
    count = (last_day - first_day).days + 1
    boundaries = tuple(
        local_instant(first_day + n * _DAY, time(), zone) for n in range(count + 1)
    )
    return DayCut(
        starts_at=boundaries[0],
        ends_at=min(boundaries[-1], as_of + _MICROSECOND),
        boundaries=boundaries,
        length=max(map(_length, boundaries)),
    )


def _length(boundary: datetime) -> int:
    """Return how much of the instant's text is needed to tell before from after."""
    text = boundary.astimezone(UTC).isoformat(timespec="microseconds")
    return next(
        length
        for length in _LENGTHS
        if text[length : len(_START_OF_ALL)] == _START_OF_ALL[length:]
    )
