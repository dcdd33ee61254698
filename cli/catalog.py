"""`orderwright catalog`: bringing what is sold into the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Clock, in_database, surroundings_of
from cli.files import (
    exit_code_of_import,
    import_table,
    refused_fields,
    rejects_in_words,
    skipped_in_words,
    tell_refused,
)
from cli.options import Actor, AsJson, DiskFile, DryRun, Mapping, Rejects, read_decimal
from cli.output import Output
from operations.catalog import (
    DEFAULT_COST_SHARE,
    CatalogImportResult,
    catalog_from_orders,
    import_aliases,
    import_catalog,
    import_substitutes,
)
from operations.files.table import CsvTable
from operations.order_files import load_mapping, read_orders
from persistence.database import Database

Imported = tuple[CatalogImportResult, str | None]
_Reading = Callable[[Database, CsvTable], CatalogImportResult]

app = typer.Typer(no_args_is_help=True, help="Import products and their aliases.")


@app.callback()
def _catalog() -> None:
    """Import products and their aliases."""


_Aliases = Annotated[
    bool,
    typer.Option("--aliases", help="FILE has the columns source, alias and sku alone."),
]
_Substitutes = Annotated[
    bool,
    typer.Option(
        "--substitutes",
        help="FILE has the columns sku, substitute_sku and position alone.",
    ),
]
_FromOrders = Annotated[
    bool,
    typer.Option(
        "--from-orders", help="FILE is an order file: a product for each SKU in it."
    ),
]
_CostShare = Annotated[
    Decimal,
    typer.Option(
        parser=read_decimal,
        metavar="SHARE",
        help="With --from-orders: unit cost as a share of the price.",
    ),
]
_PriceList = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE", help="The prices become the price list of this source."
    ),
]


@app.command("import")
def import_file(
    context: typer.Context,
    file: DiskFile,
    aliases: _Aliases = False,
    substitutes: _Substitutes = False,
    from_orders: _FromOrders = False,
    mapping: Mapping = None,
    cost_share: _CostShare = DEFAULT_COST_SHARE,
    price_list: _PriceList = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Import products from a CSV file; refused rows are left out, a repeat is harmless.

    Orders held for an unknown SKU go on once it is known. Examples: orderwright catalog
    import products.csv --dry-run; orderwright catalog import aliases.csv --aliases;
    orderwright catalog import orders.csv.gz --from-orders --mapping shop.toml
    """
    if sum([aliases, substitutes, from_orders, price_list is not None]) > 1:
        raise typer.BadParameter(
            "give one of --aliases, --substitutes, --from-orders, --price-list"
        )
    if from_orders != (mapping is not None):
        raise typer.BadParameter("--from-orders and --mapping go together")
    clock = surroundings_of(context).clock
    if mapping is not None:
        work = partial(_from_orders, file, mapping, clock, cost_share, dry_run)
    else:
        read: _Reading = partial(
            import_catalog,
            clock=clock,
            dry_run=dry_run,
            price_list_source=price_list,
            actor=actor,
        )
        if aliases:
            read = partial(import_aliases, clock=clock, dry_run=dry_run, actor=actor)
        elif substitutes:
            read = partial(import_substitutes, dry_run=dry_run)
        work = partial(_from_table, file, rejects, read)
    _show(Output(as_json=as_json), *in_database(context, work))


def _from_orders(
    file: Path,
    mapping: Path,
    clock: Clock,
    cost_share: Decimal,
    dry_run: bool,
    database: Database,
) -> Imported:
    with read_orders(file, load_mapping(mapping), "catalog") as order_file:
        return catalog_from_orders(
            database, order_file, clock=clock, cost_share=cost_share, dry_run=dry_run
        ), None


def _from_table(
    file: Path,
    rejects: Path | None,
    read: _Reading,
    database: Database,
) -> Imported:
    return import_table(file, rejects, partial(read, database))


def _show(output: Output, result: CatalogImportResult, rejects: str | None) -> None:
    tell_refused(result.refused)
    shown = {
        "dry_run": result.dry_run,
        "read": result.read,
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "mended": [
            {"order_id": one.order_id, "hold_id": one.hold_id} for one in result.mended
        ],
        "skipped": result.skipped,
        "refused": refused_fields(result.refused),
        "rejects_file": rejects,
    }
    output.one(shown, "\n".join(_in_words(result, rejects)))
    kept = result.created + result.updated + result.unchanged
    raise typer.Exit(exit_code_of_import(result, kept))


def _in_words(result: CatalogImportResult, rejects: str | None) -> Iterator[str]:
    would = "would be " if result.dry_run else ""
    yield (
        f"{result.read} rows read: {result.created} {would}created, "
        f"{result.updated} {would}updated, {result.unchanged} unchanged, "
        f"{len(result.refused)} cells refused"
    )
    yield from skipped_in_words(result.skipped)
    if result.mended:
        yield f"{len(result.mended)} orders that were held for an unknown SKU go on"
    yield from rejects_in_words(rejects)
