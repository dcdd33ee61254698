"""Stock that people find, lose, or take back from a customer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection, bindparam, func, select

from domain.errors import InvalidInput, NotFound
from domain.stock.movements import MovementKind
from messages.order_document import MAX_QUANTITY, Reference
from messages.order_messages import Code
from operations.hand_booking import (
    MovedStock,
    StockMessage,
    bring_in,
    cause_of,
    refuse_staging,
    take_out,
)
from operations.repeats import Clock, done_once
from operations.stock_places import place_named, refuse_unknown_article
from persistence.database import Database
from persistence.tables import allocation, orders, stock_level, stock_movement

# Locked, so that two returns of an order are counted one after the other.
_ORDER = (
    select(orders.c.order_id)
    .where(orders.c.order_id == bindparam("order_id"))
    .with_for_update()
)
_SHIPPED = select(func.coalesce(func.sum(allocation.c.shipped_quantity), 0)).where(
    allocation.c.order_id == bindparam("order_id"), allocation.c.sku == bindparam("sku")
)
_RETURNED = (
    select(func.coalesce(func.sum(stock_movement.c.on_hand_change), 0))
    .join(stock_level, stock_level.c.stock_level_id == stock_movement.c.stock_level_id)
    .where(
        stock_movement.c.order_id == bindparam("order_id"),
        stock_movement.c.kind == MovementKind.RETURNED,
        stock_level.c.sku == bindparam("sku"),
    )
)


class AdjustStock(StockMessage):
    """A location holds more or fewer units than the books say."""

    change: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    location: Reference
    reason: Code


class ReturnStock(StockMessage):
    """Units came back from a customer, into a location."""

    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    location: Reference
    order_id: Reference | None = None


def adjust_stock(database: Database, told: AdjustStock, clock: Clock) -> MovedStock:
    """Book units that were found (+) or lost (-); only free units can be lost.

    Raises `InvalidInput` naming the field.
    """
    return done_once(database, told, clock, MovedStock, _adjust)


def return_stock(database: Database, told: ReturnStock, clock: Clock) -> MovedStock:
    """Book units that came back, at most as many as their order has shipped.

    Raises `InvalidInput` naming the field, `NotFound` for an unknown order.
    """
    return done_once(database, told, clock, MovedStock, _return)


def _adjust(connection: Connection, told: AdjustStock, now: datetime) -> MovedStock:
    if told.change == 0:
        raise InvalidInput("change", "units found (3) or lost (-3), not 0")
    refuse_unknown_article(connection, told.sku)
    place = place_named(connection, told.location, "location")
    refuse_staging(place, "location")
    why = cause_of("adjust", told, now, document=told.reason)
    kind = MovementKind.ADJUSTED
    woken: tuple[str, ...] = ()
    if told.change > 0:
        woken = bring_in(connection, told.sku, told.change, place, kind, why)
    else:
        take_out(connection, told.sku, -told.change, place, kind, why)
    return MovedStock(
        sku=told.sku,
        quantity=told.change,
        to_location=place.location_id,
        woken=woken,
        text=f"{told.sku} at {place.location_id} is adjusted by {told.change:+d}: "
        f"{told.reason}",
    )


def _return(connection: Connection, told: ReturnStock, now: datetime) -> MovedStock:
    refuse_unknown_article(connection, told.sku)
    place = place_named(connection, told.location, "location")
    refuse_staging(place, "location")
    why = cause_of("return", told, now, order_id=told.order_id)
    woken = bring_in(
        connection, told.sku, told.quantity, place, MovementKind.RETURNED, why
    )
    if told.order_id is not None:
        # After the booking: orders are locked after levels.
        _refuse_more_than_shipped(connection, told.order_id, told.sku, told.quantity)
    return MovedStock(
        sku=told.sku,
        quantity=told.quantity,
        to_location=place.location_id,
        woken=woken,
        text=f"{told.quantity} {told.sku} came back to {place.location_id}",
    )


def _refuse_more_than_shipped(
    connection: Connection, order_id: str, sku: str, quantity: int
) -> None:
    asked = {"order_id": order_id, "sku": sku}
    if connection.execute(_ORDER, {"order_id": order_id}).first() is None:
        raise NotFound(f"no order {order_id} is stored")
    shipped = int(connection.execute(_SHIPPED, asked).scalar_one())
    returned = int(connection.execute(_RETURNED, asked).scalar_one())
    if returned > shipped:
        left = shipped - (returned - quantity)
        raise InvalidInput("quantity", f"at most {left}, as shipped and not returned")
