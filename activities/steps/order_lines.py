"""Reading an order's lines and what they take from the shelves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, bindparam, select

from domain.stock.sourcing import LineDemand, MissingStock
from persistence.tables import order_demand, order_line

# Units by line and article: a bundle's line owes several articles.
Owed = Counter[tuple[int, str]]

_LINES = (
    select(order_line)
    .where(order_line.c.order_id == bindparam("order_id"))
    .order_by(order_line.c.line_no)
)
_DEMANDS = (
    select(order_demand.c.line_no, order_demand.c.sku, order_demand.c.quantity_per_unit)
    .where(order_demand.c.order_id == bindparam("order_id"))
    .order_by(order_demand.c.line_no, order_demand.c.sku)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """One line of an order; `sku` is empty until the article is known."""

    line_no: int
    ordered_sku: str
    sku: str | None
    quantity: int
    cancelled_quantity: int
    unit_price: Decimal | None
    discount: Decimal | None
    # The line this one is sent instead of.
    substitutes_line_no: int | None = None

    @property
    def wanted(self) -> int:
        """Return the units still wanted."""
        return self.quantity - self.cancelled_quantity


def load_lines(connection: Connection, order_id: str) -> list[StoredLine]:
    """Return every line, also cancelled ones."""
    rows = connection.execute(_LINES, {"order_id": order_id})
    return [
        StoredLine(
            line_no=row.line_no,
            ordered_sku=row.ordered_sku,
            sku=row.sku,
            quantity=row.quantity,
            cancelled_quantity=row.cancelled_quantity,
            unit_price=row.unit_price,
            discount=row.discount,
            substitutes_line_no=row.substitutes_line_no,
        )
        for row in rows
    ]


def load_parts(
    connection: Connection, order_id: str
) -> dict[int, tuple[tuple[str, int], ...]]:
    """Return, for each line, the articles one unit takes and how many of each."""
    parts: dict[int, list[tuple[str, int]]] = {}
    for row in connection.execute(_DEMANDS, {"order_id": order_id}):
        parts.setdefault(row.line_no, []).append((row.sku, row.quantity_per_unit))
    return {line_no: tuple(each) for line_no, each in parts.items()}


def demands_of(
    lines: list[StoredLine], parts: dict[int, tuple[tuple[str, int], ...]]
) -> list[LineDemand]:
    """Return what the lines still want from the shelves."""
    return [
        LineDemand(line_no=line.line_no, units=line.wanted, parts=parts[line.line_no])
        for line in lines
        if line.wanted and line.line_no in parts
    ]


def demands_of_owed(
    parts: Mapping[int, tuple[tuple[str, int], ...]], owed: Owed
) -> list[LineDemand]:
    """Want whole bundles where all parts are owed, and single parts for the rest."""
    demands: list[LineDemand] = []
    for line_no, each_part in parts.items():
        units = min(owed[line_no, sku] // each for sku, each in each_part)
        if units:
            demands.append(LineDemand(line_no=line_no, units=units, parts=each_part))
        for sku, each in each_part:
            single = owed[line_no, sku] - units * each
            if single:
                demands.append(
                    LineDemand(line_no=line_no, units=single, parts=((sku, 1),))
                )
    return demands


def owed_of(missing: Iterable[MissingStock]) -> Owed:
    """Return missing stock as units owed, each line and article once."""
    owed: Owed = Counter()
    for one in missing:
        owed[one.line_no, one.sku] += one.quantity
    return owed


def missing_of(owed: Owed) -> list[MissingStock]:
    """Return units owed as missing stock, in the order of the lines."""
    return [
        MissingStock(line_no=line_no, sku=sku, quantity=quantity)
        for (line_no, sku), quantity in sorted(owed.items())
        if quantity
    ]
