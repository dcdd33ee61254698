"""Shipments against their goods, their labels and the floor's tasks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, func, literal, or_, select, union_all

from domain.shipments.status import ENDED, WITH_CARRIER, ShipmentStatus
from domain.shipments.tasks import TaskKind, TaskStatus
from domain.stock.movements import MovementKind
from persistence.audit.findings import AuditCheck, AuditFinding
from persistence.tables import (
    allocation,
    label,
    order_line,
    pick_task,
    shipment,
    stock_level,
    stock_movement,
)

_DOUBLED = (
    select(label.c.shipment_id, func.count().label("labels"))
    .where(label.c.voided_at.is_(None))
    .group_by(label.c.shipment_id)
    .having(func.count() > 1)
    .order_by(label.c.shipment_id)
)
_HAS_GOODS = (
    select(allocation.c.allocation_id)
    .where(allocation.c.shipment_id == shipment.c.shipment_id)
    .exists()
)
_WITHOUT_GOODS = (
    select(shipment.c.shipment_id, shipment.c.status)
    .where(shipment.c.status != ShipmentStatus.CANCELLED, ~_HAS_GOODS)
    .order_by(shipment.c.shipment_id)
)
_ORPHANS = (
    select(
        allocation.c.allocation_id,
        allocation.c.order_id,
        allocation.c.line_no,
        allocation.c.shipment_id,
        allocation.c.sku,
        shipment.c.order_id.label("owner"),
        order_line.c.line_no.label("known_line"),
    )
    .outerjoin(shipment, shipment.c.shipment_id == allocation.c.shipment_id)
    .outerjoin(
        order_line,
        and_(
            order_line.c.order_id == allocation.c.order_id,
            order_line.c.line_no == allocation.c.line_no,
        ),
    )
    .where(
        or_(
            shipment.c.order_id.is_(None),
            shipment.c.order_id != allocation.c.order_id,
            order_line.c.line_no.is_(None),
        )
    )
    .order_by(allocation.c.allocation_id)
)
_OF_ENDED = (
    select(
        allocation.c.allocation_id,
        allocation.c.shipment_id,
        allocation.c.sku,
        allocation.c.open_quantity,
        allocation.c.picked_quantity,
        shipment.c.status,
    )
    .join(shipment, shipment.c.shipment_id == allocation.c.shipment_id)
    .where(
        shipment.c.status.in_(sorted(ENDED | WITH_CARRIER)),
        allocation.c.open_quantity + allocation.c.picked_quantity > 0,
    )
    .order_by(allocation.c.allocation_id)
)
_LEFT = union_all(
    select(
        allocation.c.shipment_id,
        allocation.c.sku,
        allocation.c.shipped_quantity.label("shipped"),
        literal(0).label("moved"),
    ).where(allocation.c.shipped_quantity > 0),
    select(
        stock_movement.c.shipment_id,
        stock_level.c.sku,
        literal(0),
        -stock_movement.c.on_hand_change,
    )
    .join(
        stock_level,
        stock_level.c.stock_level_id == stock_movement.c.stock_level_id,
    )
    .where(
        stock_movement.c.kind == MovementKind.SHIPPED,
        stock_movement.c.shipment_id.is_not(None),
    ),
).subquery("gone")
_SHIPPED = (
    select(
        _LEFT.c.shipment_id,
        _LEFT.c.sku,
        func.sum(_LEFT.c.shipped).label("shipped"),
        func.sum(_LEFT.c.moved).label("moved"),
    )
    .group_by(_LEFT.c.shipment_id, _LEFT.c.sku)
    .having(func.sum(_LEFT.c.shipped) != func.sum(_LEFT.c.moved))
    .order_by(_LEFT.c.shipment_id, _LEFT.c.sku)
)
_EMPTY = (
    select(shipment.c.shipment_id, shipment.c.status)
    .where(
        shipment.c.status.in_(sorted(WITH_CARRIER)),
        ~select(allocation.c.allocation_id)
        .where(
            allocation.c.shipment_id == shipment.c.shipment_id,
            allocation.c.shipped_quantity > 0,
        )
        .exists(),
    )
    .order_by(shipment.c.shipment_id)
)
_PICKS = (
    select(pick_task.c.shipment_id, func.count().label("tasks"))
    .where(
        pick_task.c.kind == TaskKind.PICK,
        pick_task.c.status == TaskStatus.OPEN,
    )
    .group_by(pick_task.c.shipment_id)
    .subquery("picks")
)
_TASKS = func.coalesce(_PICKS.c.tasks, 0)
_TO_PICK = sorted({ShipmentStatus.RELEASED, ShipmentStatus.PICKING})
_WRONG_TASKS = (
    select(shipment.c.shipment_id, shipment.c.status, _TASKS.label("tasks"))
    .outerjoin(_PICKS, _PICKS.c.shipment_id == shipment.c.shipment_id)
    .where(
        or_(
            _TASKS > 1,
            and_(_TASKS == 0, shipment.c.status.in_(_TO_PICK)),
            and_(_TASKS > 0, shipment.c.status.in_(sorted(ENDED | WITH_CARRIER))),
        )
    )
    .order_by(shipment.c.shipment_id)
)


def check_labels(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for shipments with more than one valid label."""
    return [
        _of_shipment(
            AuditCheck.LABELS,
            row.shipment_id,
            f"{row.shipment_id} has {row.labels} valid labels",
        )
        for row in connection.execute(_DOUBLED)
    ]


def check_shipments(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for shipments that have nothing to ship."""
    return [
        _of_shipment(
            AuditCheck.SHIPMENTS,
            row.shipment_id,
            f"{row.shipment_id} is {row.status} and has no allocation",
        )
        for row in connection.execute(_WITHOUT_GOODS)
    ]


def check_owners(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for allocations whose order or shipment is not there, or not its own."""
    findings = []
    for row in connection.execute(_ORPHANS):
        if row.owner is None:
            told = f"shipment {row.shipment_id}, which is not there"
        elif row.known_line is None:
            told = f"line {row.line_no} of order {row.order_id}, which is not there"
        else:
            told = (
                f"order {row.order_id}, its shipment {row.shipment_id} to {row.owner}"
            )
        findings.append(
            AuditFinding(
                check=AuditCheck.ALLOCATION_OWNERS,
                row=f"allocation {row.allocation_id}",
                text=f"allocation {row.allocation_id} of {row.sku} belongs to {told}",
            )
        )
    return findings


def check_ended_shipments(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for shipments that have left or ended and still hold stock."""
    return [
        AuditFinding(
            check=AuditCheck.ENDED_SHIPMENTS,
            row=f"allocation {row.allocation_id}",
            text=f"{row.shipment_id} is {row.status}, but {row.open_quantity} are "
            f"promised and {row.picked_quantity} picked of {row.sku}",
            shipment_id=row.shipment_id,
        )
        for row in connection.execute(_OF_ENDED)
    ]


def check_handed_over(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Compare what shipments took along with the movements that let it go."""
    findings = [
        AuditFinding(
            check=AuditCheck.HANDED_OVER,
            row=f"shipment {row.shipment_id} {row.sku}",
            text=f"{row.shipment_id}: {row.shipped} of {row.sku} shipped, "
            f"movements say {row.moved}",
            shipment_id=row.shipment_id,
        )
        for row in connection.execute(_SHIPPED)
    ]
    findings += [
        _of_shipment(
            AuditCheck.HANDED_OVER,
            row.shipment_id,
            f"{row.shipment_id} is {row.status} and 0 units of it are shipped",
        )
        for row in connection.execute(_EMPTY)
    ]
    return findings


def check_pick_tasks(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for shipments with two open pick tasks, or none where one is wanted."""
    return [
        _of_shipment(
            AuditCheck.PICK_TASKS,
            row.shipment_id,
            f"{row.shipment_id} is {row.status} and has {row.tasks} open pick tasks",
        )
        for row in connection.execute(_WRONG_TASKS)
    ]


def _of_shipment(check: AuditCheck, shipment_id: str, text: str) -> AuditFinding:
    return AuditFinding(
        check=check,
        row=f"shipment {shipment_id}",
        text=text,
        shipment_id=shipment_id,
    )
