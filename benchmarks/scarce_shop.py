"""Few units over two warehouses, who wants them, and whether the books agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from benchmarks.shop import PRICE, document
from domain.shipments.tasks import BackorderStatus
from domain.stock.movements import MovementKind
from persistence.stock import Movement, MovementCause, levels_at, move_stock
from persistence.tables import (
    allocation,
    backorder,
    location,
    order_demand,
    order_line,
    product,
    reservation_line,
    stock_level,
    stock_movement,
    warehouse,
)
from worker import now

SCARCE = "SCARCE"
WAREHOUSES = ("north", "south")
BINS_EACH = 3
_COUNTERS = ("on_hand", "allocated", "reserved")
_HELD = (
    allocation.c.open_quantity
    + allocation.c.picked_quantity
    + allocation.c.shipped_quantity
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What was sold, by how many units the books differ, what nobody got."""

    sold: int
    ledger_difference: int
    # Free units that an order waits for.
    left_over: int


def add_places(connection: Connection) -> None:
    """Add two warehouses with bins, a staging place and a place for damaged goods."""
    for warehouse_id in WAREHOUSES:
        connection.execute(
            insert(warehouse),
            {
                "warehouse_id": warehouse_id,
                "name": warehouse_id.title(),
                "time_zone": "Europe/Berlin",
                "country": "DE",
            },
        )
        kinds = dict.fromkeys(bins_of(warehouse_id), "pick_face")
        kinds |= {f"{warehouse_id}:{kind}": kind for kind in ("staging", "damaged")}
        connection.execute(
            insert(location),
            [
                {
                    "location_id": place,
                    "warehouse_id": warehouse_id,
                    "kind": kind,
                    "pick_sequence": sequence,
                }
                for sequence, (place, kind) in enumerate(kinds.items())
            ],
        )


def bins_of(warehouse_id: str) -> tuple[str, ...]:
    """Return the names of a warehouse's bins."""
    return tuple(f"{warehouse_id}-{number}" for number in range(1, BINS_EACH + 1))


def add_article(connection: Connection, sku: str, units: int) -> list[int]:
    """Add an article, its units spread over every bin; return the stock levels."""
    connection.execute(
        insert(product),
        {
            "sku": sku,
            "name": sku.title(),
            "price": Decimal(PRICE),
            "currency": "EUR",
            "weight_grams": 300,
        },
    )
    places = [place for each in WAREHOUSES for place in bins_of(each)]
    levels = [levels_at(connection, place, [sku])[sku] for place in places]
    received = [
        Movement(stock_level_id=level, kind=MovementKind.RECEIVED, on_hand=share)
        for level, share in zip(levels, _shares(units, len(levels)), strict=True)
        if share
    ]
    why = MovementCause(
        cause="benchmark", actor="benchmark", occurred_at=now(), recorded_at=now()
    )
    move_stock(connection, received, why)
    return levels


def _shares(units: int, places: int) -> Sequence[int]:
    return [units // places + (place < units % places) for place in range(places)]


def buyer_document(number: int) -> dict[str, object]:
    """Return a buyer's order: one to three units, every fifth in two lines."""
    line = {"sku": SCARCE, "quantity": 1 + number % 3, "unit_price": PRICE}
    lines = [line, {**line, "quantity": 1}] if number % 5 == 0 else [line]
    return {**document(number), "lines": lines}


def books_of(connection: Connection, sku: str = SCARCE) -> Books:
    """Count what was sold of an article, and compare every book with every other."""
    waiting = connection.execute(
        _total(backorder.c.quantity).where(
            backorder.c.sku == sku, backorder.c.status == BackorderStatus.OPEN
        )
    ).scalar_one()
    free = stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
    return Books(
        sold=connection.execute(
            _total(_HELD).where(allocation.c.sku == sku)
        ).scalar_one(),
        ledger_difference=sum(_differences(connection)),
        left_over=min(
            waiting,
            connection.execute(
                _total(free).where(stock_level.c.sku == sku)
            ).scalar_one(),
        ),
    )


def _differences(connection: Connection) -> list[int]:
    """Compare counters, ledger, promises and orders, over everything that is stored."""
    level = stock_level.c.stock_level_id
    moved = stock_movement.c.stock_level_id
    found = [
        _distance(
            _sums(connection, level, stock_level.c[name]),
            _sums(connection, moved, stock_movement.c[f"{name}_change"]),
        )
        for name in _COUNTERS
    ]
    found.append(
        _distance(
            _sums(connection, level, stock_level.c.allocated),
            _sums(connection, allocation.c.stock_level_id, allocation.c.open_quantity),
        )
    )
    found.append(
        _distance(
            _sums(connection, level, stock_level.c.reserved),
            _sums(
                connection,
                reservation_line.c.stock_level_id,
                reservation_line.c.quantity,
            ),
        )
    )
    return [*found, _distance(_wanted(connection), _got_or_owed(connection))]


def _wanted(connection: Connection) -> Counter[object]:
    """Return the units each order wants."""
    units = order_line.c.quantity - order_line.c.cancelled_quantity
    rows = connection.execute(
        select(
            order_demand.c.order_id,
            func.sum(units * order_demand.c.quantity_per_unit),
        )
        .join(
            order_line,
            (order_line.c.order_id == order_demand.c.order_id)
            & (order_line.c.line_no == order_demand.c.line_no),
        )
        .group_by(order_demand.c.order_id)
    )
    return Counter({row[0]: int(row[1]) for row in rows})


def _got_or_owed(connection: Connection) -> Counter[object]:
    """Return the units each order has or waits for: what it wants, once."""
    owed = connection.execute(
        select(backorder.c.order_id, func.sum(backorder.c.quantity))
        .where(backorder.c.status == BackorderStatus.OPEN)
        .group_by(backorder.c.order_id)
    )
    return _sums(connection, allocation.c.order_id, _HELD) + Counter(
        {row[0]: int(row[1]) for row in owed}
    )


def _sums(
    connection: Connection, key: ColumnElement[object], units: ColumnElement[int]
) -> Counter[object]:
    rows = connection.execute(select(key, func.sum(units)).group_by(key))
    return Counter({row[0]: int(row[1]) for row in rows})


def _distance(one: Mapping[object, int], other: Mapping[object, int]) -> int:
    return sum(abs(one.get(key, 0) - other.get(key, 0)) for key in {*one, *other})


def _total(units: ColumnElement[int]) -> Select[int]:
    return select(func.coalesce(func.sum(units), 0))
