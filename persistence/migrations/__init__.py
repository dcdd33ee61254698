"""Schema revisions: bring a database to the newest, or say where it stands."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from persistence.database import Database


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to a revision, creating it if it is an SQLite file."""
    database = Database(url)
    try:
        with database.write() as connection:
            command.upgrade(_config(connection), revision)
    finally:
        database.close()


def downgrade(url: str, revision: str) -> None:
    """Take the database back to a revision."""
    database = Database(url)
    try:
        with database.write() as connection:
            command.downgrade(_config(connection), revision)
    finally:
        database.close()


def newest_revision() -> str:
    """Return the revision this code is written for."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head


def current_revision(database: Database) -> str | None:
    """Return the revision the database is at; None if it has no tables of ours."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
