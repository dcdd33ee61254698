"""What the rows of a history file say: of the order, of a shipment, of a line."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from domain.events import EventKind
from domain.kpi.history import HistoryStatus


class HeadFacts(NamedTuple):
    """What is of the whole order; its rows should agree on it."""

    placed_at: datetime | None
    authorised_at: datetime | None
    promised_at: date | None
    due_ship_at: date | None
    status: HistoryStatus | None
    cancelled_at: datetime | None
    cancel_cause: str | None
    channel: str | None
    service_level: str | None
    customer_group: str | None
    customer: str | None
    ship_to_zone: str | None
    currency: str | None


class ShipmentFacts(NamedTuple):
    """What makes a shipment: rows that agree on all of it are of the same one."""

    allocated_at: datetime | None
    released_at: datetime | None
    picked_at: datetime | None
    packed_at: datetime | None
    handed_over_at: datetime | None
    first_scan_at: datetime | None
    delivered_at: datetime | None
    warehouse: str | None
    carrier: str | None

    @property
    def says_something(self) -> bool:
        """Return whether any of it is known."""
        return self != NO_SHIPMENT

    @property
    def left_at(self) -> datetime | None:
        """Return when it left the warehouse, or by when it must have."""
        return self.handed_over_at or self.delivered_at


NO_SHIPMENT = ShipmentFacts(*(None,) * len(ShipmentFacts._fields))
# The column of each stage of a shipment, and what happened then.
STAGES = (
    ("allocated_at", EventKind.ALLOCATED),
    ("released_at", EventKind.RELEASED),
    ("picked_at", EventKind.PICKED),
    ("packed_at", EventKind.PACKED),
    ("handed_over_at", EventKind.HANDED_OVER),
    ("first_scan_at", EventKind.FIRST_SCAN),
    ("delivered_at", EventKind.DELIVERED),
)
# The columns of a line, as `LineFacts` has them.
LINE_TARGETS = (
    "sku",
    "category",
    "quantity_ordered",
    "quantity_shipped",
    "quantity_rejected",
    "unit_price",
    "unit_cost",
    "error_kind",
    "error_found_at",
)
TARGETS = (
    "source",
    "number",
    *HeadFacts._fields,
    *ShipmentFacts._fields,
    *LINE_TARGETS,
)
