"""`orderwright location`: the places in warehouses where stock may lie."""

from __future__ import annotations

from functools import partial

import typer

from cli.importing_tables import show_import
from cli.options import AsJson, DiskFile, DryRun, Rejects
from operations.warehouse_files import import_locations

app = typer.Typer(no_args_is_help=True, help="Import the places in warehouses.")


@app.callback()
def _location() -> None:
    """Import the places in warehouses."""


@app.command("import")
def import_file(
    context: typer.Context,
    file: DiskFile,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import locations from a CSV file; refused rows are left out.

    Example: orderwright location import locations.csv --dry-run
    """
    read = partial(import_locations, dry_run=dry_run)
    show_import(context, file, rejects, read, what="locations", as_json=as_json)
