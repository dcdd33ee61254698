"""`orderwright stock expect|expected`: what suppliers will bring."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.files import (
    exit_code_of_import,
    import_table,
    refused_fields,
    rejects_in_words,
    tell_refused,
)
from cli.options import AsJson, DiskFile, DryRun, Rejects
from cli.output import Output
from operations.expected_receipts import ExpectedResult, close_expected, expect_file
from operations.queries.expected import ExpectedRow, expected_receipts
from persistence.database import Database

COLUMNS = (
    "expected_on",
    "is_late",
    "reference",
    "sku",
    "warehouse_id",
    "quantity",
    "received_quantity",
    "damaged_quantity",
    "remaining",
)
app = typer.Typer(
    invoke_without_command=True, help="List what suppliers will bring, or close it."
)


def expect(
    context: typer.Context,
    file: DiskFile,
    warehouse: Annotated[
        str, typer.Option(help="Where a line names no warehouse.")
    ] = "main",
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Store from a CSV file what suppliers will bring; a repeat changes it.

    Example: orderwright stock expect purchase-orders.csv --dry-run
    """
    clock = surroundings_of(context).clock

    def work(database: Database) -> tuple[ExpectedResult, str | None]:
        store = partial(
            expect_file,
            database,
            clock=clock,
            default_warehouse=warehouse,
            dry_run=dry_run,
        )
        return import_table(file, rejects, store)

    result, written = in_database(context, work)
    tell_refused(result.refused)
    shown = {
        "dry_run": result.dry_run,
        "read": result.read,
        "stored": result.stored,
        "units": result.units,
        "skus": result.skus,
        "references": result.references,
        "refused": refused_fields(result.refused),
        "rejects_file": written,
    }
    Output(as_json=as_json).one(shown, "\n".join(_in_words(result, written)))
    raise typer.Exit(exit_code_of_import(result, result.stored))


@app.callback()
def expected(
    context: typer.Context,
    sku: Annotated[str | None, typer.Option(help="Only this article.")] = None,
    warehouse: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is closed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what suppliers will bring, the soonest first; late ones are marked.

    Example: orderwright stock expected --sku MUG --json
    """
    if context.invoked_subcommand is not None:
        return
    now = surroundings_of(context).clock()

    def read(database: Database) -> list[ExpectedRow]:
        with database.read() as connection:
            return expected_receipts(
                connection,
                now,
                sku=sku,
                warehouse_id=warehouse,
                with_closed=everything,
            )

    Output(as_json=as_json).items(in_database(context, read), COLUMNS)


@app.command()
def close(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE")],
    as_json: AsJson = False,
) -> None:
    """Expect nothing more under a reference.

    Example: orderwright stock expected close PO-17
    """
    clock = surroundings_of(context).clock
    closed = in_database(
        context, lambda database: close_expected(database, reference, clock=clock)
    )
    text = f"{closed} articles of {reference} are not expected any more"
    Output(as_json=as_json).one({"reference": reference, "closed": closed}, text)


def _in_words(result: ExpectedResult, rejects: str | None) -> Iterator[str]:
    if result.stored:
        would = "would be" if result.dry_run else "are"
        yield (
            f"{result.units} units of {result.skus} SKUs {would} expected "
            f"under {result.references} references"
        )
    else:
        yield f"nothing is stored: {len(result.refused)} cells are refused"
    yield from rejects_in_words(rejects)
