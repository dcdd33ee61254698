"""Reading the database as of one moment while orders move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from persistence.database import Database


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """Read in one transaction that sees one moment, and holds up no writer."""
    with database.read() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            )
        yield connection
