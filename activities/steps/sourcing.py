"""Sourcing: allocate what is free and open a shipment for each warehouse."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select

from activities.steps.order_step import OrderStep
from domain.events import EventKind
from domain.identity import shipment_id_of
from domain.shipments.status import ShipmentStatus
from domain.stock.movements import MovementKind
from domain.stock.sourcing import (
    LineDemand,
    PlannedAllocation,
    SourcingPlan,
    plan_sourcing,
)
from messages.order_state import ShipmentState
from persistence.backlog import wake_later
from persistence.stock import Movement, free_stock, record_movements, take_stock
from persistence.tables import allocation, shipment

_ADD_SHIPMENT = insert(shipment)
_ADD_ALLOCATIONS = insert(allocation)
# A lost race re-plans on fresh figures; then the rest waits for stock.
MOST_PLANS = 5

_PROMISED = select(
    allocation.c.line_no, allocation.c.sku, allocation.c.open_quantity
).where(
    allocation.c.shipment_id == bindparam("shipment_id"), allocation.c.open_quantity > 0
)


def allocate(
    step: OrderStep, demands: Sequence[LineDemand], carrier: str
) -> SourcingPlan:
    """Take stock for the demand; open a shipment for each warehouse it comes from."""
    skus = [sku for demand in demands for sku, _ in demand.parts]
    plan = SourcingPlan(allocations=(), missing=())
    for _ in range(MOST_PLANS):
        plan = plan_sourcing(demands, free_stock(step.connection, skus) if skus else [])
        wanted: Counter[int] = Counter()
        for planned in plan.allocations:
            wanted[planned.stock.stock_level_id] += planned.quantity
        if take_stock(step.connection, wanted):
            break
    else:
        plan = plan_sourcing(demands, [])
        at, cause = step.why.recorded_at, step.why.cause
        wake_later(step.connection, step.order_id, skus, cause=cause, at=at)
    _open_shipments(step, plan.allocations, carrier)
    return plan


def allocated_units(step: OrderStep, shipment_id: str) -> Counter[tuple[int, str]]:
    """Return the units a shipment still has promised, by line and article."""
    units: Counter[tuple[int, str]] = Counter()
    rows = step.connection.execute(_PROMISED, {"shipment_id": shipment_id})
    for row in rows:
        units[row.line_no, row.sku] += row.open_quantity
    return units


def _open_shipments(
    step: OrderStep, planned: Sequence[PlannedAllocation], carrier: str
) -> None:
    by_warehouse: dict[str, list[PlannedAllocation]] = defaultdict(list)
    for one in planned:
        by_warehouse[one.stock.warehouse_id].append(one)
    movements: list[Movement] = []
    for warehouse_id, ours in by_warehouse.items():
        shipment_id = _open_shipment(step, warehouse_id, carrier)
        step.connection.execute(
            _ADD_ALLOCATIONS,
            [_allocation_row(step, shipment_id, one) for one in ours],
        )
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
    step.connection.execute(
        _ADD_SHIPMENT,
        {
            "shipment_id": shipment_id,
            "order_id": step.order_id,
            "warehouse_id": warehouse_id,
            "status": opened.status,
            "carrier": carrier,
            "created_at": step.why.now,
        },
    )
    return shipment_id


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
