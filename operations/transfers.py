"""Stock that people move: from place to place, and out of sale."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from domain.errors import InvalidInput
from domain.stock.movements import LocationKind, MovementKind, damaged_location_of
from messages.order_document import MAX_QUANTITY, Reference
from messages.order_messages import Code
from operations.hand_booking import (
    MovedStock,
    StockMessage,
    carry,
    cause_of,
    refuse_staging,
)
from operations.repeats import Clock, done_once
from operations.stock_places import place_named, refuse_unknown_article
from persistence.database import Database


class TransferStock(StockMessage):
    """Units went from one location to another."""

    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    from_location: Reference
    to_location: Reference


class DamageStock(StockMessage):
    """Units may not be sold any more: they go to the warehouse's damaged goods."""

    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    location: Reference
    reason: Code = "damaged"


def transfer_stock(database: Database, told: TransferStock, clock: Clock) -> MovedStock:
    """Move free units between two locations, of one warehouse or of two.

    Raises `InvalidInput` naming the field: an unknown place or article, or more units
    than are free.
    """
    return done_once(database, told, clock, MovedStock, _transfer)


def damage_stock(database: Database, told: DamageStock, clock: Clock) -> MovedStock:
    """Take free units out of sale; raise `InvalidInput` naming the field."""
    return done_once(database, told, clock, MovedStock, _damage)


def _transfer(connection: Connection, told: TransferStock, now: datetime) -> MovedStock:
    refuse_unknown_article(connection, told.sku)
    source = place_named(connection, told.from_location, "from_location")
    target = place_named(connection, told.to_location, "to_location")
    if source == target:
        raise InvalidInput("to_location", "another location than the first")
    refuse_staging(source, "from_location")
    refuse_staging(target, "to_location")
    woken = carry(
        connection,
        told.sku,
        told.quantity,
        (source, target),
        MovementKind.TRANSFERRED,
        cause_of("transfer", told, now),
    )
    return MovedStock(
        sku=told.sku,
        quantity=told.quantity,
        from_location=source.location_id,
        to_location=target.location_id,
        woken=woken,
        text=f"{told.quantity} {told.sku} moved from {source.location_id} "
        f"to {target.location_id}",
    )


def _damage(connection: Connection, told: DamageStock, now: datetime) -> MovedStock:
    refuse_unknown_article(connection, told.sku)
    source = place_named(connection, told.location, "location")
    refuse_staging(source, "location")
    if source.kind is LocationKind.DAMAGED:
        raise InvalidInput("location", "a place whose goods are not damaged already")
    target = place_named(
        connection, damaged_location_of(source.warehouse_id), "location"
    )
    carry(
        connection,
        told.sku,
        told.quantity,
        (source, target),
        MovementKind.DAMAGED,
        cause_of("damage", told, now, document=told.reason),
    )
    return MovedStock(
        sku=told.sku,
        quantity=told.quantity,
        from_location=source.location_id,
        to_location=target.location_id,
        text=f"{told.quantity} {told.sku} moved from {source.location_id} "
        f"to {target.location_id}: {told.reason}",
    )
