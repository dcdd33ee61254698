"""Frozen places: what is frozen, and what was promised from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)

from domain.shipments.status import BEFORE_PICKING, ON_THE_FLOOR
from domain.shipments.tasks import BackorderStatus
from domain.stock.movements import SELLABLE
from messages.names import UpdateName
from persistence.tables import (
    allocation,
    backorder,
    location,
    outbox,
    shipment,
    stock_level,
    warehouse,
)

_STANDS_FROZEN = (
    select(func.count())
    .select_from(allocation)
    .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
    .join(location, location.c.location_id == stock_level.c.location_id)
    .join(warehouse, warehouse.c.warehouse_id == location.c.warehouse_id)
    .where(
        allocation.c.shipment_id == bindparam("shipment_id"),
        allocation.c.open_quantity > 0,
        or_(location.c.frozen_at.is_not(None), warehouse.c.frozen_at.is_not(None)),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezablePlace:
    """A location, or a whole warehouse."""

    location_id: str | None = None
    warehouse_id: str | None = None

    def __str__(self) -> str:
        """Name it as people do."""
        if self.location_id is not None:
            return f"location {self.location_id}"
        return f"warehouse {self.warehouse_id}"

    @property
    def table(self) -> Table:
        """Return the table that its row is in."""
        return warehouse if self.location_id is None else location

    def is_row(self) -> ColumnElement[bool]:
        """Match its row."""
        if self.location_id is None:
            return warehouse.c.warehouse_id == self.warehouse_id
        return location.c.location_id == self.location_id

    def holds(self) -> ColumnElement[bool]:
        """Match the locations that belong to it."""
        if self.location_id is None:
            return location.c.warehouse_id == self.warehouse_id
        return location.c.location_id == self.location_id


def lock_place(
    connection: Connection, place: FreezablePlace
) -> Row[datetime | None, str | None] | None:
    """Return since when and why a place is frozen; None if there is no such place.

    Locked against another freeze, and not against those who book at its levels.
    """
    table = place.table
    query = select(table.c.frozen_at, table.c.frozen_reason).where(place.is_row())
    return connection.execute(query.with_for_update(key_share=True)).first()


def mark_frozen(
    connection: Connection,
    place: FreezablePlace,
    *,
    at: datetime | None,
    reason: str | None,
) -> None:
    """Freeze a place, or with neither moment nor reason thaw it."""
    connection.execute(
        update(place.table)
        .where(place.is_row())
        .values(frozen_at=at, frozen_reason=reason)
    )


def untold_shipments(
    connection: Connection, place: FreezablePlace, told_by: str
) -> list[Row[str, str]]:
    """Return shipments that nobody has begun to pick and that need stock of a place.

    Those with a message of the prefix `told_by` in the outbox are left out.
    """
    told = (
        select(outbox.c.outbox_id)
        .where(outbox.c.message_id == literal(told_by) + shipment.c.shipment_id)
        .exists()
    )
    promised = _promised_from(place, allocation.c.open_quantity > 0).exists()
    query = (
        select(shipment.c.shipment_id, shipment.c.order_id)
        .where(shipment.c.status.in_(sorted(BEFORE_PICKING)), promised, ~told)
        .order_by(shipment.c.shipment_id)
    )
    return list(connection.execute(query))


def told_shipments(connection: Connection, told_by: str) -> list[str]:
    """Return the shipments to whose runs a message of this prefix was written."""
    length = len(told_by)
    query = select(func.substr(outbox.c.message_id, length + 1)).where(
        outbox.c.name == UpdateName.RESOURCE_SHIPMENT,
        func.substr(outbox.c.message_id, 1, length) == told_by,
    )
    return sorted(connection.execute(query).scalars())


def started_shipments(
    connection: Connection, place: FreezablePlace
) -> list[Row[str, str, str]]:
    """Return the shipments on the floor with units of a place, picked or still owed."""
    used = _promised_from(
        place, allocation.c.open_quantity + allocation.c.picked_quantity > 0
    ).exists()
    query = (
        select(shipment.c.shipment_id, shipment.c.order_id, shipment.c.status)
        .where(shipment.c.status.in_(sorted(ON_THE_FLOOR)), used)
        .order_by(shipment.c.shipment_id)
    )
    return list(connection.execute(query))


def stands_in_frozen_place(connection: Connection, shipment_id: str) -> bool:
    """Return whether a shipment is promised units of a place that is frozen."""
    asked = {"shipment_id": shipment_id}
    return connection.execute(_STANDS_FROZEN, asked).scalar_one() > 0


def awaited_levels(connection: Connection, place: FreezablePlace) -> Sequence[int]:
    """Return the levels of a place, frozen or not, that have what orders wait for."""
    awaited = select(backorder.c.sku).where(backorder.c.status == BackorderStatus.OPEN)
    query = (
        select(stock_level.c.stock_level_id)
        .join(location, location.c.location_id == stock_level.c.location_id)
        .where(
            place.holds(),
            location.c.kind.in_(sorted(SELLABLE)),
            stock_level.c.on_hand > stock_level.c.allocated + stock_level.c.reserved,
            stock_level.c.sku.in_(awaited),
        )
        .order_by(stock_level.c.stock_level_id)
    )
    return connection.execute(query).scalars().all()


def _promised_from(place: FreezablePlace, units: ColumnElement[bool]) -> Select[int]:
    return (
        select(allocation.c.allocation_id)
        .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
        .join(location, location.c.location_id == stock_level.c.location_id)
        .where(allocation.c.shipment_id == shipment.c.shipment_id, place.holds(), units)
    )
