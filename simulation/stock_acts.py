"""What robots of the stock do: blind counts, approvals, and bringing what is owed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TypeVar

from operations.counting import ApproveCount, ConfirmCount, CountAnswer
from operations.open_work import OwedUnits
from operations.queries.counts import CountTaskRow
from operations.shop import Shop
from simulation.bins import RealBins
from simulation.messenger import until_answered
from simulation.said import Listener, Mood, Said

T = TypeVar("T")
_SUPPLY = 50


class StockActs:
    """The acts of those who count and receive, and of the manager who approves."""

    def __init__(self, shop: Shop, bins: RealBins, say: Listener) -> None:
        """Act in this shop."""
        self._shop = shop
        self._bins = bins
        self._say = say

    async def count(self, task: CountTaskRow, actor: str, message_id: str) -> None:
        """Tell what is really in a bin, without looking at the books."""
        place, sku = task.location_id, task.sku
        booked = await self._booked(place, sku)
        told = ConfirmCount(
            message_id=message_id,
            actor=actor,
            count_task_id=task.count_task_id,
            quantity=self._bins.really_there(place, sku, booked),
        )
        answer = await self._ask(lambda: self._shop.confirm_count(told), actor)
        self._note(task, booked, answer)
        self._tell_watchers(actor, f"counted {told.quantity}: {answer.text}")

    async def approve(self, task: CountTaskRow, actor: str, message_id: str) -> None:
        """Let a difference be booked that two people have counted."""
        booked = await self._booked(task.location_id, task.sku)
        told = ApproveCount(
            message_id=message_id, actor=actor, count_task_id=task.count_task_id
        )
        answer = await self._ask(lambda: self._shop.approve_count(told), actor)
        self._note(task, booked, answer)
        self._tell_watchers(actor, f"approved the count: {answer.text}")

    async def supply(self, owed: OwedUnits, actor: str) -> None:
        """Bring new stock of an article that orders wait for."""
        units = owed.quantity - owed.coming + _SUPPLY
        reference = f"supply:{uuid.uuid4().hex}"
        place = await self._ask(
            lambda: self._shop.refill(owed.sku, units, reference=reference), actor
        )
        self._tell_watchers(
            actor,
            f"received {units} {owed.sku} into {place}; "
            f"{len(owed.order_ids)} orders waited for it",
        )

    async def _booked(self, location_id: str, sku: str) -> int:
        booked = await asyncio.to_thread(self._shop.on_hand, location_id)
        return booked.get(sku, 0)

    def _note(self, task: CountTaskRow, booked: int, answer: CountAnswer) -> None:
        if answer.adjustment is not None:
            self._bins.counted(task.location_id, task.sku, booked, answer.adjustment)

    async def _ask(self, act: Callable[[], T], actor: str) -> T:
        async def ask() -> T:
            return await asyncio.to_thread(act)

        return await until_answered(ask, who=actor, order_id=None, say=self._say)

    def _tell_watchers(self, actor: str, text: str) -> None:
        self._say(Said(who=actor, text=text, mood=Mood.NOTABLE))
