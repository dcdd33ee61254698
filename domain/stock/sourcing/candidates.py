"""Every way to source an order that is worth judging: one warehouse, then several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.stock.sourcing.demand import LineDemand
from domain.stock.sourcing.shelves import Shelves

# Of more warehouses than these only the best covered begin a combination.
MOST_COMBINED = 4
LONGEST_COMBINATION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What each warehouse sends, as units of each demand by its index."""

    shares: tuple[tuple[str, dict[int, int]], ...] = ()
    owed: dict[int, int] = field(default_factory=dict)
    # Units of articles, bundles counted by their parts.
    units_by_warehouse: tuple[tuple[str, int], ...] = ()
    wanted: int = 0

    @property
    def warehouses(self) -> tuple[str, ...]:
        """Return the warehouses that send something, as they were asked."""
        return tuple(warehouse_id for warehouse_id, _ in self.shares)

    @property
    def units(self) -> int:
        """Return the units that are sent."""
        return sum(units for _, units in self.units_by_warehouse)

    @property
    def missing(self) -> int:
        """Return the units that are not sent."""
        return self.wanted - self.units


class Combinations:
    """Finds the candidates for some demands in some warehouses.

    Each that leaves something missing is also continued until nobody has any of it, so
    that for whatever is judged best nothing is missing that lies free elsewhere.
    """

    def __init__(
        self, demands: Sequence[LineDemand], shelves: Shelves, ranked: Sequence[str]
    ) -> None:
        """Combine these warehouses, ranked by what they cover."""
        self._demands = demands
        self._shelves = shelves
        self._ranked = ranked
        self._combined = sorted(ranked[:MOST_COMBINED])
        self._each = [demand.parts_each for demand in demands]

    def nothing(self) -> Candidate:
        """Return the candidate in which nobody sends anything."""
        owed = {index: d.units for index, d in enumerate(self._demands) if d.units}
        return Candidate(owed=owed, wanted=self._units(owed))

    def all(self) -> list[Candidate]:
        """Return the candidates, each outcome once."""
        start = self.nothing()
        found: dict[object, Candidate] = {}
        for candidate in [*self._alone(start), *self._extended(start)]:
            if not candidate.shares:
                continue
            outcome = sorted(
                (warehouse_id, tuple(units.items()))
                for warehouse_id, units in candidate.shares
            )
            found.setdefault(tuple(outcome), candidate)
        return list(found.values())

    def extended_by(self, path: Candidate, warehouse_id: str) -> Candidate | None:
        """Let one more warehouse send what it can; None if it has none of it."""
        free = self._shelves.free_in(warehouse_id)
        used: dict[str, int] = {}
        sent: dict[int, int] = {}
        owed: dict[int, int] = {}
        for index, units in path.owed.items():
            parts = self._demands[index].parts
            whole = min((free.get(s, 0) - used.get(s, 0)) // each for s, each in parts)
            now = min(units, whole)
            if now:
                sent[index] = now
                for sku, each in parts:
                    used[sku] = used.get(sku, 0) + now * each
            if now < units:
                owed[index] = units - now
        if not sent:
            return None
        units_here = (warehouse_id, self._units(sent))
        return Candidate(
            shares=(*path.shares, (warehouse_id, sent)),
            owed=owed,
            units_by_warehouse=(*path.units_by_warehouse, units_here),
            wanted=path.wanted,
        )

    def _alone(self, start: Candidate) -> Iterator[Candidate]:
        """Yield the warehouses that begin no combination, and what completes them."""
        for warehouse_id in sorted(set(self._ranked) - set(self._combined)):
            alone = self.extended_by(start, warehouse_id)
            if alone is not None:
                yield alone
                yield self._completed(alone)

    def _extended(self, path: Candidate) -> Iterator[Candidate]:
        is_last = True
        if len(path.shares) < LONGEST_COMBINATION and path.owed:
            for warehouse_id in self._combined:
                if warehouse_id in path.warehouses:
                    continue
                longer = self.extended_by(path, warehouse_id)
                if longer is not None:
                    is_last = False
                    yield longer
                    yield from self._extended(longer)
        if is_last and path.owed:
            yield self._completed(path)

    def _completed(self, path: Candidate) -> Candidate:
        for warehouse_id in self._ranked:
            if path.owed and warehouse_id not in path.warehouses:
                path = self.extended_by(path, warehouse_id) or path
        return path

    def _units(self, of_demands: Mapping[int, int]) -> int:
        return sum(units * self._each[index] for index, units in of_demands.items())
