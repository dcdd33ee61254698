"""Migrations make exactly the tables of the code, on both databases, up and down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, create_engine, inspect

import persistence.migrations
from persistence.database import Database
from persistence.migrations import (
    current_revision,
    downgrade,
    newest_revision,
    upgrade,
)
from persistence.tables import metadata
from tests.servers.databases import PostgresqlDatabases, sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Have a database without tables."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "bare.db")
        return
    databases: PostgresqlDatabases = request.getfixturevalue("_postgresql_databases")
    with databases.bare() as url:
        yield url


def revisions() -> list[str]:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(persistence.migrations.__file__).parent)
    )
    script = ScriptDirectory.from_config(config)
    return [found.revision for found in reversed(list(script.walk_revisions()))]


def revision_of(url: str) -> str | None:
    database = Database(url)
    try:
        return current_revision(database)
    finally:
        database.close()


def checks_of(found: Inspector) -> set[tuple[str, str | None]]:
    return {
        (table, check["name"])
        for table in metadata.tables
        for check in found.get_check_constraints(table)
    }


def tables_of(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_an_upgrade_from_nothing_makes_the_tables_of_the_code(bare_url: str) -> None:
    before = revision_of(bare_url)

    upgrade(bare_url)

    database = Database(bare_url)
    try:
        with database.read() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True}
            )
            assert compare_metadata(context, metadata) == []
            # The comparison does not look at CHECKs, which carry our rules.
            assert checks_of(inspect(connection)) == {
                (table.name, str(constraint.name))
                for table in metadata.tables.values()
                for constraint in table.constraints
                if type(constraint).__name__ == "CheckConstraint"
            }
    finally:
        database.close()
    assert before is None
    assert revision_of(bare_url) == newest_revision()


def test_every_step_goes_up_and_down_again(bare_url: str) -> None:
    for revision in revisions():
        upgrade(bare_url, revision)
        assert revision_of(bare_url) == revision

    for revision in [*reversed(revisions()[:-1]), "base"]:
        downgrade(bare_url, revision)

    assert revision_of(bare_url) is None
    assert tables_of(bare_url) == {"alembic_version"}


def test_an_upgrade_of_the_newest_database_changes_nothing(database_url: str) -> None:
    before = tables_of(database_url)

    upgrade(database_url)

    assert tables_of(database_url) == before
    assert revision_of(database_url) == newest_revision()
