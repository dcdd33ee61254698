"""Telling orders that wait for stock that what they were promised may have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from domain.shipments.tasks import BackorderStatus
from persistence.tables import backorder
from persistence.wake_ups import write_wake_ups

_WAITING = (
    select(backorder.c.order_id, backorder.c.sku)
    .where(
        backorder.c.sku.in_(bindparam("skus", expanding=True)),
        backorder.c.status == BackorderStatus.OPEN,
    )
    .order_by(backorder.c.priority, backorder.c.created_at, backorder.c.backorder_id)
)
# Below the number of variables one statement may have on either database.
_SKUS_AT_ONCE = 1000


def tell_waiting_orders(
    connection: Connection, skus: Iterable[str], *, cause: str, at: datetime
) -> int:
    """Have each order that waits for one of these articles look at its promise again.

    Returns how many are told, in the transaction of what they should look at.
    """
    told: dict[str, set[str]] = defaultdict(set)
    wanted = sorted(set(skus))
    for start in range(0, len(wanted), _SKUS_AT_ONCE):
        asked = {"skus": wanted[start : start + _SKUS_AT_ONCE]}
        for row in connection.execute(_WAITING, asked):
            told[row.order_id].add(row.sku)
    write_wake_ups(connection, told, cause=cause, at=at)
    return len(told)
