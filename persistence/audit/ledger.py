"""The books against each other: levels, movements, allocations, the staging place."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from domain.stock.movements import LocationKind
from persistence.audit.findings import AuditCheck, AuditFinding
from persistence.tables import (
    allocation,
    location,
    order_progress,
    shipment,
    stock_level,
    stock_movement,
)

_LEVEL = (
    stock_level.c.stock_level_id,
    stock_level.c.location_id,
    stock_level.c.sku,
    stock_level.c.on_hand,
    stock_level.c.allocated,
    stock_level.c.reserved,
)
_IN_ORDER = (stock_level.c.location_id, stock_level.c.sku, stock_level.c.stock_level_id)


_MOVED = (
    select(
        stock_movement.c.stock_level_id,
        func.sum(stock_movement.c.on_hand_change).label("on_hand"),
        func.sum(stock_movement.c.allocated_change).label("allocated"),
        func.sum(stock_movement.c.reserved_change).label("reserved"),
    )
    .group_by(stock_movement.c.stock_level_id)
    .subquery("moved")
)
_ON_HAND_MOVED = func.coalesce(_MOVED.c.on_hand, 0)
_ALLOCATED_MOVED = func.coalesce(_MOVED.c.allocated, 0)
_RESERVED_MOVED = func.coalesce(_MOVED.c.reserved, 0)
_RECOUNT = (
    select(
        *_LEVEL,
        _ON_HAND_MOVED.label("moved"),
        _ALLOCATED_MOVED.label("promised"),
        _RESERVED_MOVED.label("kept"),
    )
    .outerjoin(_MOVED, _MOVED.c.stock_level_id == stock_level.c.stock_level_id)
    .where(
        or_(
            stock_level.c.on_hand != _ON_HAND_MOVED,
            stock_level.c.allocated != _ALLOCATED_MOVED,
            stock_level.c.reserved != _RESERVED_MOVED,
        )
    )
    .order_by(*_IN_ORDER)
)
_OUT_OF_BOUNDS = (
    select(*_LEVEL)
    .where(
        or_(
            stock_level.c.on_hand < 0,
            stock_level.c.allocated < 0,
            stock_level.c.reserved < 0,
            stock_level.c.allocated + stock_level.c.reserved > stock_level.c.on_hand,
        )
    )
    .order_by(*_IN_ORDER)
)
_HELD = (
    select(
        allocation.c.stock_level_id,
        func.sum(allocation.c.open_quantity).label("promised"),
    )
    .group_by(allocation.c.stock_level_id)
    .subquery("held")
)
_PROMISED = (
    select(*_LEVEL, func.coalesce(_HELD.c.promised, 0).label("promised"))
    .join(location, location.c.location_id == stock_level.c.location_id)
    .outerjoin(_HELD, _HELD.c.stock_level_id == stock_level.c.stock_level_id)
    .where(
        location.c.kind != LocationKind.STAGING,
        stock_level.c.allocated != func.coalesce(_HELD.c.promised, 0),
    )
    .order_by(*_IN_ORDER)
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
        allocation.c.allocation_id,
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


def check_counters(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Recompute every counter of every level from its movements."""
    findings = []
    for row in connection.execute(_RECOUNT):
        pairs = (
            ("on_hand", row.on_hand, row.moved),
            ("allocated", row.allocated, row.promised),
            ("reserved", row.reserved, row.kept),
        )
        told = "; ".join(
            f"{name} is {stored}, movements say {summed}"
            for name, stored, summed in pairs
            if stored != summed
        )
        findings.append(_of_level(AuditCheck.STOCK_COUNTERS, row, told))
    return findings


def check_bounds(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for levels below zero, or promised beyond what is there."""
    return [
        _of_level(
            AuditCheck.STOCK_BOUNDS,
            row,
            f"on_hand {row.on_hand}, allocated {row.allocated}, "
            f"reserved {row.reserved}",
        )
        for row in connection.execute(_OUT_OF_BOUNDS)
    ]


def check_promises(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Compare what levels have promised with the allocations that hold it."""
    return [
        _of_level(
            AuditCheck.ALLOCATIONS,
            row,
            f"allocated {row.allocated}, open allocations {row.promised}",
        )
        for row in connection.execute(_PROMISED)
    ]


def check_staging(connection: Connection, _: datetime) -> list[AuditFinding]:
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
    return [
        AuditFinding(
            check=AuditCheck.STAGING,
            row=f"staging {place[0]} {place[1]}",
            text=f"{place[1]} in the staging place of {place[0]}: "
            f"{on_hand[place]} there, {promised[place]} promised, "
            f"{picked.get(place, 0)} picked",
        )
        for place in sorted({*on_hand, *picked})
        if {on_hand[place], promised[place]} != {picked.get(place, 0)}
    ]


def check_ended_orders(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for ended orders that still hold stock."""
    return [
        AuditFinding(
            check=AuditCheck.ENDED_ORDERS,
            row=f"allocation {row.allocation_id}",
            text=f"{row.shipment_id}: {row.open_quantity} promised and "
            f"{row.picked_quantity} picked of {row.sku}, but the order has ended",
            shipment_id=row.shipment_id,
        )
        for row in connection.execute(_LEFT_OPEN)
    ]


def _of_level(check: AuditCheck, row: Row[*tuple[Any, ...]], told: str) -> AuditFinding:
    return AuditFinding(
        check=check,
        row=f"stock_level {row.stock_level_id}",
        text=f"{row.sku} at {row.location_id}: {told}",
    )
