"""Bins whose units have vanished without anybody telling the books."""

from __future__ import annotations


class EmptiedBins:
    """Which bins are empty in truth; pickers find nothing there until a refill."""

    def __init__(self) -> None:
        """Start with every bin as the books say."""
        self._emptied: set[str] = set()
        self.short_orders: dict[str, set[str]] = {}

    def empty(self, location_id: str) -> None:
        """Let the units of a bin vanish."""
        self._emptied.add(location_id)
        self.short_orders.setdefault(location_id, set())

    def refill(self, location_id: str) -> None:
        """Note that a bin holds again what the books say."""
        self._emptied.discard(location_id)

    def is_empty(self, location_id: str) -> bool:
        """Say whether a picker finds nothing there."""
        return location_id in self._emptied

    def note_short(self, location_id: str, order_id: str) -> None:
        """Note whose pick failed there."""
        self.short_orders.setdefault(location_id, set()).add(order_id)
