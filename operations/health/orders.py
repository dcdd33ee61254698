"""Orders against their rows: labels, shipments, backorders."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import BackorderStatus
from messages.order_state import OrderState
from operations.health.findings import Finding, finding_of
from persistence.tables import allocation, backorder, label, order_progress, shipment

_DOUBLED = (
    select(label.c.shipment_id, func.count().label("labels"))
    .where(label.c.voided_at.is_(None))
    .group_by(label.c.shipment_id)
    .having(func.count() > 1)
    .order_by(label.c.shipment_id)
)
_WITHOUT_GOODS = (
    select(shipment.c.shipment_id, shipment.c.status)
    .where(
        shipment.c.status != ShipmentStatus.CANCELLED,
        ~select(allocation.c.allocation_id)
        .where(allocation.c.shipment_id == shipment.c.shipment_id)
        .exists(),
    )
    .order_by(shipment.c.shipment_id)
)
_OWED = (
    select(backorder.c.order_id, func.sum(backorder.c.quantity).label("units"))
    .where(backorder.c.status == BackorderStatus.OPEN)
    .group_by(backorder.c.order_id)
)
_OPEN_STATES = select(order_progress.c.state).where(order_progress.c.ended_at.is_(None))


def examine_orders(connection: Connection) -> tuple[Finding, ...]:
    """Compare orders with the rows that belong to them."""
    return (
        check_labels(connection),
        check_shipments(connection),
        check_backorders(connection),
    )


def check_labels(connection: Connection) -> Finding:
    """Look for shipments with more than one valid label."""
    rows = [
        f"{row.shipment_id} has {row.labels} valid labels"
        for row in connection.execute(_DOUBLED)
    ]
    return finding_of(
        "labels",
        rows,
        well="no shipment has two",
        mend="ask the carrier which was used, and void the other",
    )


def check_shipments(connection: Connection) -> Finding:
    """Look for shipments that have nothing to ship."""
    rows = [
        f"{row.shipment_id} is {row.status} and has no allocation"
        for row in connection.execute(_WITHOUT_GOODS)
    ]
    return finding_of(
        "shipments",
        rows,
        well="every shipment has goods",
        mend="cancel the order or source it again with resource_shipment",
    )


def check_backorders(connection: Connection) -> Finding:
    """Compare what orders say they are owed with their open backorders."""
    owed = Counter({row.order_id: int(row.units) for row in connection.execute(_OWED)})
    said: Counter[str] = Counter()
    for stored in connection.execute(_OPEN_STATES).scalars():
        state = OrderState.model_validate(stored)
        said[state.order_id] = state.backordered
    rows = [
        f"order {order_id}: its run says {said[order_id]} units, "
        f"its backorders {owed[order_id]}"
        for order_id in sorted({*owed, *said})
        if owed[order_id] != said[order_id]
    ]
    return finding_of(
        "backorders",
        rows,
        well="what is owed is what runs say",
        mend="send change_lines or cancel_order, which write both anew",
    )
