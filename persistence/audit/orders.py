"""Orders against their rows: what is ordered, owed, held and waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from domain.shipments.status import ENDED, ShipmentStatus
from domain.shipments.tasks import BackorderStatus
from messages.order_state import OrderState
from persistence.audit.findings import GRACE, AuditCheck, AuditFinding
from persistence.tables import (
    allocation,
    backorder,
    order_demand,
    order_line,
    order_progress,
)

_OWED = (
    select(backorder.c.order_id, func.sum(backorder.c.quantity).label("units"))
    .where(backorder.c.status == BackorderStatus.OPEN)
    .group_by(backorder.c.order_id)
)
_SAID = select(
    order_progress.c.order_id,
    order_progress.c.state["backordered"].as_integer().label("units"),
).where(order_progress.c.ended_at.is_(None))
_OPEN_STATES = (
    select(order_progress.c.order_id, order_progress.c.status, order_progress.c.state)
    .where(order_progress.c.ended_at.is_(None))
    .order_by(order_progress.c.order_id)
)
_HELD = (
    select(
        allocation.c.order_id,
        allocation.c.line_no,
        allocation.c.sku,
        func.sum(allocation.c.open_quantity).label("open"),
        func.sum(allocation.c.picked_quantity).label("picked"),
        func.sum(allocation.c.shipped_quantity).label("shipped"),
    )
    .group_by(allocation.c.order_id, allocation.c.line_no, allocation.c.sku)
    .subquery("held")
)
_AWAITED = (
    select(
        backorder.c.order_id,
        backorder.c.line_no,
        backorder.c.sku,
        func.sum(backorder.c.quantity).label("units"),
    )
    .where(backorder.c.status == BackorderStatus.OPEN)
    .group_by(backorder.c.order_id, backorder.c.line_no, backorder.c.sku)
    .subquery("awaited")
)
_NEED = order_demand.c.quantity_per_unit * (
    order_line.c.quantity - order_line.c.cancelled_quantity
)
_IN_PLACES = func.coalesce(
    _HELD.c.open + _HELD.c.picked + _HELD.c.shipped, 0
) + func.coalesce(_AWAITED.c.units, 0)
_SAME_LINE = and_(
    order_line.c.order_id == order_demand.c.order_id,
    order_line.c.line_no == order_demand.c.line_no,
)


_UNEQUAL = (
    select(
        order_demand.c.order_id,
        order_demand.c.line_no,
        order_demand.c.sku,
        order_demand.c.quantity_per_unit,
        order_line.c.sku.label("line_sku"),
        order_line.c.quantity,
        order_line.c.cancelled_quantity,
        func.coalesce(_HELD.c.open, 0).label("open"),
        func.coalesce(_HELD.c.picked, 0).label("picked"),
        func.coalesce(_HELD.c.shipped, 0).label("shipped"),
        func.coalesce(_AWAITED.c.units, 0).label("awaited"),
        _NEED.label("need"),
        order_progress.c.state,
    )
    .join(order_line, _SAME_LINE)
    .join(order_progress, order_progress.c.order_id == order_demand.c.order_id)
    .outerjoin(
        _HELD,
        and_(
            _HELD.c.order_id == order_demand.c.order_id,
            _HELD.c.line_no == order_demand.c.line_no,
            _HELD.c.sku == order_demand.c.sku,
        ),
    )
    .outerjoin(
        _AWAITED,
        and_(
            _AWAITED.c.order_id == order_demand.c.order_id,
            _AWAITED.c.line_no == order_demand.c.line_no,
            _AWAITED.c.sku == order_demand.c.sku,
        ),
    )
    .where(_IN_PLACES != _NEED)
    .order_by(order_demand.c.order_id, order_demand.c.line_no, order_demand.c.sku)
)


def check_backorders(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Compare what orders say they are owed with their open backorders."""
    owed = Counter({row.order_id: int(row.units) for row in connection.execute(_OWED)})
    said = Counter({row.order_id: row.units or 0 for row in connection.execute(_SAID)})
    return [
        AuditFinding(
            check=AuditCheck.BACKORDERS,
            row=f"order {order_id}",
            text=f"order {order_id}: its run says {said[order_id]} units, "
            f"its backorders {owed[order_id]}",
        )
        for order_id in sorted({*owed, *said})
        if owed[order_id] != said[order_id]
    ]


def check_order_lines(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Look for units of a line that are in two places, or in none."""
    return [
        AuditFinding(
            check=AuditCheck.ORDER_LINES,
            row=f"order_demand {row.order_id} {row.line_no} {row.sku}",
            text=f"order {row.order_id} line {row.line_no}: {row.need} of {row.sku} "
            f"wanted ({row.quantity} ordered, {row.cancelled_quantity} cancelled, "
            f"{row.quantity_per_unit} each); {row.open} promised, {row.picked} picked, "
            f"{row.shipped} shipped, {row.awaited} backordered",
        )
        for row in connection.execute(_UNEQUAL)
        if not _is_under_way(row)
    ]


def check_stuck_orders(connection: Connection, now: datetime) -> list[AuditFinding]:
    """Look for open orders that wait for nothing: nothing would ever move them."""
    long_enough = _OPEN_STATES.where(order_progress.c.updated_at < now - GRACE)
    return [
        AuditFinding(
            check=AuditCheck.STUCK_ORDERS,
            row=f"order {row.order_id}",
            text=f"order {row.order_id} is {row.status}: it has 0 open shipments, "
            "0 backordered units, 0 holds and 0 exceptions",
        )
        for row in connection.execute(long_enough)
        if not _waits(row.state)
    ]


def _is_under_way(row: Row[*tuple[Any, ...]]) -> bool:
    """Say whether fewer units than wanted are as it should be.

    Before the lines are sourced, and while the floor puts goods back; and for a part of
    a bundle that went with a cancelled shipment.
    """
    if row.open + row.picked + row.shipped + row.awaited > row.need:
        return False
    state = OrderState.model_validate(row.state)
    if not state.sourced or state.cancel_reason is not None:
        return True
    is_part = row.sku != row.line_sku or row.quantity_per_unit > 1
    return is_part and any(
        s.status is ShipmentStatus.CANCELLED for s in state.shipments
    )


def _waits(state: Mapping[str, Any]) -> bool:
    """Say whether anything of a stored state would move its order on.

    Read as it is stored: of all open orders, every quarter of an hour.
    """
    return bool(
        state.get("backordered")
        or state.get("holds")
        or state.get("exceptions")
        or any(one["status"] not in ENDED for one in state.get("shipments", ()))
    )
