"""Which lines of an order went together, and in which order its shipments left."""

from __future__ import annotations

from collections.abc import Sequence

from operations.history_files.facts import NO_SHIPMENT, ShipmentFacts
from persistence.history import LineFacts


def numbered_shipments(
    facts: Sequence[ShipmentFacts], lines: Sequence[LineFacts]
) -> tuple[list[ShipmentFacts], list[int]]:
    """Return the shipments of an order, the first that left first, and each line's.

    Lines that say nothing of a shipment are of the first. So are those of which
    nothing was shipped, unless their row agrees with one that was.
    """
    if facts.count(facts[0]) == len(facts):
        return [facts[0]], [1] * len(facts)
    found = set(facts) - {NO_SHIPMENT}
    shipped = {
        one
        for one, line in zip(facts, lines, strict=True)
        if line.quantity_shipped != 0
    }
    shipments = sorted(found & shipped or found, key=_by_leaving)
    numbers = {one: number for number, one in enumerate(shipments, start=1)}
    return shipments, [numbers.get(one, 1) for one in facts]


def _by_leaving(one: ShipmentFacts) -> list[tuple[bool, object]]:
    """Sort by hand-over, then by the rest: the same whatever the order of the rows."""
    return [(value is None, value or "") for value in (one.handed_over_at, *one)]
