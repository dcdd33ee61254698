"""Orders that wait for stock: who is woken when some is free again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from domain.shipments.tasks import BackorderStatus
from domain.stock.movements import SELLABLE
from messages.names import SignalName
from persistence.outbox import OutboxMessage, add_to_outbox
from persistence.tables import backorder, location, stock_level

_QUEUE = (
    select(backorder.c.order_id, backorder.c.sku, backorder.c.quantity)
    .where(
        backorder.c.sku == bindparam("sku"),
        backorder.c.status == BackorderStatus.OPEN,
    )
    .order_by(backorder.c.priority, backorder.c.created_at, backorder.c.backorder_id)
)
_FREE_AT = (
    select(
        stock_level.c.sku,
        (
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        ).label("free"),
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(
        stock_level.c.stock_level_id.in_(bindparam("levels", expanding=True)),
        location.c.kind.in_(sorted(SELLABLE)),
    )
)


def wake_waiting_orders(
    connection: Connection,
    levels: Sequence[int],
    *,
    cause: str,
    at: datetime,
    freed_by: str | None = None,
) -> list[str]:
    """Write a wake-up for the orders next in line for what is free at these levels.

    In line by priority, then age; as many as the free units can serve.
    """
    free: Counter[str] = Counter()
    for row in connection.execute(_FREE_AT, {"levels": sorted(levels)}):
        free[row.sku] += row.free
    woken = _next_in_line(connection, free, freed_by)
    add_to_outbox(
        connection,
        [
            OutboxMessage(
                order_id=order_id,
                message_id=f"{cause}:wakes:{order_id}"[-300:],
                name=SignalName.STOCK_ARRIVED,
                payload={
                    "message_id": f"{cause}:wakes:{order_id}"[-300:],
                    "actor": "stock",
                    "skus": sorted(skus),
                },
            )
            for order_id, skus in woken.items()
        ],
        at,
    )
    return list(woken)


def _next_in_line(
    connection: Connection, free: Mapping[str, int], freed_by: str | None
) -> dict[str, set[str]]:
    woken: dict[str, set[str]] = {}
    for sku in sorted(free):
        left = free[sku]
        if left <= 0:
            continue
        for row in connection.execute(_QUEUE.limit(left + 1), {"sku": sku}):
            if row.order_id == freed_by:
                continue
            woken.setdefault(row.order_id, set()).add(sku)
            left -= row.quantity
            if left <= 0:
                break
    return woken
