"""Fresh databases for single tests: migrated once, then copied."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from config.postgresql_binaries import (
    WHEEL,
    WHEEL_VERSION,
    binaries_on_machine,
    find_binaries,
    server_user,
)
from config.throwaway_postgresql import ThrowawayPostgresql
from persistence.migrations import upgrade
from persistence.tables import metadata

GIVEN_SERVER = "ORDERWRIGHT_TEST_DATABASE_URL"
_CUT_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_COUNT_FROM_ONE = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"


def sqlite_url(path: Path) -> str:
    """Return the SQLAlchemy address of a SQLite file."""
    return f"sqlite:///{path}"


def migrated_sqlite_file(directory: Path) -> Path:
    """Migrate a new file and fold its write-ahead log into it."""
    path = directory / "template.db"
    upgrade(sqlite_url(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def copied_sqlite_file(template: Path, directory: Path) -> Path:
    """Copy a migrated file for one test."""
    path = directory / "orderwright.db"
    shutil.copyfile(template, path)
    return path


class PostgresqlDatabases:
    """Databases on one server, each a copy of one that was migrated once.

    A copy takes most of a second, so a test's database is emptied for the next test.
    """

    def __init__(self, server_url: str) -> None:
        """Keep the address of a database on a server that may create others."""
        self._server = make_url(server_url)
        self._template = f"orderwright_template_{uuid.uuid4().hex[:8]}"
        self._emptied: list[str] = []

    @contextmanager
    def migrated(self) -> Iterator[None]:
        """Have the migrated template for as long as this lasts."""
        self._run("CREATE DATABASE {}", self._template)
        try:
            upgrade(self._url(self._template))
            yield
        finally:
            for name in (*self._emptied, self._template):
                self._run("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Have a migrated database without rows; yields its SQLAlchemy address."""
        name = self._emptied.pop() if self._emptied else self._new()
        try:
            yield self._url(name)
        finally:
            self._give_back(name)

    @contextmanager
    def bare(self) -> Iterator[str]:
        """Have a database without tables; yields its SQLAlchemy address."""
        name = f"orderwright_bare_{uuid.uuid4().hex[:12]}"
        self._run("CREATE DATABASE {}", name)
        try:
            yield self._url(name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _new(self) -> str:
        name = f"orderwright_test_{uuid.uuid4().hex[:12]}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self._template)
        return name

    def _give_back(self, name: str) -> None:
        address = self._server.set(
            drivername="postgresql", database=name
        ).render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_CUT_OTHERS)
            tables = {row[0] for row in connection.execute(_TABLES)}
            if tables != {"alembic_version", *metadata.tables}:
                # A test changed the tables themselves.
                self._run("DROP DATABASE {} WITH (FORCE)", name)
                return
            with connection.transaction():
                for table in reversed(metadata.sorted_tables):
                    connection.execute(
                        sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name))
                    )
            connection.execute(_COUNT_FROM_ONE)
        self._emptied.append(name)

    def _url(self, name: str) -> str:
        return self._server.set(
            drivername="postgresql+psycopg", database=name
        ).render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        address = self._server.set(drivername="postgresql").render_as_string(
            hide_password=False
        )
        identifiers = [sql.Identifier(name) for name in names]
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*identifiers))


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Have a server: the given one, else a throw-away cluster."""
    given = os.environ.get(GIVEN_SERVER)
    if given:
        yield given
        return
    with ThrowawayPostgresql() as cluster:
        yield cluster.url()


def prepare_postgresql() -> None:
    """Fetch the programs now if they have to be fetched."""
    if not os.environ.get(GIVEN_SERVER):
        find_binaries()


def describe_postgresql() -> str:
    """Say which server the tests on PostgreSQL use, without starting it."""
    if os.environ.get(GIVEN_SERVER):
        return f"the server of {GIVEN_SERVER}"
    found = binaries_on_machine()
    origin = found.origin if found else f"the wheel {WHEEL} {WHEEL_VERSION}"
    user = server_user()
    return f"throw-away cluster from {origin}" + (f" as {user.name}" if user else "")
