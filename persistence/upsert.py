"""Inserts that settle conflicts, in the dialect of the connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

POSTGRESQL = "postgresql"


def insert_or_ignore(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows that are not there yet."""
    if rows:
        connection.execute(_ignoring(connection.dialect.name, table), rows)


def insert_or_replace(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows; where the key is there, replace the given columns."""
    if rows:
        changing = _replacing(connection.dialect.name, table, tuple(rows[0]))
        connection.execute(changing, rows)


# Building a statement costs as much as running it, so each is built once.
@cache
def _ignoring(dialect: str, table: Table) -> Insert:
    if dialect == POSTGRESQL:
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def _replacing(dialect: str, table: Table, given: tuple[str, ...]) -> Insert:
    keys = [column.name for column in table.primary_key]
    changed = [name for name in given if name not in keys]
    if dialect == POSTGRESQL:
        upsert = postgresql.insert(table)
        return upsert.on_conflict_do_update(
            index_elements=keys, set_={name: upsert.excluded[name] for name in changed}
        )
    replace = sqlite.insert(table)
    return replace.on_conflict_do_update(
        index_elements=keys, set_={name: replace.excluded[name] for name in changed}
    )
