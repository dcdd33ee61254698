"""People who go on in spite of crashes: they repeat what was not answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import TypeVar

from sqlalchemy import Row, select

from benchmarks.crash_town import CrashTown
from benchmarks.drivers import floor_messages
from benchmarks.dying_caller import MOVE, PLACE
from benchmarks.shop import SOURCE, article, document
from domain.errors import TemporaryError
from domain.identity import order_id_of
from messages.names import SignalName
from messages.order_messages import ConfirmDelivery
from persistence.tables import order_progress, orders

Result = TypeVar("Result")
REPEAT_SECONDS = 0.5
LOOK_SECONDS = 0.3
# A label bought by a worker that died is asked for again after half a minute.
PATIENCE_SECONDS = 180.0
LONGEST_PAUSE = 0.8


class Robot:
    """Places one order and sees to it until it has ended."""

    def __init__(self, town: CrashTown, number: int, random: Random) -> None:
        """Take the order with this number, with pauses of its own."""
        self._town = town
        self._number = number
        self._random = random
        self.order_id = order_id_of(SOURCE, str(number))

    async def place_and_carry(self) -> None:
        """Place the order, then pick, pack, hand over, deliver."""
        await _until_answered(
            lambda: self._town.operations.place(document(self._number))
        )
        await self._carry()

    async def carry_what_a_dead_caller_left(self) -> None:
        """Have a caller die twice; the relay alone starts the run and tells it."""
        await self._town.call_and_die(PLACE, document(self._number))
        await self._until(self._has_run)
        old = document(self._number)["ship_to"]
        assert isinstance(old, dict)
        moved = {
            "order_id": self.order_id,
            "message_id": f"{self.order_id}.move",
            "ship_to": {**old, "street": f"Ahornweg {self._number}"},
        }
        await self._town.call_and_die(MOVE, moved)
        await self._until(self._has_moved)
        await self._carry()

    async def _carry(self) -> None:
        told = floor_messages(self.order_id, article(self._number))
        for name, message in told.items():
            await self._pause()
            await _until_answered(
                partial(self._town.operations.tell, self.order_id, name, message)
            )
        await self._pause()
        delivered = ConfirmDelivery(message_id=f"{self.order_id}.pod", actor="carrier")
        payload = delivered.model_dump(mode="json", exclude_none=True)
        await _until_answered(
            lambda: self._town.delivery.send(
                self.order_id, SignalName.DELIVERY_CONFIRMED, payload
            )
        )
        await self._until(self._has_ended)

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.uniform(0, LONGEST_PAUSE))

    async def _until(self, holds: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not await asyncio.to_thread(holds):
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"{self.order_id} is stuck")
            await asyncio.sleep(LOOK_SECONDS)

    def _has_run(self) -> bool:
        return self._progress() is not None

    def _has_ended(self) -> bool:
        progress = self._progress()
        return progress is not None and progress.ended_at is not None

    def _has_moved(self) -> bool:
        with self._town.store.read() as connection:
            found = connection.execute(
                select(orders.c.ship_to_address_id).where(
                    orders.c.order_id == self.order_id
                )
            )
            address_id: str = found.scalar_one()
        return address_id != f"{self.order_id}.1"

    def _progress(self) -> Row[tuple[object]] | None:
        with self._town.store.read() as connection:
            return connection.execute(
                select(order_progress.c.ended_at).where(
                    order_progress.c.order_id == self.order_id
                )
            ).first()


async def _until_answered(act: Callable[[], Awaitable[Result]]) -> Result:
    """Do it again while nobody answers; a refusal is an error of the system."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await act()
            except TemporaryError:
                await asyncio.sleep(REPEAT_SECONDS)
