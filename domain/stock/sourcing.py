"""Which stock fills an order: from one warehouse if one can, else from several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDemand:
    """How many units of a line are wanted; a bundle's unit has several parts."""

    line_no: int
    units: int
    parts: tuple[tuple[str, int], ...]  # (sku, quantity of it in one unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeStock:
    """Units of an article that are free at one level."""

    stock_level_id: int
    warehouse_id: str
    location_id: str
    pick_sequence: int
    sku: str
    free: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingPlan:
    """What to take from where, and what is missing."""

    allocations: tuple[PlannedAllocation, ...]
    missing: tuple[MissingStock, ...]


def plan_sourcing(
    demands: Sequence[LineDemand], stock: Iterable[FreeStock]
) -> SourcingPlan:
    """Fill the demand from the warehouse that can fill most of it, then the next.

    A bundle is taken whole from one warehouse or not at all. Within a warehouse bins
    are emptied in pick sequence.
    """
    shelves = _Shelves(stock)
    owed = [demand.units for demand in demands]
    allocations: list[PlannedAllocation] = []
    for warehouse_id in shelves.ranked_for(demands):
        for index, demand in enumerate(demands):
            units = min(owed[index], shelves.whole_units(warehouse_id, demand))
            owed[index] -= units
            allocations += shelves.take(warehouse_id, demand, units)
    missing = tuple(
        MissingStock(line_no=demand.line_no, sku=sku, quantity=units * quantity)
        for demand, units in zip(demands, owed, strict=True)
        if units
        for sku, quantity in demand.parts
    )
    return SourcingPlan(allocations=tuple(allocations), missing=missing)


class _Shelves:
    """Free stock by warehouse and article, taken from as the plan grows."""

    def __init__(self, stock: Iterable[FreeStock]) -> None:
        self._bins: dict[tuple[str, str], list[FreeStock]] = defaultdict(list)
        self._free: dict[int, int] = {}
        for level in sorted(stock, key=lambda s: (s.pick_sequence, s.stock_level_id)):
            self._bins[level.warehouse_id, level.sku].append(level)
            self._free[level.stock_level_id] = level.free

    def ranked_for(self, demands: Sequence[LineDemand]) -> list[str]:
        """Return the warehouses, the one that covers most of the demand first."""
        covered: dict[str, int] = defaultdict(int)
        wanted: dict[str, int] = defaultdict(int)
        for demand in demands:
            for sku, quantity in demand.parts:
                wanted[sku] += demand.units * quantity
        for warehouse_id, sku in self._bins:
            covered[warehouse_id] += min(
                wanted[sku], self._free_units(warehouse_id, sku)
            )
        return sorted(
            covered, key=lambda warehouse_id: (-covered[warehouse_id], warehouse_id)
        )

    def whole_units(self, warehouse_id: str, demand: LineDemand) -> int:
        """Return how many whole units of a line a warehouse still has."""
        return min(
            self._free_units(warehouse_id, sku) // quantity
            for sku, quantity in demand.parts
        )

    def take(
        self, warehouse_id: str, demand: LineDemand, units: int
    ) -> list[PlannedAllocation]:
        """Take whole units of a line, bin by bin."""
        taken: list[PlannedAllocation] = []
        for sku, per_unit in demand.parts:
            owed = units * per_unit
            for level in self._bins[warehouse_id, sku]:
                quantity = min(owed, self._free[level.stock_level_id])
                if quantity:
                    self._free[level.stock_level_id] -= quantity
                    owed -= quantity
                    taken.append(
                        PlannedAllocation(
                            line_no=demand.line_no,
                            sku=sku,
                            stock=level,
                            quantity=quantity,
                        )
                    )
        return taken

    def _free_units(self, warehouse_id: str, sku: str) -> int:
        bins = self._bins.get((warehouse_id, sku), [])
        return sum(self._free[level.stock_level_id] for level in bins)
