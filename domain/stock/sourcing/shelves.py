"""Free stock by warehouse and article, and in which order its bins are emptied."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from domain.stock.movements import LocationKind
from domain.stock.sourcing.demand import FreeStock, LineDemand
from domain.stock.sourcing.outcome import PlannedAllocation

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Shelves:
    """What lies free in each warehouse."""

    def __init__(self, stock: Iterable[FreeStock]) -> None:
        """Sort the levels of each article as they are to be emptied."""
        self._bins: dict[str, dict[str, list[FreeStock]]] = defaultdict(dict)
        self._free: dict[str, Counter[str]] = defaultdict(Counter)
        for level in sorted(stock, key=_taking_order):
            ours = self._bins[level.warehouse_id]
            ours.setdefault(level.sku, []).append(level)
            self._free[level.warehouse_id][level.sku] += level.free

    def free_in(self, warehouse_id: str) -> Mapping[str, int]:
        """Return the free units of each article in a warehouse."""
        return self._free[warehouse_id]

    def ranked_for(self, demands: Sequence[LineDemand]) -> list[str]:
        """Return the warehouses, the one that covers most of the demand first."""
        wanted: Counter[str] = Counter()
        for demand in demands:
            for sku, quantity in demand.parts:
                wanted[sku] += demand.units * quantity
        covered = {
            warehouse_id: sum(min(wanted[sku], units) for sku, units in free.items())
            for warehouse_id, free in self._free.items()
        }
        return sorted(
            covered, key=lambda warehouse_id: (-covered[warehouse_id], warehouse_id)
        )

    def take(
        self,
        demands: Sequence[LineDemand],
        shares: Iterable[tuple[str, dict[int, int]]],
    ) -> tuple[PlannedAllocation, ...]:
        """Take each warehouse's units of each demand, bin by bin."""
        left = {
            level.stock_level_id: level.free
            for of_warehouse in self._bins.values()
            for levels in of_warehouse.values()
            for level in levels
        }
        taken: dict[tuple[int, int], PlannedAllocation] = {}
        for warehouse_id, units_of in shares:
            for index, units in units_of.items():
                demand = demands[index]
                for sku, each in demand.parts:
                    levels = self._bins[warehouse_id].get(sku, [])
                    for level, quantity in _from(levels, units * each, left):
                        # Two demands of one line may meet in a bin.
                        key = (demand.line_no, level.stock_level_id)
                        before = taken[key].quantity if key in taken else 0
                        taken[key] = PlannedAllocation(
                            line_no=demand.line_no,
                            sku=sku,
                            stock=level,
                            quantity=before + quantity,
                        )
        return tuple(taken.values())


def _taking_order(level: FreeStock) -> tuple[bool, bool, datetime, int, int]:
    return (
        level.kind is not LocationKind.PICK_FACE,
        not level.is_trusted,
        level.received_at or _BEFORE_ALL,
        level.pick_sequence,
        level.stock_level_id,
    )


def _from(
    levels: Sequence[FreeStock], owed: int, left: dict[int, int]
) -> Iterator[tuple[FreeStock, int]]:
    for level in levels:
        quantity = min(owed, left[level.stock_level_id])
        if quantity:
            left[level.stock_level_id] -= quantity
            owed -= quantity
            yield level, quantity
