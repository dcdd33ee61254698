"""The sample shop with robots in it, on a server or with runs in process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from config.policy import load_policy
from gateways.carrier.factory import CARRIER_NAMES, build_carrier
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from gateways.runs.protocol import Runs
from gateways.runs.temporal_runs import TemporalRuns
from operations.delivery import Delivery
from operations.health import Finding
from operations.health.ledger import examine_ledger
from operations.health.orders import examine_orders
from operations.relay import Relay
from operations.shop import Shop, open_shop
from persistence.database import Database
from simulation.carrier import SECONDS_TO_HOURS, RobotCarrier
from simulation.habits import Habits
from simulation.order_stream import OrderStream, StreamTerms
from simulation.said import Said
from simulation.sample_orders import SampleOrders
from simulation.sample_shop import furnish, sample_policy
from simulation.staff import IsLeftAlone, RobotStaff, leave_nothing
from worker import WorkerParts, build_worker

SPEED = 25.0
LONGEST_SECONDS = 50.0


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class RobotShop:
    """Robots at work, and what they said."""

    shop: Shop
    staff: RobotStaff
    carrier: RobotCarrier
    relay: Relay
    said: list[Said]
    is_left_alone: list[IsLeftAlone] = field(default_factory=list)

    def stream(self, sample: SampleOrders, orders: int) -> OrderStream:
        """Return a stream of orders, not yet begun."""
        terms = StreamTerms(orders=orders, seconds_between=0.05)
        return OrderStream(self.shop, sample, terms, say=self.said.append)

    async def carry_to_the_end(self, stream: OrderStream) -> dict[str, str]:
        """Place the orders and wait until each has ended; return how."""
        await stream.run()
        await self.until(
            lambda: len(self.shop.outcomes(stream.placed)) == len(stream.placed)
        )
        return self.shop.outcomes(stream.placed)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; what robots do may fail the test."""
        give_up_at = time.monotonic() + LONGEST_SECONDS
        while not await asyncio.to_thread(is_so):
            assert time.monotonic() < give_up_at, self.said[-20:]
            await asyncio.sleep(0.05)

    def problems(self) -> list[Finding]:
        """Recompute the books; return what does not agree."""
        with self.shop.database.read() as connection:
            found = [*examine_ledger(connection), *examine_orders(connection)]
        return [one for one in found if not one.is_ok]

    def texts(self) -> str:
        """Return all that was said."""
        return "\n".join(f"{one.order_id} {one.who} {one.text}" for one in self.said)


@asynccontextmanager
async def robots(
    database: Database,
    runs: Runs,
    directory: Path,
    *,
    habits: Habits | None = None,
    is_left_alone: IsLeftAlone = leave_nothing,
) -> AsyncIterator[RobotShop]:
    """Have a furnished shop with robots at work."""
    with sample_policy() as path:
        policy = load_policy(path)
    shop = open_shop(database, runs, policy=policy, clock=now)
    furnish(shop)
    said: list[Said] = []
    simulator = CarrierSimulator(
        directory / "carrier.db", SimulatorOptions(speed=SECONDS_TO_HOURS * SPEED)
    )
    delivery = Delivery(database=database, runs=runs, policy=policy, clock=now)
    at_work = RobotShop(
        shop=shop,
        staff=RobotStaff(
            shop,
            habits or Habits(speed=SPEED),
            say=said.append,
            is_left_alone=is_left_alone,
        ),
        carrier=RobotCarrier(shop, simulator, say=said.append),
        relay=Relay(database=database, delivery=delivery, holder="test", clock=now),
        said=said,
    )
    parts = (at_work.staff, at_work.carrier, at_work.relay)
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield at_work
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        simulator.close()


@asynccontextmanager
async def robots_on_server(
    client: Client, task_queue: str, url: str, directory: Path, habits: Habits
) -> AsyncIterator[RobotShop]:
    """Have the same on a real server, with a worker of ours."""
    database = Database(url)
    store = directory / "carrier.db"
    parts = WorkerParts(
        database=database,
        carriers={name: build_carrier(name, store) for name in CARRIER_NAMES},
        carrier="simulator",
        task_queue=task_queue,
    )
    runs = TemporalRuns(client, task_queue=task_queue)
    async with (
        build_worker(client, parts),
        robots(database, runs, directory, habits=habits) as at_work,
    ):
        yield at_work
    database.close()
