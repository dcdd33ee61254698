"""A round: so many orders, so many at a time, each placed when another has ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.drivers import Driver, Pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round took: seconds in all and of each order, and the runs' ids."""

    seconds: float
    latencies: tuple[float, ...]
    workflow_ids: tuple[str, ...]

    @property
    def orders_per_second(self) -> float:
        """Return how many orders ended each second."""
        return len(self.latencies) / self.seconds


async def run_round(driver: Driver, orders: int, at_once: int, pauses: Pauses) -> Round:
    """Carry so many orders to their end, at most so many at once."""
    tickets = iter(range(orders))
    latencies: list[float] = []
    workflow_ids: list[str] = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, orders)):
            group.create_task(
                _carry_all(driver, tickets, pauses, latencies, workflow_ids)
            )
    return Round(
        seconds=time.perf_counter() - started,
        latencies=tuple(latencies),
        workflow_ids=tuple(workflow_ids),
    )


async def _carry_all(
    driver: Driver,
    tickets: Iterator[int],
    pauses: Pauses,
    latencies: list[float],
    workflow_ids: list[str],
) -> None:
    for _ in tickets:
        placed = time.perf_counter()
        workflow_ids.append(await driver.carry(pauses))
        latencies.append(time.perf_counter() - placed)
