"""Opening stock made of the orders of a file, where there is no count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from pydantic import ValidationError

from domain.errors import InvalidInput
from operations.files.cells import CellRefused, whole_number
from operations.files.models import Numbered
from operations.files.rows import RefusedCell, Row
from operations.order_files.reading import OrderFile
from operations.stock_files.lines import STOCK_FORMAT, StockLine
from operations.stock_files.receipts import (
    NumberedStock,
    ReceiptTerms,
    StockImportResult,
)
from operations.stock_files.receiving import book_receipt
from persistence.database import Database

MAX_SHARE = 1000
BAYS = 20
SHELVES = 5
_SEQUENCE_STEP = 10


@dataclass(slots=True)
class _Demand:
    row: int
    units: int = 0
    times: int = 0


@dataclass(slots=True)
class _Counted:
    demand: dict[str, _Demand] = field(default_factory=dict)
    refused: list[tuple[Row, list[RefusedCell]]] = field(default_factory=list)


def stock_from_orders(
    database: Database,
    order_file: OrderFile,
    *,
    clock: Callable[[], datetime],
    stock_share: Decimal = Decimal(1),
    terms: ReceiptTerms | None = None,
) -> StockImportResult:
    """Book the units ordered of each SKU times a share, rounded up, a bin for each.

    What is ordered most often lies first on the pickers' way.
    """
    if not 0 < stock_share <= MAX_SHARE:
        raise InvalidInput(
            "stock_share", f"a share above 0 and at most {MAX_SHARE}, such as 0.5"
        )
    counted = _count(order_file)
    lines: list[NumberedStock] = []
    for place, (sku, demand) in enumerate(_by_demand(counted.demand)):
        units = (demand.units * stock_share).to_integral_value(ROUND_CEILING)
        try:
            lines.append(_line(sku, int(units), place, demand.row))
        except ValidationError as error:
            counted.refused.append(_refused(order_file, demand.row, error))
    result = book_receipt(
        database,
        lines,
        clock=clock,
        terms=terms or ReceiptTerms(),
        refused_before=counted.refused,
    )
    return replace(result, read=order_file.read, skipped=order_file.skipped)


def bin_at(place: int) -> str:
    """Return the n-th bin of a warehouse: aisle, bay and shelf, such as `A-01-1`."""
    bay, shelf = divmod(place, SHELVES)
    aisle, bay = divmod(bay, BAYS)
    return f"{_letters(aisle)}-{bay + 1:02d}-{shelf + 1}"


def _letters(aisle: int) -> str:
    more, last = divmod(aisle, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + last)


def _line(sku: str, units: int, place: int, row: int) -> NumberedStock:
    line = StockLine(
        sku=sku,
        location=bin_at(place),
        quantity=units,
        pick_sequence=(place + 1) * _SEQUENCE_STEP,
    )
    return Numbered(row=row, line=line)


def _by_demand(demand: dict[str, _Demand]) -> Iterator[tuple[str, _Demand]]:
    yield from sorted(demand.items(), key=lambda each: (-each[1].times, each[0]))


def _count(order_file: OrderFile) -> _Counted:
    counted = _Counted()
    for found in order_file.goods():
        if isinstance(found, RefusedCell):
            counted.refused.append((Row(number=found.row, cells=()), [found]))
            continue
        try:
            text = order_file.text(found, "lines.quantity")
            units = whole_number(order_file.read_number(text))
        except CellRefused as error:
            column = order_file.mapping.columns["lines.quantity"]
            cell = RefusedCell(row=found.number, column=column, wanted=error.wanted)
            counted.refused.append((found, [cell]))
            continue
        sku = order_file.text(found, "lines.sku")
        demand = counted.demand.setdefault(sku, _Demand(row=found.number))
        demand.units += max(units, 0)
        demand.times += 1
    return counted


def _refused(
    order_file: OrderFile, row: int, error: ValidationError
) -> tuple[Row, list[RefusedCell]]:
    name = str(error.errors()[0]["loc"][0])
    column = order_file.mapping.columns.get(f"lines.{name}", name)
    cell = RefusedCell(row=row, column=column, wanted=STOCK_FORMAT.wanted[name])
    return Row(number=row, cells=()), [cell]
