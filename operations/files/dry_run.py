"""One transaction that is either kept or, for a dry run, given up at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from persistence.database import Database


class _GivenUp(Exception):
    pass


@contextmanager
def transaction(database: Database, *, dry_run: bool) -> Iterator[Connection]:
    """Run one write transaction; a dry run does the same and keeps nothing."""
    try:
        with database.write() as connection:
            yield connection
            if dry_run:
                raise _GivenUp
    except _GivenUp:
        return
