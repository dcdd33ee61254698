"""The relay: delivers what is left in the outbox, one holder of a lease at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from domain.errors import BusinessError, OrderwrightError, TemporaryError
from operations.backlog import continue_backlogs
from operations.delivery import Delivery
from persistence.database import Database
from persistence.outbox import (
    UndeliveredMessage,
    mark_delivered,
    mark_failed,
    take_lease,
    undelivered,
)

LEASE = "outbox_relay"
LEASE_TERM = timedelta(seconds=15)
# A caller delivers its own message at once; the relay takes what it left.
GRACE = timedelta(seconds=1)
BATCH = 200
AT_ONCE = 20
PAUSE_SECONDS = 0.5


class Relay:
    """Delivers the outbox until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        delivery: Delivery,
        holder: str,
        clock: Callable[[], datetime],
    ) -> None:
        """Deliver in this holder's name."""
        self._database = database
        self._delivery = delivery
        self._holder = holder
        self._clock = clock
        self._log = structlog.get_logger("relay")

    async def run(self) -> None:
        """Deliver whenever something is left; wait when nothing is or all fails."""
        while True:
            try:
                await self.share_out_backlogs()
                delivered = await self.deliver_once()
            except OrderwrightError as error:
                self._log.warning("relay_waits", reason=str(error))
                delivered = 0
            if not delivered:
                await asyncio.sleep(PAUSE_SECONDS)

    async def share_out_backlogs(self) -> int:
        """Go on with what a dead caller had set aside; return the orders woken."""
        return await asyncio.to_thread(
            continue_backlogs, self._database, clock=self._clock
        )

    async def deliver_once(self) -> int:
        """Deliver one batch; return how many messages reached their run."""
        waiting = await asyncio.to_thread(self._take_batch)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(message: UndeliveredMessage) -> bool:
            async with gate:
                return await self._deliver(message)

        return sum(await asyncio.gather(*(one(message) for message in waiting)))

    async def _deliver(self, message: UndeliveredMessage) -> bool:
        try:
            await self._delivery.deliver(message)
        except TemporaryError as error:
            await asyncio.to_thread(self._mark_failed, message, str(error))
            return False
        except BusinessError as refusal:
            # The run has said no: the message has arrived.
            self._log.info(
                "message_refused", order_id=message.order_id, reason=str(refusal)
            )
        except Exception as fault:  # one that nobody foresaw must not stop the others
            name = type(fault).__name__
            self._log.exception(
                "delivery_failed", order_id=message.order_id, fault=name
            )
            await asyncio.to_thread(self._mark_failed, message, name)
            return False
        await asyncio.to_thread(self._mark_delivered, message)
        return True

    def _take_batch(self) -> list[UndeliveredMessage]:
        now = self._clock()
        with self._database.read() as connection:
            waiting = undelivered(connection, written_before=now - GRACE, limit=BATCH)
        if not waiting:
            return []
        with self._database.write() as connection:
            ours = take_lease(connection, LEASE, self._holder, now, LEASE_TERM)
        return waiting if ours else []

    def _mark_delivered(self, message: UndeliveredMessage) -> None:
        with self._database.write() as connection:
            mark_delivered(connection, message.outbox_id, self._clock())

    def _mark_failed(self, message: UndeliveredMessage, reason: str) -> None:
        with self._database.write() as connection:
            mark_failed(connection, message.outbox_id, reason)
