"""The line of waiting orders as people read it: who is next, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.shipments.tasks import BackorderStatus
from domain.stock.reservations import ReservationKind, ReservationStatus
from operations.queries.models import View
from persistence.tables import backorder, reservation, reservation_line
from persistence.waiting_line import words_of

_FIRST = func.min(backorder.c.backorder_id)
_IN_LINE = (
    select(
        backorder.c.sku,
        backorder.c.order_id,
        backorder.c.priority,
        backorder.c.created_at.label("waiting_since"),
        func.sum(backorder.c.quantity).label("units"),
    )
    .where(backorder.c.status == BackorderStatus.OPEN)
    .group_by(
        backorder.c.sku,
        backorder.c.order_id,
        backorder.c.priority,
        backorder.c.created_at,
    )
    .order_by(backorder.c.sku, backorder.c.priority, backorder.c.created_at, _FIRST)
)
_KEPT = (
    select(
        reservation_line.c.sku,
        reservation.c.order_id,
        reservation_line.c.quantity,
        reservation.c.explanation,
    )
    .join(
        reservation, reservation.c.reservation_id == reservation_line.c.reservation_id
    )
    .where(
        reservation.c.kind == ReservationKind.BACKORDER,
        reservation.c.status == ReservationStatus.OPEN,
        reservation_line.c.quantity > 0,
    )
    .order_by(reservation_line.c.reservation_line_id)
)


class BacklogRow(View):
    """One waiting order: its place in the line of an article."""

    sku: str
    place: int
    order_id: str
    priority: int
    waiting_since: datetime
    units: int
    # Kept for it already; its run takes them.
    reserved: int
    why: str | None


def backlog(
    connection: Connection, *, sku: str | None = None, limit: int = 100
) -> list[BacklogRow]:
    """Return who waits for an article, or for any, in the order of filling."""
    waiting, kept = _IN_LINE, _KEPT
    if sku is not None:
        waiting = waiting.where(backorder.c.sku == sku)
        kept = kept.where(reservation_line.c.sku == sku)
    units: Counter[tuple[str, str]] = Counter()
    reasons: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for share in connection.execute(kept):
        units[share.sku, share.order_id] += share.quantity
        if share.explanation:
            reasons[share.sku, share.order_id][words_of(share.explanation)] = None
    places: Counter[str] = Counter()
    rows: list[BacklogRow] = []
    for row in connection.execute(waiting.limit(limit)):
        places[row.sku] += 1
        whose = (row.sku, row.order_id)
        rows.append(
            BacklogRow(
                sku=row.sku,
                place=places[row.sku],
                order_id=row.order_id,
                priority=row.priority,
                waiting_since=row.waiting_since,
                units=int(row.units),
                reserved=units[whose],
                why="; ".join(reasons.get(whose, {})) or None,
            )
        )
    return rows
