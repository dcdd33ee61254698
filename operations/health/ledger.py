"""The books against each other: levels, movements, allocations, the staging place."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from domain.stock.movements import LocationKind
from operations.health.findings import Finding, finding_of
from persistence.tables import (
    allocation,
    location,
    order_progress,
    shipment,
    stock_level,
    stock_movement,
)

_RECOUNT = (
    select(
        stock_level.c.location_id,
        stock_level.c.sku,
        stock_level.c.on_hand,
        stock_level.c.allocated,
        stock_level.c.reserved,
        func.coalesce(func.sum(stock_movement.c.on_hand_change), 0).label("moved"),
        func.coalesce(func.sum(stock_movement.c.allocated_change), 0).label("promised"),
        func.coalesce(func.sum(stock_movement.c.reserved_change), 0).label("kept"),
    )
    .outerjoin(
        stock_movement,
        stock_movement.c.stock_level_id == stock_level.c.stock_level_id,
    )
    .group_by(
        stock_level.c.stock_level_id,
        stock_level.c.location_id,
        stock_level.c.sku,
        stock_level.c.on_hand,
        stock_level.c.allocated,
        stock_level.c.reserved,
    )
    .order_by(stock_level.c.location_id, stock_level.c.sku)
)
_PROMISED = (
    select(
        stock_level.c.location_id,
        stock_level.c.sku,
        stock_level.c.allocated,
        func.coalesce(func.sum(allocation.c.open_quantity), 0).label("promised"),
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .outerjoin(allocation, allocation.c.stock_level_id == stock_level.c.stock_level_id)
    .where(location.c.kind != LocationKind.STAGING)
    .group_by(
        stock_level.c.stock_level_id,
        stock_level.c.location_id,
        stock_level.c.sku,
        stock_level.c.allocated,
    )
    .order_by(stock_level.c.location_id, stock_level.c.sku)
)
_STAGED = (
    select(
        location.c.warehouse_id,
        stock_level.c.sku,
        stock_level.c.on_hand,
        stock_level.c.allocated,
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(location.c.kind == LocationKind.STAGING)
)
_PICKED = (
    select(
        shipment.c.warehouse_id,
        allocation.c.sku,
        func.sum(allocation.c.picked_quantity).label("quantity"),
    )
    .join(shipment, shipment.c.shipment_id == allocation.c.shipment_id)
    .where(allocation.c.picked_quantity > 0)
    .group_by(shipment.c.warehouse_id, allocation.c.sku)
)
_LEFT_OPEN = (
    select(
        allocation.c.order_id,
        allocation.c.shipment_id,
        allocation.c.sku,
        allocation.c.open_quantity,
        allocation.c.picked_quantity,
    )
    .join(order_progress, order_progress.c.order_id == allocation.c.order_id)
    .where(
        order_progress.c.ended_at.is_not(None),
        allocation.c.open_quantity + allocation.c.picked_quantity > 0,
    )
    .order_by(allocation.c.allocation_id)
)


def examine_ledger(connection: Connection) -> tuple[Finding, ...]:
    """Recompute what can be computed from something else."""
    return (
        check_counters(connection),
        check_promises(connection),
        check_staging(connection),
        check_ended_allocations(connection),
    )


def check_counters(connection: Connection) -> Finding:
    """Recompute every counter of every level from its movements."""
    rows = []
    for row in connection.execute(_RECOUNT):
        pairs = (
            ("on_hand", row.on_hand, row.moved),
            ("allocated", row.allocated, row.promised),
            ("reserved", row.reserved, row.kept),
        )
        told = [
            f"{name} is {stored}, movements say {summed}"
            for name, stored, summed in pairs
            if stored != summed
        ]
        if told:
            rows.append(f"{row.sku} at {row.location_id}: {'; '.join(told)}")
    return finding_of(
        "stock counters",
        rows,
        well="every level equals the sum of its movements",
        mend="count the location, then set the level to what its movements say",
    )


def check_promises(connection: Connection) -> Finding:
    """Compare what levels have promised with the allocations that hold it."""
    rows = [
        f"{row.sku} at {row.location_id}: allocated {row.allocated}, "
        f"open allocations {row.promised}"
        for row in connection.execute(_PROMISED)
        if row.allocated != row.promised
    ]
    return finding_of(
        "allocations",
        rows,
        well="every promised unit belongs to an order",
        mend="give the units back: set allocated to the sum of the open allocations "
        "and write a movement of kind released beside it",
    )


def check_staging(connection: Connection) -> Finding:
    """Compare the staging places with what is picked and has not left."""
    picked = {
        (row.warehouse_id, row.sku): int(row.quantity)
        for row in connection.execute(_PICKED)
    }
    on_hand: Counter[tuple[str, str]] = Counter()
    promised: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(_STAGED):
        on_hand[row.warehouse_id, row.sku] += row.on_hand
        promised[row.warehouse_id, row.sku] += row.allocated
    rows = [
        f"{sku} in the staging place of {warehouse_id}: "
        f"{on_hand[warehouse_id, sku]} there, "
        f"{promised[warehouse_id, sku]} promised, "
        f"{picked.get((warehouse_id, sku), 0)} picked"
        for warehouse_id, sku in sorted({*on_hand, *picked})
        if {on_hand[warehouse_id, sku], promised[warehouse_id, sku]}
        != {picked.get((warehouse_id, sku), 0)}
    ]
    return finding_of(
        "staging",
        rows,
        well="the staging places hold what is picked",
        mend="count the staging place and compare it with the shipments that are "
        "picked or packed",
    )


def check_ended_allocations(connection: Connection) -> Finding:
    """Look for ended orders that still hold stock."""
    rows = [
        f"{row.shipment_id}: {row.open_quantity} promised and "
        f"{row.picked_quantity} picked of {row.sku}, but the order has ended"
        for row in connection.execute(_LEFT_OPEN)
    ]
    return finding_of(
        "allocations of ended orders",
        rows,
        well="no ended order holds stock",
        mend="put picked goods back on their shelf, then release the allocation",
    )
