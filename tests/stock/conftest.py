"""A fresh database for each example of a test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.databases import (
    PostgresqlDatabases,
    copied_sqlite_file,
    sqlite_url,
)

# Call it for a database's address and for what gives the database back.
FreshDatabase = Callable[[], tuple[str, Callable[[], None]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> FreshDatabase:
    """Have as many migrated databases as asked for, one after the other."""
    numbers = itertools.count()
    if request.param == "postgresql":
        databases: PostgresqlDatabases = request.getfixturevalue(
            "_postgresql_databases"
        )

        def from_server() -> tuple[str, Callable[[], None]]:
            kept = ExitStack()
            return kept.enter_context(databases.copy()), kept.close

        return from_server
    template: Path = request.getfixturevalue("_sqlite_template")

    def from_file() -> tuple[str, Callable[[], None]]:
        directory = tmp_path / str(next(numbers))
        directory.mkdir()
        path = copied_sqlite_file(template, directory)
        return sqlite_url(path), path.unlink

    return from_file
