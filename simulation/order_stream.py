"""A stream of sample orders, placed one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import BusinessError
from operations.shop import Shop
from simulation.messenger import until_answered
from simulation.said import Listener, Mood, Said, nobody_listens
from simulation.sample_orders import SampleOrders


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTerms:
    """How many orders, and how many seconds apart; without a count it never ends."""

    orders: int | None = None
    seconds_between: float = 2.0


class OrderStream:
    """Places orders whose numbers go on from what the shop has."""

    def __init__(
        self,
        shop: Shop,
        sample: SampleOrders,
        terms: StreamTerms,
        *,
        say: Listener = nobody_listens,
        on_placed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Place orders in this shop."""
        self._shop = shop
        self._sample = sample
        self._terms = terms
        self._say = say
        self._on_placed = on_placed
        self.placed: list[str] = []
        self.is_done = False

    async def run(self) -> None:
        """Place all orders; returns at once after the last."""
        first = await asyncio.to_thread(self._shop.count_orders, self._sample.source)
        number = first
        while self._terms.orders is None or number < first + self._terms.orders:
            await self._place(number)
            number += 1
            if number != first + (self._terms.orders or 0):
                await asyncio.sleep(self._terms.seconds_between)
        self.is_done = True

    async def _place(self, number: int) -> None:
        document = self._sample.document(number)
        try:
            placed = await until_answered(
                lambda: self._shop.orders.place_document(document),
                who="customer",
                order_id=None,
                say=self._say,
            )
        except BusinessError as refusal:
            text = f"order {document.number} was refused: {refusal}"
            self._say(Said(who="customer", text=text, mood=Mood.NOTABLE))
            return
        units = sum(line.quantity for line in document.lines)
        text = f"placed: {units} units, {document.service_level}"
        self._say(Said(who="customer", text=text, order_id=placed.order_id))
        self.placed.append(placed.order_id)
        self._on_placed(placed.order_id)
