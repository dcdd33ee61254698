"""What is really in the bins: units that the books show may be gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from messages.order_messages import ShortReason

Content = tuple[str, str]  # a location and an article
Stop = tuple[str, int]  # a pick task and the number of its stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """Units that a picker does not bring from a stop; they are gone if they vanish."""

    units: int
    reason: ShortReason
    vanishes: bool


class RealBins:
    """What pickers find and counters count, beside what the books show."""

    def __init__(self) -> None:
        """Start with every bin as the books say."""
        self._gone: Counter[Content] = Counter()
        self._emptied: set[str] = set()
        self._mishaps: dict[Stop, Mishap | None] = {}
        self.short_orders: dict[str, set[str]] = {}

    def empty(self, location_id: str, booked: Mapping[str, int]) -> None:
        """Let all units that the books show in a bin vanish."""
        self._emptied.add(location_id)
        self.short_orders.setdefault(location_id, set())
        for sku, units in booked.items():
            self._gone[location_id, sku] = units

    def is_empty(self, location_id: str) -> bool:
        """Say whether a bin was emptied and nobody has counted it yet."""
        return location_id in self._emptied

    def may_lack(self, location_id: str, sku: str) -> bool:
        """Say whether fewer units are there than the books show."""
        return self._gone[location_id, sku] > 0

    def really_there(self, location_id: str, sku: str, booked: int) -> int:
        """Return the units that somebody who looks finds there."""
        return max(0, booked - self._gone[location_id, sku])

    def counted(self, location_id: str, sku: str, booked: int, adjusted: int) -> None:
        """Note that the books were adjusted to what was counted."""
        content = location_id, sku
        # More than the books showed cannot have been missing.
        self._gone[content] = min(self._gone[content], booked) + adjusted
        self._emptied.discard(location_id)

    def mishap_at(
        self, stop: Stop, content: Content, draw: Callable[[], Mishap | None]
    ) -> Mishap | None:
        """Draw what goes wrong at a stop, once however often the stop is told."""
        if stop not in self._mishaps:
            self._mishaps[stop] = mishap = draw()
            if mishap is not None and mishap.vanishes:
                self._gone[content] += mishap.units
        return self._mishaps[stop]

    def note_short(self, location_id: str, order_id: str) -> None:
        """Note whose pick failed there."""
        self.short_orders.setdefault(location_id, set()).add(order_id)
