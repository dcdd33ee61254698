"""What a run is started with, and whether its order has ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from persistence.tables import order_line, order_progress, orders

_START = select(
    orders.c.source,
    orders.c.channel,
    orders.c.service_level,
    orders.c.placed_at,
    orders.c.priority,
    select(func.count())
    .where(order_line.c.order_id == orders.c.order_id)
    .scalar_subquery()
    .label("lines"),
).where(orders.c.order_id == bindparam("order_id"))
_ENDED = (
    select(orders.c.order_id, order_progress.c.ended_at)
    .outerjoin(order_progress, order_progress.c.order_id == orders.c.order_id)
    .where(orders.c.order_id == bindparam("order_id"))
)


def find_run_start(
    connection: Connection, order_id: str
) -> Row[*tuple[Any, ...]] | None:
    """Return how a stored order's run is found in lists; None if it is not stored."""
    return connection.execute(_START, {"order_id": order_id}).first()


def is_ended(connection: Connection, order_id: str) -> bool | None:
    """Say whether a stored order has ended; None if it is not stored."""
    row = connection.execute(_ENDED, {"order_id": order_id}).first()
    return None if row is None else row.ended_at is not None
