"""What suppliers will bring: told by file, closed when it came or will not come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import Connection, RowMapping, bindparam, select, update

from domain.errors import NotFound
from messages.order_document import STORABLE, Sku
from operations.catalog.facts import known_products
from operations.files.dry_run import transaction
from operations.files.models import SKU, FileLine, LineFormat, Numbered
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.files.table import CsvTable
from operations.stock_files.lines import MAX_UNITS, WAREHOUSE, WarehouseId
from operations.stock_files.receipts import MAX_REFERENCE
from persistence.database import Database
from persistence.expected_receipts import locked_expectations
from persistence.promise_news import tell_waiting_orders
from persistence.tables import expected_receipt, warehouse
from persistence.upsert import insert_or_ignore

Clock = Callable[[], datetime]
# Why waiting orders are told to look at their promise again.
_NEWS = "expected_receipts"
_Key = tuple[str, str, str]

_OF_REFERENCE = select(expected_receipt).where(
    expected_receipt.c.reference == bindparam("of_reference")
)
_CHANGE = (
    update(expected_receipt)
    .where(
        expected_receipt.c.reference == bindparam("of_reference"),
        expected_receipt.c.warehouse_id == bindparam("at_warehouse"),
        expected_receipt.c.sku == bindparam("article"),
        expected_receipt.c.closed_at.is_(None),
    )
    .values(quantity=bindparam("units"), expected_on=bindparam("day"))
)
_CLOSE = (
    update(expected_receipt)
    .where(
        expected_receipt.c.reference == bindparam("of_reference"),
        expected_receipt.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at", type_=expected_receipt.c.closed_at.type))
)


class ExpectedLine(FileLine):
    """Units of one SKU that a supplier will bring to a warehouse."""

    reference: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_REFERENCE), STORABLE
    ]
    sku: Sku
    warehouse: WarehouseId | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_UNITS)]
    expected_on: date


EXPECTED_FORMAT = LineFormat(
    model=ExpectedLine,
    required=("reference", "sku", "quantity", "expected_on"),
    wanted={
        "reference": f"1 to {MAX_REFERENCE} characters, such as a purchase order",
        "sku": SKU,
        "warehouse": WAREHOUSE,
        "quantity": f"a whole number of units from 1 to {MAX_UNITS}",
        "expected_on": "a date such as 2026-01-31",
    },
)
_Numbered = Numbered[ExpectedLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedResult:
    """What is expected now: all that the file says, or with any refusal nothing new."""

    dry_run: bool
    read: int
    stored: bool = False
    units: int = 0
    skus: int = 0
    references: int = 0
    refused: tuple[RefusedCell, ...] = ()
    refused_rows: tuple[Row, ...] = ()


def expect_file(
    database: Database,
    table: CsvTable,
    *,
    clock: Clock,
    default_warehouse: str = "main",
    dry_run: bool = False,
) -> ExpectedResult:
    """Store what a file says will come; a repeat changes quantity and date.

    With any refusal nothing is stored.
    """
    lines: list[_Numbered] = []
    refused: list[tuple[Row, Sequence[RefusedCell]]] = []
    for found in EXPECTED_FORMAT.read(table):
        if isinstance(found, Numbered):
            lines.append(found)
        else:
            refused.append(found)
    result = ExpectedResult(dry_run=dry_run, read=len(lines) + len(refused))
    with transaction(database, dry_run=dry_run) as connection:
        cells = [cell for _, several in refused for cell in several]
        cells += _refusals(connection, lines, default_warehouse)
        if cells:
            rows = [row for row, _ in refused]
            rows += [one.raw for one in lines if one.raw is not None]
            return replace(
                result,
                refused=in_row_order(cells),
                refused_rows=tuple(sorted(rows, key=lambda row: row.number)),
            )
        now = clock()
        _store(connection, lines, default_warehouse, now)
        skus = {one.line.sku for one in lines}
        tell_waiting_orders(connection, skus, cause=_NEWS, at=now)
    return replace(
        result,
        stored=True,
        units=sum(one.line.quantity for one in lines),
        skus=len({one.line.sku for one in lines}),
        references=len({one.line.reference for one in lines}),
    )


def close_expected(database: Database, reference: str, *, clock: Clock) -> int:
    """Expect nothing more under a reference; return how many articles were open.

    Raises `NotFound` where nothing was ever expected under it.
    """
    with database.write() as connection:
        asked, now = {"of_reference": reference}, clock()
        skus = [row.sku for row in connection.execute(_OF_REFERENCE, asked)]
        if not skus:
            raise NotFound("reference: nothing was ever expected under it")
        closed = connection.execute(_CLOSE, {**asked, "at": now}).rowcount
        tell_waiting_orders(connection, skus, cause=_NEWS, at=now)
        return closed


def _key(one: _Numbered, default_warehouse: str) -> _Key:
    line = one.line
    return line.reference, line.warehouse or default_warehouse, line.sku


def _refusals(
    connection: Connection, lines: Sequence[_Numbered], default_warehouse: str
) -> list[RefusedCell]:
    products = known_products(connection, {one.line.sku for one in lines})
    warehouses = set(connection.execute(select(warehouse.c.warehouse_id)).scalars())
    stored = _stored(connection, lines)
    seen: set[_Key] = set()
    refused: list[RefusedCell] = []
    for one in lines:
        key = _key(one, default_warehouse)
        refused += _refusals_of_article(one, products.get(one.line.sku))
        if key[1] not in warehouses:
            refused.append(one.refuse("warehouse", "a warehouse that there is"))
        if key in seen:
            refused.append(
                one.refuse("sku", "each SKU once for a reference and warehouse")
            )
        seen.add(key)
        if key in stored:
            refused += _refusals_of_change(one, stored[key])
    return refused


def _refusals_of_article(
    one: _Numbered, product: RowMapping | None
) -> Iterator[RefusedCell]:
    if product is None:
        yield one.refuse("sku", "a SKU that the catalogue has")
    elif product["is_bundle"]:
        yield one.refuse("sku", "the parts of the bundle, not the bundle")


def _refusals_of_change(one: _Numbered, stored: RowMapping) -> Iterator[RefusedCell]:
    if stored["closed_at"] is not None:
        yield one.refuse("reference", "one under which the SKU is not closed yet")
    elif one.line.quantity <= stored["received_quantity"]:
        yield one.refuse("quantity", "more units than have arrived; or close it")


def _stored(
    connection: Connection, lines: Sequence[_Numbered]
) -> dict[_Key, RowMapping]:
    stored: dict[_Key, RowMapping] = {}
    for reference in sorted({one.line.reference for one in lines}):
        # A receipt of it waits until this file is stored.
        locked_expectations(connection, reference)
        found = connection.execute(_OF_REFERENCE, {"of_reference": reference})
        for row in found.mappings():
            stored[reference, row["warehouse_id"], row["sku"]] = row
    return stored


def _store(
    connection: Connection,
    lines: Sequence[_Numbered],
    default_warehouse: str,
    now: datetime,
) -> None:
    by_key = {_key(one, default_warehouse): one.line for one in lines}
    rows = [
        {
            "reference": reference,
            "warehouse_id": warehouse_id,
            "sku": sku,
            "quantity": by_key[reference, warehouse_id, sku].quantity,
            "expected_on": by_key[reference, warehouse_id, sku].expected_on,
            "received_quantity": 0,
            "damaged_quantity": 0,
            "created_at": now,
        }
        for reference, warehouse_id, sku in sorted(by_key)
    ]
    insert_or_ignore(connection, expected_receipt, rows)
    changes = [
        {
            "of_reference": row["reference"],
            "at_warehouse": row["warehouse_id"],
            "article": row["sku"],
            "units": row["quantity"],
            "day": row["expected_on"],
        }
        for row in rows
    ]
    if changes:
        connection.execute(_CHANGE, changes)
