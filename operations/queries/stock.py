"""Stock as people read it: levels by place, and the ledger behind them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, select

from operations.queries.models import View
from persistence.tables import location, stock_level, stock_movement

_LEVELS = (
    select(
        stock_level.c.sku,
        location.c.warehouse_id,
        stock_level.c.location_id,
        location.c.kind.label("location_kind"),
        stock_level.c.on_hand,
        stock_level.c.allocated,
        stock_level.c.reserved,
        (
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        ).label("available"),
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .order_by(
        stock_level.c.sku,
        location.c.warehouse_id,
        location.c.pick_sequence,
        stock_level.c.location_id,
    )
)
_MOVEMENTS = (
    select(
        stock_movement.c.stock_movement_id,
        stock_movement.c.kind,
        stock_level.c.sku,
        stock_level.c.location_id,
        stock_movement.c.on_hand_change,
        stock_movement.c.allocated_change,
        stock_movement.c.reserved_change,
        stock_movement.c.unit_cost,
        stock_movement.c.currency,
        stock_movement.c.order_id,
        stock_movement.c.shipment_id,
        stock_movement.c.document,
        stock_movement.c.actor,
        stock_movement.c.occurred_at,
        stock_movement.c.recorded_at,
    )
    .join(stock_level, stock_level.c.stock_level_id == stock_movement.c.stock_level_id)
    .order_by(stock_movement.c.stock_movement_id.desc())
)


class StockRow(View):
    """How much of an article is at one place; `available` is not promised yet."""

    sku: str
    warehouse_id: str
    location_id: str
    location_kind: str
    on_hand: int
    allocated: int
    reserved: int
    available: int


class MovementRow(View):
    """One row of the ledger."""

    stock_movement_id: int
    kind: str
    sku: str
    location_id: str
    on_hand_change: int
    allocated_change: int
    reserved_change: int
    unit_cost: Decimal | None
    currency: str | None
    order_id: str | None
    shipment_id: str | None
    document: str | None
    actor: str
    occurred_at: datetime
    recorded_at: datetime


def stock_levels(
    connection: Connection,
    *,
    skus: tuple[str, ...] = (),
    warehouse_id: str | None = None,
    location_id: str | None = None,
) -> list[StockRow]:
    """Return the levels of articles, by article and place."""
    conditions: list[ColumnElement[bool]] = []
    if skus:
        conditions.append(stock_level.c.sku.in_(skus))
    if warehouse_id is not None:
        conditions.append(location.c.warehouse_id == warehouse_id)
    if location_id is not None:
        conditions.append(stock_level.c.location_id == location_id)
    query = _LEVELS.where(*conditions)
    return [
        StockRow.model_validate(row) for row in connection.execute(query).mappings()
    ]


def stock_movements(
    connection: Connection,
    *,
    sku: str | None = None,
    location_id: str | None = None,
    order_id: str | None = None,
    limit: int,
) -> list[MovementRow]:
    """Return the newest movements, the newest first."""
    given = (
        (stock_level.c.sku, sku),
        (stock_level.c.location_id, location_id),
        (stock_movement.c.order_id, order_id),
    )
    query = _MOVEMENTS.where(
        *(column == value for column, value in given if value is not None)
    ).limit(limit)
    return [
        MovementRow.model_validate(row) for row in connection.execute(query).mappings()
    ]
