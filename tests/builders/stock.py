"""The catalogue and stock of the test shop, and whether its books agree."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Connection, func, insert, select

from domain.stock.movements import LocationKind, MovementKind
from persistence.stock import Movement, MovementCause, levels_at, move_stock
from persistence.tables import (
    allocation,
    backorder,
    bundle_component,
    location,
    order_progress,
    price_list_entry,
    product,
    stock_level,
    stock_movement,
    warehouse,
)

PRICE = Decimal("9.50")
# SET is a bundle of a JUG and two TRAYs; nobody has ever had a LAMP in stock.
SKUS = ("MUG", "JUG", "TRAY", "SET", "LAMP")
ON_HAND = 100
BIN = "A-01"
WAREHOUSE = "main"
_COUNTERS = ("on_hand", "allocated", "reserved")


def furnish(connection: Connection, cause: MovementCause) -> None:
    """Store a catalogue, a price list, one warehouse, and stock in one bin."""
    connection.execute(
        insert(product),
        [
            {
                "sku": sku,
                "name": sku.title(),
                "price": PRICE,
                "currency": "EUR",
                "weight_grams": 300,
                "is_bundle": sku == "SET",
            }
            for sku in SKUS
        ],
    )
    connection.execute(
        insert(bundle_component),
        [
            {"bundle_sku": "SET", "component_sku": "JUG", "quantity": 1},
            {"bundle_sku": "SET", "component_sku": "TRAY", "quantity": 2},
        ],
    )
    connection.execute(
        insert(price_list_entry),
        [
            {"source": "web", "sku": sku, "price": PRICE, "currency": "EUR"}
            for sku in SKUS
        ],
    )
    connection.execute(
        insert(warehouse),
        {
            "warehouse_id": WAREHOUSE,
            "name": "Main warehouse",
            "street": "Lagerstr. 1",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
            "time_zone": "Europe/Berlin",
        },
    )
    connection.execute(
        insert(location),
        [
            {
                "location_id": place,
                "warehouse_id": WAREHOUSE,
                "kind": kind,
                "pick_sequence": number,
            }
            for number, (place, kind) in enumerate(
                [
                    (BIN, LocationKind.PICK_FACE),
                    ("B-01", LocationKind.PICK_FACE),
                    ("main:staging", LocationKind.STAGING),
                    ("main:damaged", LocationKind.DAMAGED),
                ]
            )
        ],
    )
    for sku in ("MUG", "JUG", "TRAY"):
        put_in_stock(connection, sku, ON_HAND, cause)


def put_in_stock(
    connection: Connection,
    sku: str,
    quantity: int,
    cause: MovementCause,
    place: str = BIN,
) -> int:
    """Receive units into a bin; return the stock level."""
    level = levels_at(connection, place, [sku])[sku]
    received = Movement(
        stock_level_id=level, kind=MovementKind.RECEIVED, on_hand=quantity
    )
    move_stock(connection, [received], cause)
    return level


def stock_at(connection: Connection, place: str, sku: str) -> tuple[int, int]:
    """Return on hand and allocated units of an article at a place."""
    row = connection.execute(
        select(stock_level.c.on_hand, stock_level.c.allocated).where(
            stock_level.c.location_id == place, stock_level.c.sku == sku
        )
    ).first()
    return (0, 0) if row is None else (row.on_hand, row.allocated)


def differences(connection: Connection) -> list[str]:
    """Say where counters, ledger and promises do not agree; empty when all is well."""
    return [
        *_counters_beside_the_ledger(connection),
        *_promises_beside_the_counters(connection),
        *_promises_of_ended_orders(connection),
    ]


def _counters_beside_the_ledger(connection: Connection) -> list[str]:
    sums = [
        func.coalesce(func.sum(stock_movement.c[f"{name}_change"]), 0).label(name)
        for name in _COUNTERS
    ]
    told = {
        row.stock_level_id: tuple(row._mapping[name] for name in _COUNTERS)
        for row in connection.execute(
            select(stock_movement.c.stock_level_id, *sums).group_by(
                stock_movement.c.stock_level_id
            )
        )
    }
    found = []
    for row in connection.execute(select(stock_level)):
        kept = tuple(row._mapping[name] for name in _COUNTERS)
        moved = told.get(row.stock_level_id, (0, 0, 0))
        if kept != moved:
            found.append(f"{row.sku} at {row.location_id}: {kept}, moved {moved}")
    return found


def _promises_beside_the_counters(connection: Connection) -> list[str]:
    promised = connection.execute(
        select(
            func.coalesce(
                func.sum(allocation.c.open_quantity + allocation.c.picked_quantity), 0
            )
        )
    ).scalar_one()
    allocated = connection.execute(
        select(func.coalesce(func.sum(stock_level.c.allocated), 0))
    ).scalar_one()
    if promised == allocated:
        return []
    return [f"{promised} units promised to orders, {allocated} allocated in bins"]


def _promises_of_ended_orders(connection: Connection) -> list[str]:
    ended = select(order_progress.c.order_id).where(
        order_progress.c.ended_at.is_not(None)
    )
    kept = connection.execute(
        select(allocation.c.order_id).where(
            allocation.c.order_id.in_(ended),
            allocation.c.open_quantity + allocation.c.picked_quantity > 0,
        )
    )
    owed = connection.execute(
        select(backorder.c.order_id).where(
            backorder.c.order_id.in_(ended), backorder.c.status == "open"
        )
    )
    return [f"{row.order_id} has ended and still holds stock" for row in kept] + [
        f"{row.order_id} has ended and still waits for stock" for row in owed
    ]
