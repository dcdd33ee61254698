"""Inserts that settle conflicts, in the dialect of the connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows that are not there yet."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)
    else:
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)


def insert_or_replace(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows; where the key is there, replace the given columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    changed = [name for name in rows[0] if name not in keys]
    if connection.dialect.name == "postgresql":
        upsert = postgresql.insert(table)
        connection.execute(
            upsert.on_conflict_do_update(
                index_elements=keys,
                set_={name: upsert.excluded[name] for name in changed},
            ),
            rows,
        )
    else:
        replace = sqlite.insert(table)
        connection.execute(
            replace.on_conflict_do_update(
                index_elements=keys,
                set_={name: replace.excluded[name] for name in changed},
            ),
            rows,
        )
