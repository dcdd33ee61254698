"""Stock of the past, of our own ledger and of imported orders, row by row."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select

from domain.stock.movements import LocationKind, MovementKind
from persistence.database import Database
from persistence.stock import levels_at
from persistence.tables import (
    history_import,
    history_line,
    history_movement,
    history_order,
    history_shipment,
    location,
    product,
    stock_movement,
    warehouse,
)

MICROS = 10**6


class StockPast:
    """Writes what happened to the stock of two warehouses, and to their orders."""

    def __init__(self, database: Database, at: datetime) -> None:
        self.database = database
        self._numbers = iter(range(1, 10**6))
        self.add(
            history_import, import_id="i1", kind="movements", started_at=at, actor="me"
        )
        for name in ("main", "north"):
            self.add(warehouse, warehouse_id=name, name=name, time_zone="UTC")
            self.add(
                location,
                location_id=name,
                warehouse_id=name,
                kind=LocationKind.PICK_FACE,
                pick_sequence=1,
            )

    def add(self, table: Any, **row: object) -> None:
        with self.database.write() as connection:
            connection.execute(insert(table), row)

    def article(self, sku: str, category: str | None = None) -> None:
        self.add(product, sku=sku, name=sku, category=category)

    def imported(
        self,
        at: datetime,
        units: int,
        value: float,
        sku: str = "MUG",
        warehouse_id: str = "main",
        **more: object,
    ) -> None:
        """Write an imported movement: shipped if units leave, else received."""
        kind = MovementKind.SHIPPED if units < 0 else MovementKind.RECEIVED
        row = {
            "import_id": "i1",
            "warehouse_id": warehouse_id,
            "sku": sku,
            "kind": kind,
            "quantity_change": units,
            "value_change_micros": round(value * MICROS),
            "currency": "EUR",
            "occurred_at": at,
            "recorded_at": at,
        }
        self.add(history_movement, **(row | more))

    def booked(
        self,
        at: datetime,
        units: int,
        unit_cost: str | None = None,
        sku: str = "MUG",
        place: str = "main",
        **more: object,
    ) -> None:
        """Write a movement of our own ledger; the article must be in the catalogue."""
        kind = MovementKind.SHIPPED if units < 0 else MovementKind.RECEIVED
        row = {
            "kind": kind,
            "on_hand_change": units,
            "unit_cost": None if unit_cost is None else Decimal(unit_cost),
            "currency": None if unit_cost is None else "EUR",
            "cause": "test",
            "actor": "test",
            "occurred_at": at,
            "recorded_at": at,
        }
        with self.database.write() as connection:
            level = levels_at(connection, place, [sku])[sku]
            connection.execute(
                insert(stock_movement), row | more | {"stock_level_id": level}
            )

    def order(
        self,
        at: datetime | None,
        units: int,
        unit_cost: float | None,
        sku: str = "MUG",
        warehouse_id: str | None = "main",
        **more: Any,
    ) -> str:
        """Write an imported order of one line that left at that moment.

        It may also have a `source`, and an instant `delivered_at`.
        """
        source, delivered_at = more.get("source", "shop"), more.get("delivered_at")
        number = next(self._numbers)
        order_id = f"{source}-{number}"
        self.add(
            history_order,
            order_id=order_id,
            source=source,
            number=str(number),
            import_id="i1",
            fingerprint=str(number),
            status="delivered",
            currency="EUR",
            placed_at=at or delivered_at,
        )
        self.add(
            history_shipment,
            order_id=order_id,
            shipment_no=1,
            warehouse_id=warehouse_id,
            handed_over_at=at,
            delivered_at=delivered_at,
        )
        self.add(
            history_line,
            order_id=order_id,
            line_no=1,
            shipment_no=1,
            sku=sku,
            quantity_ordered=units,
            quantity_shipped=units,
            unit_cost_micros=None if unit_cost is None else round(unit_cost * MICROS),
        )
        return order_id


def all_rows(connection: Connection, table: Any) -> list[Any]:
    """Return every row of a table."""
    return list(connection.execute(select(table)))
