"""A caller that is killed after its facts are committed, before the run hears of them.

The Temporal side of it is the moment of death: asked to start or to message a run, the
process ends itself by SIGKILL. What it left in the outbox is for the relay.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

from benchmarks.shop import policy_of
from gateways.runs.protocol import RunStart
from messages.order_document import ShipTo
from messages.order_steps import Answer
from messages.reports import Progress
from operations.delivery import Delivery
from operations.orders import OrderOperations
from persistence.database import Database
from worker import now

PLACE = "place"
MOVE = "move"


class DeadlyRuns:
    """Runs that nobody lives to reach."""

    async def start(self, start: RunStart) -> bool:
        """Die."""
        return _die()

    async def update(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer:
        """Die."""
        raise RuntimeError(_die())

    async def signal(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> None:
        """Die."""
        _die()

    async def progress(self, order_id: str) -> Progress:
        """Die."""
        raise RuntimeError(_die())

    async def is_open(self, order_id: str) -> bool:
        """Die."""
        return _die()

    async def keep_reservation(
        self, reservation_id: str, expires_at: datetime | None
    ) -> None:
        """Die."""
        _die()

    async def cancel(self, order_id: str) -> None:
        """Die."""
        _die()


def _die() -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return False


async def _call(url: str, act: str, told: Mapping[str, object]) -> None:
    database, policy = Database(url), policy_of(timedelta(hours=1))
    delivery = Delivery(database=database, runs=DeadlyRuns(), policy=policy, clock=now)
    operations = OrderOperations(
        database=database, delivery=delivery, policy=policy, clock=now
    )
    if act == PLACE:
        await operations.place(told)
        return
    await operations.change_ship_to(
        str(told["order_id"]),
        ShipTo.model_validate(told["ship_to"]),
        message_id=str(told["message_id"]),
        actor="customer_service:1",
    )


if __name__ == "__main__":
    asyncio.run(_call(sys.argv[1], sys.argv[2], json.load(sys.stdin)))
