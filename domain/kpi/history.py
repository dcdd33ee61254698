"""Words of the history: what other systems did before, or beside, this one."""

from __future__ import annotations

from enum import StrEnum


class HistoryKind(StrEnum):
    """What a history file holds."""

    ORDERS = "orders"
    MOVEMENTS = "movements"


class HistoryStatus(StrEnum):
    """Where an imported order stood when its source told of it."""

    OPEN = "open"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
