"""Customers who change their mind: some cancel, each at a stage of its own."""

from __future__ import annotations

from collections.abc import Iterator

from domain.orders.status import OrderStatus
from operations.open_work import OpenWork
from simulation.habits import Habits, Role
from simulation.jobs import CancelWish, Job

_STAGES = (
    OrderStatus.RECEIVED,
    OrderStatus.RELEASED,
    OrderStatus.PICKED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
)
_ORDER = {status: place for place, status in enumerate(OrderStatus)}


class Customers:
    """Draws who cancels and when; each asks once."""

    def __init__(self, habits: Habits) -> None:
        """Draw with these habits."""
        self._habits = habits
        self._asked: set[str] = set()

    @property
    def asked(self) -> int:
        """How many have asked."""
        return len(self._asked)

    def jobs(self, work: OpenWork) -> Iterator[Job]:
        """List the orders that have come to where their customer cancels."""
        for order_id, pulse in work.orders.items():
            stage = self._cancels_at(order_id)
            if stage is None or order_id in self._asked:
                continue
            if _ORDER[OrderStatus(pulse.status)] >= _ORDER[stage]:
                self._asked.add(order_id)
                yield Job(
                    key=f"cancel:{order_id}",
                    role=Role.CUSTOMER,
                    order_id=order_id,
                    work=CancelWish(order_id=order_id),
                )

    def _cancels_at(self, order_id: str) -> OrderStatus | None:
        luck = self._habits.luck("cancel", order_id)
        if luck.random() >= self._habits.cancel_rate:
            return None
        return luck.choice(_STAGES)
