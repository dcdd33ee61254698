"""`orderwright stock import --movements`: stock movements of the past, for the KPIs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import typer

from cli.context import in_database, surroundings_of
from cli.files import (
    exit_code_of_import,
    import_table,
    refused_fields,
    rejects_in_words,
    tell_refused,
)
from cli.output import Output, moment, progress_bar
from operations.files.table import CsvTable
from operations.movement_files.importing import (
    MovementImportResult,
    MovementTerms,
    read_movement_file,
    store_movements,
)
from operations.movement_files.lines import TOLD_EVERY
from persistence.database import Database


def import_movements(
    context: typer.Context,
    file: Path,
    rejects: Path | None,
    terms: MovementTerms,
    *,
    as_json: bool,
) -> None:
    """Import the movements, show the result, and leave with how it went."""
    clock = surroundings_of(context).clock

    def work(database: Database) -> tuple[MovementImportResult, str | None]:
        def read(table: CsvTable) -> MovementImportResult:
            with progress_bar("thousands of rows read", None) as count:
                found = read_movement_file(
                    database, table, replace(terms, on_read=count)
                )
            thousands = (found.read - len(found.refused_rows)) // TOLD_EVERY
            with progress_bar("thousands of rows stored", thousands) as count:
                return store_movements(
                    database, found, clock=clock, terms=replace(terms, on_stored=count)
                )

        return import_table(file, rejects, read)

    result, rejects_file = in_database(context, work)
    tell_refused(result.refused)
    shown = _fields(result) | {"rejects_file": rejects_file}
    Output(as_json=as_json).one(shown, "\n".join(_in_words(result, rejects_file)))
    kept = result.stored + result.already_stored
    raise typer.Exit(exit_code_of_import(result, kept))


def _fields(result: MovementImportResult) -> dict[str, object]:
    return {
        "import_id": result.import_id,
        "dry_run": result.dry_run,
        "read": result.read,
        "stored": result.stored,
        "already_stored": result.already_stored,
        "articles": result.articles,
        "warehouses": result.warehouses,
        "units_in": result.units_in,
        "units_out": result.units_out,
        "units_without_cost": result.units_without_cost,
        "first_at": result.first_at,
        "last_at": result.last_at,
        "refused": refused_fields(result.refused),
    }


def _in_words(result: MovementImportResult, rejects: str | None) -> Iterator[str]:
    would = "would be " if result.dry_run else ""
    yield (
        f"{result.read} movements read: {result.stored} {would}stored, "
        f"{result.already_stored} there already, "
        f"{len(result.refused_rows)} {would}refused"
    )
    if result.stored:
        yield (
            f"{result.units_in} units in and {result.units_out} out, {result.articles} "
            f"articles of {result.warehouses} warehouses, from "
            f"{moment(result.first_at)} to {moment(result.last_at)}"
        )
    if result.units_without_cost:
        yield f"of {result.units_without_cost} units that came in no cost is known"
    yield "what is on hand now did not change"
    yield from rejects_in_words(rejects)
