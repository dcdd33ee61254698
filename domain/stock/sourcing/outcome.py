"""What is taken from where for a line, and what no warehouse has for it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.stock.sourcing.demand import FreeStock


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAllocation:
    """Units of an article to take at one level for one line."""

    line_no: int
    sku: str
    stock: FreeStock
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingStock:
    """Units of an article that no warehouse has free for one line."""

    line_no: int
    sku: str
    quantity: int
