"""Closing refunds that are due, by a run or after it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from persistence.tables import refund_due


def confirm_refund_row(
    connection: Connection, *, order_id: str, refund_id: str, actor: str, at: datetime
) -> bool:
    """Close an open refund; return whether there was one."""
    closed = connection.execute(
        update(refund_due)
        .where(
            refund_due.c.refund_id == refund_id,
            refund_due.c.order_id == order_id,
            refund_due.c.confirmed_at.is_(None),
        )
        .values(confirmed_at=at, confirmed_by=actor)
    )
    return closed.rowcount == 1
