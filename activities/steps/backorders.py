"""Backorders: what is owed and has no stock yet, and filling it when some comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select, update

from activities.steps.order_lines import Owed, demands_of, demands_of_owed
from activities.steps.order_step import OrderStep
from activities.steps.own_reservations import (
    allocate_with_reservation,
    allocate_with_shares,
    pass_shares_on,
)
from domain.events import EventKind
from domain.shipments.tasks import BackorderStatus
from domain.stock.sourcing import MissingStock
from persistence.tables import backorder

_OPEN_BACKORDERS = (
    select(
        backorder.c.backorder_id,
        backorder.c.line_no,
        backorder.c.sku,
        backorder.c.quantity,
    )
    .where(
        backorder.c.order_id == bindparam("order_id"),
        backorder.c.status == BackorderStatus.OPEN,
    )
    .order_by(backorder.c.backorder_id)
)
_CLOSE_BACKORDERS = (
    update(backorder)
    .where(
        backorder.c.order_id == bindparam("id"),
        backorder.c.status == BackorderStatus.OPEN,
    )
    .values(status=bindparam("new_status"), closed_at=bindparam("at"))
)


def source_order(step: OrderStep, carrier: str) -> None:
    """Allocate every line of an order that has no allocation yet."""
    lines = step.lines
    demands = demands_of(lines, step.parts)
    plan = allocate_with_reservation(step, demands, carrier)
    add_backorders(step, plan.missing)
    step.state.sourced = True


def fill_backorders(step: OrderStep, carrier: str, *, found: str | None = None) -> int:
    """Allocate what backorders can now get; return the units filled.

    What is kept for the order comes first; what it cannot use of it is passed on.
    `found` says where other units came from, if that is worth an event.
    """
    owed = backordered_units(step)
    if not owed:
        return 0
    demands = demands_of_owed(step.parts, owed)
    plan, reason = allocate_with_shares(step, demands, carrier)
    missing = sum(one.quantity for one in plan.missing)
    filled = owed.total() - missing
    if filled:
        close_backorders(step, BackorderStatus.FILLED)
        add_backorders(step, plan.missing, is_new=False)
        if reason or found:
            reason = reason or found
            step.record(EventKind.BACKORDER_FILLED, units=filled, reason=reason)
        if not step.state.backordered:
            # Given at the moment in which the order took what was free.
            pass_shares_on(step)
    return filled


def add_backorders(
    step: OrderStep, missing: Sequence[MissingStock], *, is_new: bool = True
) -> None:
    """Write down what is owed and has no stock yet."""
    if not missing:
        return
    step.connection.execute(
        insert(backorder),
        [
            {
                "order_id": step.order_id,
                "line_no": one.line_no,
                "sku": one.sku,
                "quantity": one.quantity,
                "status": BackorderStatus.OPEN,
                "priority": step.order.priority,
                "created_at": step.order.placed_at,
            }
            for one in missing
        ],
    )
    step.await_stock(one.sku for one in missing)
    units = sum(one.quantity for one in missing)
    step.state.backordered += units
    if is_new:
        step.record(
            EventKind.BACKORDERED,
            units=units,
            lines=sorted({one.line_no for one in missing}),
        )


def close_backorders(step: OrderStep, status: BackorderStatus) -> None:
    """End every open backorder; what is kept for cancelled ones is passed on."""
    gives_up = step.state.backordered and status is BackorderStatus.CANCELLED
    if gives_up:
        # Whoever serves the line holds levels first, then the backorders of the line.
        step.hold_levels()
    step.connection.execute(
        _CLOSE_BACKORDERS,
        {"id": step.order_id, "new_status": status, "at": step.why.now},
    )
    step.state.backordered = 0
    if gives_up:
        pass_shares_on(step)


def backordered_units(step: OrderStep) -> Owed:
    """Return open backordered units by line and article."""
    owed: Owed = Counter()
    for row in step.connection.execute(_OPEN_BACKORDERS, {"order_id": step.order_id}):
        owed[row.line_no, row.sku] += row.quantity
    return owed
