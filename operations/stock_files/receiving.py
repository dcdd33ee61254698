"""`stock import` and `stock receive`: a receipt is booked as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import TemporaryError
from operations.backlog import (
    name_waiting_orders,
    set_receipt_aside,
    wake_for_receipt,
)
from operations.catalog.facts import known_products
from operations.files.dry_run import transaction
from operations.files.models import LineFormat, Numbered
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.files.table import CsvTable
from operations.stock_files.booking import book_units
from operations.stock_files.comparing import compare
from operations.stock_files.costs import Costs
from operations.stock_files.lines import (
    RECEIPT_FORMAT,
    STOCK_FORMAT,
    ReceivedLine,
    StockLine,
)
from operations.stock_files.places import Places
from operations.stock_files.receipts import (
    NumberedStock,
    ReceiptTerms,
    StockImportResult,
    fingerprint_of,
    is_new_receipt,
    reference_of,
)
from persistence.database import Database
from persistence.stock import MovementCause

Clock = Callable[[], datetime]


def import_stock(
    database: Database, table: CsvTable, *, clock: Clock, terms: ReceiptTerms
) -> StockImportResult:
    """Book opening stock from a file; quantity 0 records that a location has none."""
    return _book_file(database, table, STOCK_FORMAT, clock, terms)


def receive_file(
    database: Database, table: CsvTable, *, clock: Clock, terms: ReceiptTerms
) -> StockImportResult:
    """Book goods that arrived, from a file."""
    return _book_file(database, table, RECEIPT_FORMAT, clock, terms)


def receive_stock(
    database: Database,
    lines: Sequence[ReceivedLine],
    *,
    clock: Clock,
    terms: ReceiptTerms,
) -> StockImportResult:
    """Book goods that arrived; refusals count the lines from 1."""
    numbered: list[NumberedStock] = [
        Numbered(row=row, line=line) for row, line in enumerate(lines, 1)
    ]
    return book_receipt(database, numbered, clock=clock, terms=terms)


def _book_file(
    database: Database,
    table: CsvTable,
    line_format: LineFormat[StockLine],
    clock: Clock,
    terms: ReceiptTerms,
) -> StockImportResult:
    lines: list[NumberedStock] = []
    refused: list[tuple[Row, list[RefusedCell]]] = []
    for found in line_format.read(table):
        if isinstance(found, Numbered):
            lines.append(found)
        else:
            refused.append(found)
    return book_receipt(
        database, lines, clock=clock, terms=terms, refused_before=refused
    )


def book_receipt(
    database: Database,
    lines: Sequence[NumberedStock],
    *,
    clock: Clock,
    terms: ReceiptTerms,
    refused_before: Sequence[tuple[Row, Sequence[RefusedCell]]] = (),
) -> StockImportResult:
    """Book the lines as one receipt, and wake the orders that waited for them.

    With any refusal nothing is booked. Raises `Refused` where another receipt has the
    reference.
    """
    fingerprint = fingerprint_of(lines, terms.warehouse)
    result = StockImportResult(
        reference=reference_of(terms, fingerprint),
        dry_run=terms.dry_run,
        read=len(lines) + len(refused_before),
    )
    now = clock()
    why = MovementCause(
        cause=f"receipt:{result.reference}",
        actor=terms.actor,
        occurred_at=now,
        recorded_at=now,
        document=result.reference,
    )
    with transaction(database, dry_run=terms.dry_run) as connection:
        places = Places(terms)
        refused = _refusals(connection, lines, places)
        if refused or refused_before:
            return _refused(result, lines, refused, refused_before)
        if not is_new_receipt(connection, fingerprint, why):
            return replace(result, already_booked=True)
        booked, aside = _book(connection, lines, places, why, result)
    if aside is None:
        return booked
    # In batches of their own: thousands who wait must not keep others waiting.
    try:
        woken = name_waiting_orders(database, aside, clock=clock)
    except TemporaryError:
        return booked  # the receipt is booked, and the worker goes on from here
    return replace(booked, woken=tuple(woken))


def _refusals(
    connection: Connection, lines: Sequence[NumberedStock], places: Places
) -> list[tuple[NumberedStock, list[RefusedCell]]]:
    products = known_products(connection, {one.line.sku for one in lines})
    places.load(connection, lines)
    costs = Costs(warehouse=places.terms.warehouse)
    costs.load(connection, lines)
    refused = []
    for one in lines:
        reasons = list(places.refusals(one))
        product = products.get(one.line.sku)
        if product is None:
            reasons.append(one.refuse("sku", "a SKU that the catalogue has"))
        elif product["is_bundle"]:
            reasons.append(one.refuse("sku", "the parts of the bundle, not the bundle"))
        reasons += costs.refusals(one)
        if reasons:
            refused.append((one, reasons))
    return refused


def _refused(
    result: StockImportResult,
    lines: Sequence[NumberedStock],
    refused: Sequence[tuple[NumberedStock, Sequence[RefusedCell]]],
    before: Sequence[tuple[Row, Sequence[RefusedCell]]],
) -> StockImportResult:
    cells = [cell for _, several in (*refused, *before) for cell in several]
    # All rows, good ones too: the mended file must be the whole receipt again.
    rows = [row for row, _ in before]
    rows += [one.raw for one in lines if one.raw is not None]
    return replace(
        result,
        refused=in_row_order(cells),
        refused_rows=tuple(sorted(rows, key=lambda row: row.number)),
    )


def _book(
    connection: Connection,
    lines: Sequence[NumberedStock],
    places: Places,
    why: MovementCause,
    result: StockImportResult,
) -> tuple[StockImportResult, str | None]:
    """Book the lines; return the share set aside for waiting orders, if any, too."""
    new_warehouses, new_locations = places.store(connection, lines)
    sellable = book_units(connection, lines, places, why)
    differences = compare(connection, lines, places.terms, why)
    booked = replace(
        result,
        booked=True,
        units=sum(one.line.quantity for one in lines),
        skus=len({one.line.sku for one in lines}),
        damaged=sum(one.line.damaged_quantity for one in lines),
        new_warehouses=new_warehouses,
        new_locations=new_locations,
        differences=differences,
    )
    if result.dry_run:
        woken = wake_for_receipt(connection, sellable, why)
        return replace(booked, woken=tuple(woken)), None
    return booked, set_receipt_aside(connection, sellable, why)
