"""Robots carry thousands of orders through short picks, cancels and killed workers.

Two warehouses, blind counts, customers who are asked and customers who cancel; the
worker is killed at random. At the end every order must have ended, and the doctor must
find nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from random import Random

from benchmarks.busy_figures import BusyPlan, BusyResult, Day, open_orders, result_of
from benchmarks.busy_town import BusyRates, BusyTown, busy_town
from benchmarks.system import prepare_process
from config.exits import leave
from simulation.jobs import jobs_of
from simulation.messenger import until_answered
from simulation.said import nobody_listens
from simulation.sample_orders import SampleOrders

AT_ONCE = 48
# So many place orders side by side.
PLACING = 4
LOOK_SECONDS = 0.3
LONGEST_DOWN = 2.0
# The first and the last kill, as shares of the orders that have ended.
KILL_FROM, KILL_TO = 0.05, 0.9
# A label bought by a worker that died is asked for again after half a minute.
STUCK_SECONDS = 150.0
# What follows the last order's end: counts, refunds, goods that are put back.
SETTLE_SECONDS = 60.0
TELL_SECONDS = 20.0


class BusyDay:
    """One run of the plan in a running town."""

    def __init__(self, town: BusyTown, plan: BusyPlan) -> None:
        """Place nothing yet."""
        self._town = town
        self._plan = plan
        self._open: set[str] = set()
        self._ended: dict[str, str] = {}
        self._kills = 0

    async def run(self) -> BusyResult:
        """Carry every order to its end, then let the doctor look."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            robots = [
                group.create_task(part.run())
                for part in (self._town.staff, self._town.carrier)
            ]
            placing = group.create_task(self._place())
            killing = group.create_task(self._kill())
            await self._until_all_ended()
            placing.cancel()
            if self._open:
                killing.cancel()
            else:
                await killing
            left = await self._until_settled()
            for robot in robots:
                robot.cancel()
        seconds = time.monotonic() - began
        doctor = await self._town.doctor()
        with self._town.store.read() as connection:
            findings = [*open_orders(connection, self._open), *left, *doctor]
            return result_of(
                connection,
                self._plan,
                Day(
                    ends=self._ended,
                    cancels_asked=self._town.staff.cancels_asked,
                    kills=self._kills,
                    seconds=seconds,
                    findings=findings,
                ),
            )

    async def _place(self) -> None:
        numbers = iter(range(self._plan.orders))
        async with asyncio.TaskGroup() as group:
            for _ in range(PLACING):
                group.create_task(self._place_some(numbers))

    async def _place_some(self, numbers: Iterator[int]) -> None:
        sample = SampleOrders(seed=self._plan.seed, fault_rate=0.0)
        for number in numbers:
            await self._until(lambda: len(self._open) < AT_ONCE)
            placed = await until_answered(
                partial(self._town.shop.orders.place_document, sample.document(number)),
                who="customer",
                order_id=None,
                say=nobody_listens,
            )
            self._open.add(placed.order_id)

    async def _kill(self) -> None:
        random = Random(self._plan.seed)
        shares = sorted(
            random.uniform(KILL_FROM, KILL_TO) for _ in range(self._plan.kills)
        )
        for share in shares:
            ended_before = share * self._plan.orders
            await self._until(partial(self._has_ended, ended_before))
            await asyncio.sleep(random.uniform(0, 1))
            down = random.uniform(0, LONGEST_DOWN)
            self._kills += 1
            say(f"kill {self._kills} of {self._plan.kills}: for {down:.1f} s")
            await self._town.kill_worker(down)

    def _has_ended(self, orders: float) -> bool:
        return len(self._ended) >= orders

    async def _until(self, holds: Callable[[], bool]) -> None:
        while True:
            if holds():
                return
            await asyncio.sleep(LOOK_SECONDS / 3)

    async def _until_all_ended(self) -> None:
        moved_at = told_at = time.monotonic()
        while len(self._ended) < self._plan.orders:
            await asyncio.sleep(LOOK_SECONDS)
            found = await asyncio.to_thread(self._town.shop.outcomes, self._open)
            self._ended |= found
            self._open -= found.keys()
            moment = time.monotonic()
            if found:
                moved_at = moment
            if moment - moved_at > STUCK_SECONDS:
                return
            if moment - told_at > TELL_SECONDS:
                told_at = moment
                say(f"{len(self._ended)} ended, {len(self._open)} open")

    async def _until_settled(self) -> list[str]:
        """Wait until nothing is left to do; return what is left all the same."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while True:
            work = await asyncio.to_thread(self._town.shop.open_work)
            left = sorted(job.key for job in jobs_of(work))
            if not left or self._open or time.monotonic() > give_up_at:
                return [f"left to do: {key}" for key in left]
            await asyncio.sleep(LOOK_SECONDS)


def say(text: str) -> None:
    """Tell whoever watches; the result alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


async def busy_day(plan: BusyPlan) -> BusyResult:
    """Run the plan in a town of its own."""
    rates = BusyRates(
        seed=plan.seed,
        shorts=plan.shorts,
        damaged=plan.damaged,
        cancels=plan.cancels,
    )
    async with busy_town(plan.database, rates) as town:
        return await BusyDay(town, plan).run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.busy_shop", description=__doc__
    )
    plan = BusyPlan()
    parser.add_argument("--orders", type=int, default=plan.orders)
    for name in ("shorts", "cancels", "damaged"):
        parser.add_argument(f"--{name}", type=float, default=getattr(plan, name))
    parser.add_argument("--kills", type=int, default=plan.kills)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default=plan.database
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Carry, kill, look, print; return 1 if anything is not as it must be."""
    told = vars(_arguments())
    as_json = told.pop("json")
    prepare_process()
    result = asyncio.run(busy_day(BusyPlan(**told)))
    if as_json:
        print(json.dumps(asdict(result)))
    else:
        print(
            f"{result.orders} orders: {result.delivered} delivered, "
            f"{result.cancelled} cancelled, {result.other} other; "
            f"{result.shorts} short picks, {result.damaged} damaged, "
            f"{result.cancels_asked} cancels asked, "
            f"{result.kills} kills of the worker; {result.seconds} s; "
            f"{len(result.findings)} findings"
        )
        for finding in result.findings:
            print(f"  {finding}")
    return 1 if result.findings or result.other else 0


if __name__ == "__main__":
    leave(main())
