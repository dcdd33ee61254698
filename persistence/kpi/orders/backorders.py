"""What was owed without stock: since when, until when, and how much of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from persistence.kpi.orders.happenings import Happenings
from persistence.tables import backorder

_BACKORDERS = select(
    backorder.c.order_id,
    backorder.c.line_no,
    backorder.c.sku,
    backorder.c.quantity,
    backorder.c.closed_at,
).order_by(backorder.c.backorder_id)


class OwedUnits(NamedTuple):
    """Units of a line's article that had no stock; closed when some or all came."""

    line_no: int
    sku: str
    quantity: int
    closed_at: datetime | None


def load_backorders(happenings: Happenings) -> dict[str, list[OwedUnits]]:
    """Return the backorders of each order, oldest first; what closed later is open."""
    found: dict[str, list[OwedUnits]] = defaultdict(list)
    query = _BACKORDERS.where(happenings.population.has(backorder.c.order_id))
    for order_id, line_no, sku, units, closed_at in happenings.connection.execute(
        query
    ):
        is_closed = closed_at is not None and closed_at <= happenings.as_of
        owed = OwedUnits(line_no, sku, units, closed_at if is_closed else None)
        found[order_id].append(owed)
    return found


def is_owed(owed: Sequence[OwedUnits]) -> bool:
    """Say whether an order still waits for stock."""
    return any(one.closed_at is None for one in owed)
