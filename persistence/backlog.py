"""Orders that wait for stock: who is woken when some is free again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, tuple_

from domain.shipments.tasks import BackorderStatus
from domain.stock.movements import SELLABLE
from messages.names import SignalName
from persistence.outbox import OutboxMessage, add_to_outbox
from persistence.tables import backorder, location, stock_level

LONGEST_MESSAGE_ID = 300
_PLACE_IN_LINE = (
    backorder.c.priority,
    backorder.c.created_at,
    backorder.c.backorder_id,
)
_QUEUE = (
    select(backorder.c.order_id, backorder.c.sku, backorder.c.quantity)
    .where(
        backorder.c.sku == bindparam("sku"),
        backorder.c.status == BackorderStatus.OPEN,
    )
    .order_by(*_PLACE_IN_LINE)
)
_OPEN_OF = select(backorder.c.sku, *_PLACE_IN_LINE).where(
    backorder.c.order_id == bindparam("order_id"),
    backorder.c.status == BackorderStatus.OPEN,
)
_FREE_OF = (
    select(
        func.sum(
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        )
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(
        stock_level.c.sku == bindparam("sku"),
        location.c.kind.in_(sorted(SELLABLE)),
    )
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

Queue = Select[*tuple[Any, ...]]


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
    queue = _QUEUE.where(backorder.c.order_id != (freed_by or ""))
    woken: dict[str, set[str]] = {}
    for sku in sorted(free):
        for order_id in _next_in_line(connection, queue, sku, free[sku]):
            woken.setdefault(order_id, set()).add(sku)
    _write(connection, woken, cause, at)
    return list(woken)


def wake_those_behind(
    connection: Connection, order_id: str, *, cause: str, at: datetime
) -> list[str]:
    """Pass a wake-up on: what the order still waits for and left free.

    It may be held from allocation, or lack the other part of a bundle.
    """
    woken: dict[str, set[str]] = {}
    for own in list(connection.execute(_OPEN_OF, {"order_id": order_id})):
        free = connection.execute(_FREE_OF, {"sku": own.sku}).scalar_one() or 0
        place = tuple_(own.priority, own.created_at, own.backorder_id)
        behind = _QUEUE.where(
            tuple_(*_PLACE_IN_LINE) > place, backorder.c.order_id != order_id
        )
        for next_id in _next_in_line(connection, behind, own.sku, int(free)):
            woken.setdefault(next_id, set()).add(own.sku)
    _write(connection, woken, cause, at)
    return list(woken)


def wake_later(
    connection: Connection,
    order_id: str,
    skus: Iterable[str],
    *,
    cause: str,
    at: datetime,
) -> None:
    """Wake an order that lost every race for its stock, to look again."""
    _write(connection, {order_id: set(skus)}, f"{cause}:again", at)


def _next_in_line(
    connection: Connection, queue: Queue, sku: str, free: int
) -> list[str]:
    """Return as many orders as the free units can serve."""
    if free <= 0:
        return []
    woken: list[str] = []
    for row in connection.execute(queue.limit(free + 1), {"sku": sku}):
        woken.append(row.order_id)
        free -= row.quantity
        if free <= 0:
            break
    return woken


def _write(
    connection: Connection, woken: Mapping[str, set[str]], cause: str, at: datetime
) -> None:
    messages = []
    for order_id, skus in woken.items():
        message_id = _message_id(cause, order_id)
        payload = {"message_id": message_id, "actor": "stock", "skus": sorted(skus)}
        messages.append(
            OutboxMessage(
                order_id=order_id,
                message_id=message_id,
                name=SignalName.STOCK_ARRIVED,
                payload=payload,
            )
        )
    add_to_outbox(connection, messages, at)


def _message_id(cause: str, order_id: str) -> str:
    plain = f"{cause}:wakes:{order_id}"
    if len(plain) <= LONGEST_MESSAGE_ID:
        return plain
    # Cut short, two causes could look like one, and the second would wake nobody.
    return f"{hashlib.sha256(cause.encode()).hexdigest()[:40]}:wakes:{order_id}"
