"""`orderwright db upgrade`: the database brought to what this program needs."""

from __future__ import annotations

import typer

from cli.context import surroundings_of
from cli.options import AsJson
from cli.output import Output
from persistence.database import Database
from persistence.migrations import current_revision, newest_revision, upgrade

app = typer.Typer(no_args_is_help=True, help="Migrate the database.")


@app.callback()
def _database() -> None:
    """Migrate the database."""


@app.command("upgrade")
def upgrade_database(context: typer.Context, as_json: AsJson = False) -> None:
    """Create the database, or bring it to the newest revision; a repeat is harmless.

    Example: orderwright db upgrade
    """
    url = surroundings_of(context).database_url
    before = _revision(url)
    upgrade(url)
    newest = newest_revision()
    moved = before != newest
    text = f"upgraded to {newest}" if moved else f"already at {newest}"
    Output(as_json=as_json).one({"before": before, "revision": newest}, text)


def _revision(url: str) -> str | None:
    database = Database(url)
    if database.is_sqlite:
        # A write makes the directory of a new file; reading alone would not.
        with database.write():
            pass
    try:
        return current_revision(database)
    finally:
        database.close()
