"""Reservations against the levels they keep units of, and the orders they are for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.stock.reservations import ReservationKind, ReservationStatus
from persistence.audit.findings import GRACE, AuditCheck, AuditFinding
from persistence.tables import (
    order_progress,
    reservation,
    reservation_line,
    stock_level,
)

_KEPT = (
    select(
        reservation_line.c.stock_level_id,
        func.sum(reservation_line.c.quantity).label("quantity"),
    )
    .group_by(reservation_line.c.stock_level_id)
    .subquery("kept")
)
_RESERVED = (
    select(
        stock_level.c.stock_level_id,
        stock_level.c.location_id,
        stock_level.c.sku,
        stock_level.c.reserved,
        func.coalesce(_KEPT.c.quantity, 0).label("kept"),
    )
    .outerjoin(_KEPT, _KEPT.c.stock_level_id == stock_level.c.stock_level_id)
    .where(stock_level.c.reserved != func.coalesce(_KEPT.c.quantity, 0))
    .order_by(stock_level.c.location_id, stock_level.c.sku)
)
_QUANTITY = (
    select(func.coalesce(func.sum(reservation_line.c.quantity), 0))
    .where(reservation_line.c.reservation_id == reservation.c.reservation_id)
    .scalar_subquery()
)
_OPEN = (
    select(
        reservation.c.reservation_id,
        reservation.c.kind,
        reservation.c.status,
        reservation.c.order_id,
        reservation.c.expires_at,
        _QUANTITY.label("quantity"),
    )
    .where(reservation.c.status == ReservationStatus.OPEN)
    .order_by(reservation.c.reservation_id)
)
# A bin in doubt stays so, whatever became of the order that met it.
_FOR_AN_ORDER = reservation.c.kind != ReservationKind.COUNT
_CLOSED = (
    select(
        reservation.c.reservation_id,
        reservation.c.status,
        func.sum(reservation_line.c.quantity).label("quantity"),
    )
    .join(
        reservation_line,
        reservation_line.c.reservation_id == reservation.c.reservation_id,
    )
    .where(
        reservation.c.status != ReservationStatus.OPEN,
        reservation_line.c.quantity > 0,
    )
    .group_by(reservation.c.reservation_id, reservation.c.status)
    .order_by(reservation.c.reservation_id)
)


def check_reserved(connection: Connection, _: datetime) -> list[AuditFinding]:
    """Compare what levels keep aside with the reservations that keep it."""
    return [
        AuditFinding(
            check=AuditCheck.RESERVATIONS,
            row=f"stock_level {row.stock_level_id}",
            text=f"{row.sku} at {row.location_id}: reserved {row.reserved}, "
            f"reservation lines {row.kept}",
        )
        for row in connection.execute(_RESERVED)
    ]


def check_ended_reservations(
    connection: Connection, now: datetime
) -> list[AuditFinding]:
    """Look for reservations of ended orders, and closed ones that still keep units."""
    of_ended = _OPEN.join(
        order_progress, order_progress.c.order_id == reservation.c.order_id
    ).where(_FOR_AN_ORDER, order_progress.c.ended_at < now - GRACE)
    told = [
        (
            row.reservation_id,
            f"reservation {row.reservation_id} keeps {row.quantity} units for order "
            f"{row.order_id}, which has ended",
        )
        for row in connection.execute(of_ended)
    ]
    told += [
        (
            row.reservation_id,
            f"reservation {row.reservation_id} is {row.status} and still keeps "
            f"{row.quantity} units",
        )
        for row in connection.execute(_CLOSED)
    ]
    return [
        AuditFinding(
            check=AuditCheck.ENDED_RESERVATIONS, row=f"reservation {key}", text=text
        )
        for key, text in told
    ]


def check_expired_reservations(
    connection: Connection, now: datetime
) -> list[AuditFinding]:
    """Look for reservations that should have ended by themselves."""
    expired = _OPEN.where(reservation.c.expires_at < now - GRACE)
    return [
        AuditFinding(
            check=AuditCheck.EXPIRED_RESERVATIONS,
            row=f"reservation {row.reservation_id}",
            text=f"reservation {row.reservation_id} of kind {row.kind} keeps "
            f"{row.quantity} units since it expired at "
            f"{row.expires_at:%Y-%m-%d %H:%M:%S} UTC",
        )
        for row in connection.execute(expired)
    ]
