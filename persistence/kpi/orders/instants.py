"""Instants as the database keeps them: they sort as they are, and are parsed once.

A column's own type would parse every row; most rows only lose to a later one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, String, type_coerce

# Text on SQLite, an aware datetime on PostgreSQL: either sorts by time.
RawInstant = str | datetime


def raw(column: ColumnElement[datetime]) -> ColumnElement[str]:
    """Return a column of instants as the database keeps it."""
    return type_coerce(column, String)


def instant_of(kept: RawInstant | None) -> datetime | None:
    """Return the UTC instant that the database keeps so."""
    return None if kept is None else known_instant(kept)


def known_instant(kept: RawInstant) -> datetime:
    """Return the UTC instant of a column that is never empty."""
    if isinstance(kept, str):
        # It is kept in UTC, so there is nothing to convert.
        return datetime.fromisoformat(kept)
    return kept.astimezone(UTC)
