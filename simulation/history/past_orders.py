"""An order of the past, as another system would tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.kpi.history import HistoryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """When one shipment passed each stage; empty: not yet, or not at all."""

    warehouse: str
    carrier: str
    allocated_at: datetime | None = None
    released_at: datetime | None = None
    picked_at: datetime | None = None
    packed_at: datetime | None = None
    handed_over_at: datetime | None = None
    first_scan_at: datetime | None = None
    delivered_at: datetime | None = None


STAGES = (
    "allocated_at",
    "released_at",
    "picked_at",
    "packed_at",
    "handed_over_at",
    "first_scan_at",
    "delivered_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLine:
    """A line and the place of its journey in the order; None shipped: not known yet."""

    sku: str
    ordered: int
    shipped: int | None
    journey: int = 0
    rejected: int = 0
    error_kind: str | None = None
    error_found_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order with its journeys and lines."""

    source: str
    number: str
    placed_at: datetime
    authorised_at: datetime | None
    promised_at: date
    due_ship_at: datetime
    status: HistoryStatus = HistoryStatus.DELIVERED
    cancelled_at: datetime | None = None
    cancel_cause: str | None = None
    channel: str
    service_level: str
    customer_group: str
    customer: str
    ship_to_zone: str
    journeys: tuple[Journey, ...]
    lines: tuple[PastLine, ...]
