"""`orderwright stock import|receive`: opening stock, and goods that arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.files import (
    exit_code_of_import,
    import_table,
    refused_fields,
    rejects_in_words,
    skipped_in_words,
    tell_refused,
)
from cli.options import (
    Actor,
    AsJson,
    DiskFile,
    DryRun,
    Mapping,
    Rejects,
    SkuQuantity,
    read_decimal,
    read_sku_quantity,
)
from cli.output import Output
from cli.stock_history import import_movements
from operations.movement_files.importing import MovementTerms
from operations.order_files import load_mapping, read_orders
from operations.stock_files import (
    ReceiptTerms,
    ReceivedLine,
    StockImportResult,
    import_stock,
    receive_file,
    receive_stock,
    received_line,
    stock_from_orders,
)
from persistence.database import Database

Booked = tuple[StockImportResult, str | None]
_FromOrders = Annotated[
    bool,
    typer.Option(
        "--from-orders", help="FILE is an order file: book the units ordered in it."
    ),
]
_Movements = Annotated[
    bool,
    typer.Option(
        "--movements",
        help="FILE holds movements of the past: they are for the KPIs alone, and "
        "change nothing about what is on hand.",
    ),
]
_ZoneOfTimes = Annotated[
    str, typer.Option(help="With --movements: the zone of times without one.")
]
_Share = Annotated[
    Decimal,
    typer.Option(
        parser=read_decimal,
        metavar="SHARE",
        help="With --from-orders: stock as a share of the units ordered.",
    ),
]
_Reference = Annotated[
    str | None,
    typer.Option(
        help="What this receipt is known by, to book it once. Without it, its content."
    ),
]
_Warehouse = Annotated[str, typer.Option(help="Where a line names no warehouse.")]
_Zone = Annotated[str, typer.Option(help="Time zone of warehouses that are new.")]
_Arrived = Annotated[
    list[SkuQuantity] | None,
    typer.Option(
        "--line",
        parser=read_sku_quantity,
        metavar="SKU=QUANTITY@LOCATION",
        help="What arrived, in place of a file.",
    ),
]
_Expected = Annotated[
    str | None,
    typer.Option(metavar="REFERENCE", help="What was expected: the two are compared."),
]
_Damaged = Annotated[
    list[SkuQuantity] | None,
    typer.Option(
        "--damaged",
        parser=read_sku_quantity,
        metavar="SKU=QUANTITY",
        help="With --line: how many of what arrived are damaged.",
    ),
]
_Delivery = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="CSV of what arrived."),
]


def import_file(
    context: typer.Context,
    file: DiskFile,
    from_orders: _FromOrders = False,
    movements: _Movements = False,
    mapping: Mapping = None,
    stock_share: _Share = Decimal(1),
    reference: _Reference = None,
    warehouse: _Warehouse = "main",
    time_zone: _Zone = "UTC",
    zone: _ZoneOfTimes = "UTC",
    dry_run: DryRun = False,
    rejects: Rejects = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Book opening stock from a CSV file: all of it, or with any refusal nothing.

    With --movements nothing on hand changes: they are for the KPIs alone.

    Examples: orderwright stock import stock.csv --dry-run; orderwright stock import
    orders.csv.gz --from-orders --mapping shop.toml --stock-share 1.5; orderwright
    stock import --movements past.csv --zone Europe/Berlin
    """
    if from_orders != (mapping is not None):
        raise typer.BadParameter("--from-orders and --mapping go together")
    if movements:
        if from_orders or reference:
            raise typer.BadParameter("--movements has no orders and no --reference")
        past = MovementTerms(
            warehouse=warehouse, zone=zone, actor=actor, dry_run=dry_run
        )
        import_movements(context, file, rejects, past, as_json=as_json)
    terms = ReceiptTerms(
        reference=reference,
        warehouse=warehouse,
        time_zone=time_zone,
        actor=actor,
        dry_run=dry_run,
    )
    if mapping is None:
        booked = _book_file(context, file, rejects, terms)
    else:
        booked = _book_orders(context, file, mapping, stock_share, terms)
    _show(Output(as_json=as_json), *booked)


def _book_file(
    context: typer.Context, file: Path, rejects: Path | None, terms: ReceiptTerms
) -> Booked:
    clock = surroundings_of(context).clock

    def work(database: Database) -> Booked:
        book = partial(import_stock, database, clock=clock, terms=terms)
        return import_table(file, rejects, book)

    return in_database(context, work)


def _book_orders(
    context: typer.Context,
    file: Path,
    mapping: Path,
    stock_share: Decimal,
    terms: ReceiptTerms,
) -> Booked:
    clock = surroundings_of(context).clock

    def work(database: Database) -> Booked:
        with read_orders(file, load_mapping(mapping), "stock") as found:
            return stock_from_orders(
                database, found, clock=clock, stock_share=stock_share, terms=terms
            ), None

    return in_database(context, work)


def receive(
    context: typer.Context,
    file: _Delivery = None,
    lines: _Arrived = None,
    damaged: _Damaged = None,
    expected: _Expected = None,
    reference: _Reference = None,
    warehouse: _Warehouse = "main",
    time_zone: _Zone = "UTC",
    dry_run: DryRun = False,
    rejects: Rejects = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Book goods that arrived, and wake the orders that waited for them.

    Examples: orderwright stock receive --line MUG=20@A-01-1 --reference DN-88;
    orderwright stock receive delivery.csv --reference DN-89 --expected PO-17
    """
    if bool(lines) == (file is not None):
        raise typer.BadParameter("give a file or --line, and not both")
    if damaged and file is not None:
        raise typer.BadParameter("a file says it in its column damaged_quantity")
    terms = ReceiptTerms(
        reference=reference,
        warehouse=warehouse,
        time_zone=time_zone,
        actor=actor,
        dry_run=dry_run,
        expected=expected,
    )
    clock = surroundings_of(context).clock
    by_hand = _by_hand(lines or [], damaged or [])

    def work(database: Database) -> Booked:
        if file is None:
            return receive_stock(database, by_hand, clock=clock, terms=terms), None
        book = partial(receive_file, database, clock=clock, terms=terms)
        return import_table(file, rejects, book)

    _show(Output(as_json=as_json), *in_database(context, work))


def _by_hand(
    arrived: Sequence[SkuQuantity], damaged: Sequence[SkuQuantity]
) -> list[ReceivedLine]:
    units = Counter[str]()
    for one in damaged:
        units[one.sku] += one.quantity
    lines = []
    for one in arrived:
        # Damaged units go to one place, so it does not matter from which line.
        of_line = min(units[one.sku], one.quantity)
        units[one.sku] -= of_line
        raw = {
            "sku": one.sku,
            "quantity": one.quantity,
            "location": one.rest or "",
            "damaged_quantity": of_line,
        }
        lines.append(received_line(raw))
    if units.total():
        raise typer.BadParameter("--damaged: at most what arrived of the SKU")
    return lines


def _show(output: Output, result: StockImportResult, rejects: str | None) -> None:
    tell_refused(result.refused)
    shown = {
        "reference": result.reference,
        "dry_run": result.dry_run,
        "read": result.read,
        "booked": result.booked,
        "already_booked": result.already_booked,
        "units": result.units,
        "skus": result.skus,
        "damaged": result.damaged,
        "differences": result.differences,
        "new_warehouses": result.new_warehouses,
        "new_locations": result.new_locations,
        "woken": result.woken,
        "skipped": result.skipped,
        "refused": refused_fields(result.refused),
        "rejects_file": rejects,
    }
    output.one(shown, "\n".join(_in_words(result, rejects)))
    # What an order file cannot tell of one SKU does not keep the others off the shelf.
    raise typer.Exit(exit_code_of_import(result, result.booked))


def _in_words(result: StockImportResult, rejects: str | None) -> Iterator[str]:
    if result.already_booked:
        yield f"receipt {result.reference} is booked already; nothing was added"
    elif result.dry_run and result.booked:
        yield f"{result.units} units of {result.skus} SKUs would be booked"
    elif result.booked:
        yield (
            f"receipt {result.reference}: {result.units} units of {result.skus} SKUs "
            f"booked, {result.new_locations} new locations"
        )
    else:
        yield f"nothing is booked: {len(result.refused)} cells are refused"
    yield from skipped_in_words(result.skipped)
    yield from result.differences
    if result.woken:
        yield f"{len(result.woken)} waiting orders are told"
    yield from rejects_in_words(rejects)
