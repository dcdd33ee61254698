"""What waits for anybody in the shop at this moment: floor, office, stock, carrier."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import BackorderStatus, TaskKind
from domain.stock.reservations import ReservationKind, ReservationStatus
from operations.queries.counts import CountTaskRow, open_counts
from operations.queries.exceptions import ExceptionRow, open_exceptions
from operations.queries.floor import OpenTask, open_tasks
from operations.queries.models import View
from operations.queries.refunds import RefundRow, list_refunds
from persistence.tables import (
    allocation,
    backorder,
    hold,
    label,
    order_progress,
    orders,
    reservation,
    reservation_line,
    shipment,
)


class OrderPulse(View):
    """Where an open order stands; without a revision its run has not begun."""

    order_id: str
    revision: int
    status: str


class PackWork(View):
    """A picked shipment and the units of each SKU that wait to be packed."""

    order_id: str
    shipment_id: str
    contents: dict[str, int]


class CarrierWork(View):
    """A shipment with a label that waits for its carrier, or is with it."""

    order_id: str
    shipment_id: str
    carrier: str
    tracking_number: str | None
    milestone: str | None


class HoldWork(View):
    """An open hold."""

    order_id: str
    hold_id: str
    kind: str


class OwedUnits(View):
    """Backordered units of an article; `order_ids` wait for them.

    `coming` units are here and kept for such orders, which have not taken them yet.
    """

    sku: str
    quantity: int
    coming: int = 0
    order_ids: tuple[str, ...]


class OpenWork(View):
    """Everything that waits, as read in one transaction."""

    orders: dict[str, OrderPulse]
    picks: tuple[OpenTask, ...]
    put_backs: tuple[OpenTask, ...]
    packs: tuple[PackWork, ...]
    hand_overs: tuple[CarrierWork, ...]
    unlabelled: tuple[CarrierWork, ...]
    travelling: tuple[CarrierWork, ...]
    holds: tuple[HoldWork, ...]
    exceptions: tuple[ExceptionRow, ...]
    counts: tuple[CountTaskRow, ...]
    owed: tuple[OwedUnits, ...]
    refunds: tuple[RefundRow, ...]


_ORDERS = (
    select(
        orders.c.order_id,
        func.coalesce(order_progress.c.revision, 0).label("revision"),
        func.coalesce(order_progress.c.status, "received").label("status"),
    )
    .outerjoin(order_progress, order_progress.c.order_id == orders.c.order_id)
    .where(order_progress.c.ended_at.is_(None))
    .order_by(orders.c.received_at)
)
_PACKS = (
    select(
        shipment.c.order_id,
        shipment.c.shipment_id,
        allocation.c.sku,
        func.sum(allocation.c.picked_quantity).label("quantity"),
    )
    .join(allocation, allocation.c.shipment_id == shipment.c.shipment_id)
    .where(shipment.c.status == ShipmentStatus.PICKED, allocation.c.picked_quantity > 0)
    .group_by(shipment.c.order_id, shipment.c.shipment_id, allocation.c.sku)
    .order_by(shipment.c.shipment_id, allocation.c.sku)
)
_HAS_LABEL = (
    select(label.c.idempotency_key)
    .where(label.c.shipment_id == shipment.c.shipment_id, label.c.voided_at.is_(None))
    .exists()
)
_WITH_LABEL = select(
    shipment.c.order_id,
    shipment.c.shipment_id,
    shipment.c.carrier,
    shipment.c.tracking_number,
    shipment.c.milestone,
).order_by(shipment.c.created_at, shipment.c.shipment_id)
_PACKED = shipment.c.status == ShipmentStatus.PACKED
_HOLDS = (
    select(hold.c.order_id, hold.c.hold_id, hold.c.kind)
    .join(order_progress, order_progress.c.order_id == hold.c.order_id)
    .where(hold.c.released_at.is_(None), order_progress.c.ended_at.is_(None))
    .order_by(hold.c.placed_at, hold.c.hold_id)
)
_OWED = (
    select(backorder.c.sku, backorder.c.order_id, backorder.c.quantity)
    .where(backorder.c.status == BackorderStatus.OPEN)
    .order_by(backorder.c.sku, backorder.c.backorder_id)
)
_COMING = (
    select(reservation_line.c.sku, func.sum(reservation_line.c.quantity).label("units"))
    .join(
        reservation, reservation.c.reservation_id == reservation_line.c.reservation_id
    )
    .where(
        reservation.c.kind.in_((ReservationKind.BACKLOG, ReservationKind.BACKORDER)),
        reservation.c.status == ReservationStatus.OPEN,
    )
    .group_by(reservation_line.c.sku)
)


def read_open_work(connection: Connection, now: datetime) -> OpenWork:
    """Read what waits for anybody."""
    tasks = open_tasks(connection)
    exceptions = open_exceptions(connection, now)
    return OpenWork(
        orders={
            row["order_id"]: OrderPulse.model_validate(row)
            for row in connection.execute(_ORDERS).mappings()
        },
        picks=tuple(task for task in tasks if task.kind is TaskKind.PICK),
        put_backs=tuple(task for task in tasks if task.kind is TaskKind.PUT_BACK),
        packs=_packs(connection),
        hand_overs=_carrier_work(connection, _WITH_LABEL.where(_PACKED, _HAS_LABEL)),
        unlabelled=_carrier_work(connection, _WITH_LABEL.where(_PACKED, ~_HAS_LABEL)),
        travelling=_carrier_work(
            connection,
            _WITH_LABEL.where(shipment.c.status == ShipmentStatus.HANDED_OVER),
        ),
        holds=tuple(
            HoldWork.model_validate(row)
            for row in connection.execute(_HOLDS).mappings()
        ),
        exceptions=tuple(exceptions),
        counts=tuple(open_counts(connection)),
        owed=_owed(connection),
        refunds=tuple(list_refunds(connection)),
    )


def _packs(connection: Connection) -> tuple[PackWork, ...]:
    contents: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in connection.execute(_PACKS):
        contents[row.order_id, row.shipment_id][row.sku] = int(row.quantity)
    return tuple(
        PackWork(order_id=order_id, shipment_id=shipment_id, contents=units)
        for (order_id, shipment_id), units in contents.items()
    )


def _carrier_work(
    connection: Connection, query: Select[tuple[object, ...]]
) -> tuple[CarrierWork, ...]:
    return tuple(
        CarrierWork.model_validate(row) for row in connection.execute(query).mappings()
    )


def _owed(connection: Connection) -> tuple[OwedUnits, ...]:
    units: dict[str, int] = defaultdict(int)
    waiting: dict[str, dict[str, None]] = defaultdict(dict)
    for row in connection.execute(_OWED):
        units[row.sku] += row.quantity
        waiting[row.sku][row.order_id] = None
    coming: dict[str, int] = {}
    if units:
        coming = {row.sku: int(row.units) for row in connection.execute(_COMING)}
    return tuple(
        OwedUnits(
            sku=sku,
            quantity=quantity,
            coming=min(coming.get(sku, 0), quantity),
            order_ids=tuple(waiting[sku]),
        )
        for sku, quantity in units.items()
    )
