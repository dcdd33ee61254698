"""What is wanted, what is free, and what is known of the warehouses that have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.stock.movements import LocationKind

# A bin is distrusted once it was counted this often and found wrong too often.
LEAST_COUNTS = 5
LEAST_EXACT_PERCENT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDemand:
    """How many units of a line are wanted; a bundle's unit has several parts."""

    line_no: int
    units: int
    parts: tuple[tuple[str, int], ...]  # (sku, quantity of it in one unit)

    @property
    def parts_each(self) -> int:
        """Return the units of articles that one unit of the line takes."""
        return sum(quantity for _, quantity in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeStock:
    """Units of an article that are free at one level."""

    stock_level_id: int
    warehouse_id: str
    location_id: str
    pick_sequence: int
    sku: str
    free: int
    kind: LocationKind = LocationKind.PICK_FACE
    # When the oldest of it came in; unknown is taken for the oldest.
    received_at: datetime | None = None
    is_trusted: bool = True
    # False if its warehouse has a service area.
    serves_everywhere: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseFacts:
    """What is known of a warehouse with regard to one customer."""

    warehouse_id: str
    serves: bool = True
    distance_km: int | None = None
    same_country: bool = False
    earliest_delivery: date | None = None
    # Why it does not serve.
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingFacts:
    """What the rules look at beside the stock itself."""

    warehouses: Mapping[str, WarehouseFacts] = field(default_factory=dict)
    asked_for_on: date | None = None

    def of(self, warehouse_id: str) -> WarehouseFacts:
        """Return the facts of a warehouse; one of which nothing is known serves."""
        known = self.warehouses.get(warehouse_id)
        return known or WarehouseFacts(warehouse_id=warehouse_id)


def is_trusted(counts: int, exact_counts: int) -> bool:
    """Say whether a bin's books were right often enough to rely on them."""
    return counts < LEAST_COUNTS or exact_counts * 100 >= counts * LEAST_EXACT_PERCENT
