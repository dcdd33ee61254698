"""Importing a table of our own format and showing what became of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import typer

from cli.context import in_database
from cli.files import (
    exit_code_of_import,
    import_table,
    refused_fields,
    rejects_in_words,
    tell_refused,
)
from cli.output import Output
from operations.files.table import CsvTable
from operations.warehouse_files import WarehouseImportResult
from persistence.database import Database

Read = Callable[[Database, CsvTable], WarehouseImportResult]


def show_import(
    context: typer.Context,
    file: Path,
    rejects: Path | None,
    read: Read,
    *,
    what: str,
    as_json: bool,
) -> None:
    """Import the file, show the result, and leave with how it went."""

    def work(database: Database) -> tuple[WarehouseImportResult, str | None]:
        return import_table(file, rejects, partial(read, database))

    result, rejects_file = in_database(context, work)
    tell_refused(result.refused)
    shown = {
        "dry_run": result.dry_run,
        "read": result.read,
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "refused": refused_fields(result.refused),
        "rejects_file": rejects_file,
    }
    text = "\n".join(_in_words(result, what, rejects_file))
    Output(as_json=as_json).one(shown, text)
    kept = result.created + result.updated + result.unchanged
    raise typer.Exit(exit_code_of_import(result, kept))


def _in_words(
    result: WarehouseImportResult, what: str, rejects: str | None
) -> Iterator[str]:
    would = "would be " if result.dry_run else ""
    yield (
        f"{result.read} {what} read: {result.created} {would}new, {result.updated} "
        f"{would}changed, {result.unchanged} as they were, "
        f"{len(result.refused_rows)} {would}refused"
    )
    yield from rejects_in_words(rejects)
