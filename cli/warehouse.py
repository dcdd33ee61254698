"""`orderwright warehouse`: warehouses, and where they send to."""

from __future__ import annotations

from functools import partial

import typer

from cli.context import in_database, surroundings_of
from cli.importing_tables import show_import
from cli.options import AsJson, DiskFile, DryRun, Rejects
from cli.output import Output
from operations.queries.warehouses import WarehouseRow, list_warehouses
from operations.warehouse_files import import_areas, import_warehouses
from persistence.database import Database

app = typer.Typer(
    no_args_is_help=True, help="Import warehouses and where they send to."
)
COLUMNS = (
    "warehouse_id",
    "name",
    "city",
    "country",
    "time_zone",
    "cut_off",
    "daily_capacity",
    "planned",
    "locations",
    "areas",
    "frozen_reason",
)


@app.command("import")
def import_file(
    context: typer.Context,
    file: DiskFile,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import warehouses from a CSV file; refused rows are left out.

    Example: orderwright warehouse import warehouses.csv --dry-run
    """
    read = partial(import_warehouses, dry_run=dry_run)
    show_import(context, file, rejects, read, what="warehouses", as_json=as_json)


@app.command()
def areas(
    context: typer.Context,
    file: DiskFile,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import where warehouses send to: all of the file, or with any refusal nothing.

    The areas of each warehouse it names are replaced. Example: orderwright warehouse
    areas areas.csv
    """
    read = partial(import_areas, dry_run=dry_run)
    show_import(context, file, rejects, read, what="areas", as_json=as_json)


@app.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List warehouses with their cut-off, capacity and what is planned from today on.

    Example: orderwright warehouse list --json
    """
    today = surroundings_of(context).clock().date()

    def read(database: Database) -> list[WarehouseRow]:
        with database.read() as connection:
            return list_warehouses(connection, today)

    Output(as_json=as_json).items(in_database(context, read), COLUMNS)
