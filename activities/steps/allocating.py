"""Allocations of stock that was taken, in the shipments that will carry it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, insert, update

from activities.steps.order_step import OrderStep
from activities.steps.planning import plan_at_once
from domain.events import EventKind
from domain.identity import shipment_id_of
from domain.shipments.status import ShipmentStatus
from domain.stock.movements import MovementKind
from domain.stock.sourcing import PlannedAllocation
from messages.order_state import ShipmentState
from persistence.stock import Movement, record_movements
from persistence.tables import allocation, shipment

_ADD_SHIPMENT = insert(shipment)
_ADD_ALLOCATIONS = insert(allocation)
_ADD_UNITS = (
    update(allocation)
    .where(
        allocation.c.shipment_id == bindparam("to_shipment"),
        allocation.c.line_no == bindparam("of_line"),
        allocation.c.sku == bindparam("of_sku"),
        allocation.c.stock_level_id == bindparam("at_level"),
    )
    .values(open_quantity=allocation.c.open_quantity + bindparam("units"))
)


def open_shipments(
    step: OrderStep,
    planned: Sequence[PlannedAllocation],
    carrier: str,
    *,
    into: ShipmentState | None = None,
) -> None:
    """Write allocations of stock that was taken, and the shipments they belong to."""
    by_warehouse: dict[str, list[PlannedAllocation]] = defaultdict(list)
    for one in planned:
        by_warehouse[one.stock.warehouse_id].append(one)
    movements: list[Movement] = []
    for warehouse_id, ours in by_warehouse.items():
        if into is None:
            shipment_id = _open_shipment(step, warehouse_id, carrier)
            _add_allocations(step, shipment_id, ours)
        else:
            shipment_id = into.shipment_id
            _add_allocations(step, shipment_id, _not_added(step, shipment_id, ours))
        movements += [
            Movement(
                stock_level_id=one.stock.stock_level_id,
                kind=MovementKind.ALLOCATED,
                allocated=one.quantity,
                shipment_id=shipment_id,
            )
            for one in ours
        ]
        step.record(
            EventKind.ALLOCATED,
            shipment_id,
            warehouse_id=warehouse_id,
            units=sum(one.quantity for one in ours),
            lines=sorted({one.line_no for one in ours}),
        )
    record_movements(step.connection, movements, step.movement_cause())


def _open_shipment(step: OrderStep, warehouse_id: str, carrier: str) -> str:
    shipment_id = shipment_id_of(step.order_id, step.state.next_shipment)
    step.state.next_shipment += 1
    opened = ShipmentState(
        shipment_id=shipment_id,
        warehouse_id=warehouse_id,
        status=ShipmentStatus.ALLOCATED,
        carrier=carrier,
    )
    step.state.shipments.append(opened)
    plan_at_once(step, opened)
    step.connection.execute(
        _ADD_SHIPMENT,
        {
            "shipment_id": shipment_id,
            "order_id": step.order_id,
            "warehouse_id": warehouse_id,
            "status": opened.status,
            "carrier": carrier,
            "created_at": step.why.now,
            "ship_on": opened.ship_on,
            "deliver_by": opened.deliver_by,
        },
    )
    return shipment_id


def _add_allocations(
    step: OrderStep, shipment_id: str, planned: Sequence[PlannedAllocation]
) -> None:
    if planned:
        rows = [_allocation_row(step, shipment_id, one) for one in planned]
        step.connection.execute(_ADD_ALLOCATIONS, rows)


def _not_added(
    step: OrderStep, shipment_id: str, planned: Sequence[PlannedAllocation]
) -> list[PlannedAllocation]:
    """Add to the shipment's allocations of the same bins; return the others."""
    others: list[PlannedAllocation] = []
    for one in planned:
        added = step.connection.execute(
            _ADD_UNITS,
            {
                "to_shipment": shipment_id,
                "of_line": one.line_no,
                "of_sku": one.sku,
                "at_level": one.stock.stock_level_id,
                "units": one.quantity,
            },
        )
        if not added.rowcount:
            others.append(one)
    return others


def _allocation_row(
    step: OrderStep, shipment_id: str, planned: PlannedAllocation
) -> dict[str, object]:
    return {
        "order_id": step.order_id,
        "line_no": planned.line_no,
        "sku": planned.sku,
        "shipment_id": shipment_id,
        "stock_level_id": planned.stock.stock_level_id,
        "open_quantity": planned.quantity,
        "picked_quantity": 0,
        "shipped_quantity": 0,
    }
