"""Release to the floor, and taking it back before anybody picked."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from activities.steps.order_step import OrderStep
from domain.events import EventKind
from domain.identity import pick_task_id_of
from domain.policy import ReleaseMode, Stage
from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import TaskKind, TaskStatus
from domain.stock.movements import MovementKind
from messages.order_state import ShipmentState
from persistence.stock import Movement
from persistence.tables import allocation, location, pick_line, pick_task, stock_level

_ADD_TASK = insert(pick_task)
_ADD_LINES = insert(pick_line)
_TO_PICK = (
    select(
        allocation.c.allocation_id,
        allocation.c.line_no,
        allocation.c.sku,
        allocation.c.stock_level_id,
        allocation.c.open_quantity,
        stock_level.c.location_id,
    )
    .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(
        allocation.c.shipment_id == bindparam("shipment_id"),
        allocation.c.open_quantity > 0,
    )
    .order_by(location.c.pick_sequence, allocation.c.allocation_id)
)
_CLOSE_TASK = (
    update(pick_task)
    .where(pick_task.c.pick_task_id == bindparam("id"))
    .values(status=bindparam("new_status"), closed_at=bindparam("at"))
)
_GIVE_BACK = (
    update(allocation)
    .where(allocation.c.shipment_id == bindparam("id"))
    .values(open_quantity=0)
)


def goes_by_itself(step: OrderStep, subject: ShipmentState) -> bool:
    """Say whether an allocated shipment needs nobody to put it on the floor now."""
    return (
        subject.status is ShipmentStatus.ALLOCATED
        and subject.release_at is None
        and step.policy.stock.release is ReleaseMode.AT_ONCE
    )


def release_to_floor(step: OrderStep, subject: ShipmentState) -> None:
    """Open the pick task of a shipment, its lines in pick sequence."""
    task_id = pick_task_id_of(subject.shipment_id)
    step.connection.execute(
        _ADD_TASK,
        {
            "pick_task_id": task_id,
            "shipment_id": subject.shipment_id,
            "kind": TaskKind.PICK,
            "status": TaskStatus.OPEN,
            "warehouse_id": subject.warehouse_id,
            "released_at": step.why.now,
        },
    )
    asked = {"shipment_id": subject.shipment_id}
    step.connection.execute(
        _ADD_LINES,
        [
            {
                "pick_task_id": task_id,
                "pick_line_no": number,
                "line_no": row.line_no,
                "allocation_id": row.allocation_id,
                "sku": row.sku,
                "location_id": row.location_id,
                "quantity": row.open_quantity,
            }
            for number, row in enumerate(
                step.connection.execute(_TO_PICK, asked), start=1
            )
        ],
    )
    subject.release_at = None
    step.set_shipment_status(subject, ShipmentStatus.RELEASED)
    step.record(EventKind.RELEASED, subject.shipment_id, pick_task_id=task_id)
    step.arm(Stage.PICK, subject)


def close_task(step: OrderStep, task_id: str, status: TaskStatus) -> None:
    """End a task of the floor, or open it again."""
    closed_at = None if status is TaskStatus.OPEN else step.why.now
    step.connection.execute(
        _CLOSE_TASK, {"id": task_id, "new_status": status, "at": closed_at}
    )


def drop_shipment(step: OrderStep, subject: ShipmentState) -> None:
    """End a shipment nobody has picked for: its promise of stock is given back."""
    step.hold_levels()  # its units are often sought again, at other levels
    if subject.status is ShipmentStatus.RELEASED:
        close_task(step, pick_task_id_of(subject.shipment_id), TaskStatus.CANCELLED)
    asked = {"shipment_id": subject.shipment_id}
    step.move(
        [
            Movement(
                stock_level_id=row.stock_level_id,
                kind=MovementKind.RELEASED,
                allocated=-row.open_quantity,
                shipment_id=subject.shipment_id,
            )
            for row in step.connection.execute(_TO_PICK, asked)
        ]
    )
    step.connection.execute(_GIVE_BACK, {"id": subject.shipment_id})
    step.set_shipment_status(subject, ShipmentStatus.CANCELLED)
    step.record(EventKind.SHIPMENT_CANCELLED, subject.shipment_id)
    step.disarm_shipment(subject.shipment_id)
