"""Kills the worker, the Temporal server and callers at random, then counts.

Orders run all the while, driven by robots that repeat what was not answered. At the end
every order must have ended once with one label, and stock must equal its ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

from benchmarks.crash_checks import differences, unfinished_runs
from benchmarks.crash_robots import Robot
from benchmarks.crash_town import CrashTown, crash_town
from benchmarks.shop import DatabaseKind
from benchmarks.system import prepare_process
from config.exits import leave

LONGEST_BETWEEN_KILLS = 4.0
LONGEST_DOWN = 2.0
# Orders that are placed as others end, so that each kill meets running ones.
NEW_ORDER_EVERY = 1.0
SETTLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashPlan:
    """What is to be killed how often, while so many orders run."""

    orders: int = 50
    worker_kills: int = 8
    server_kills: int = 4
    caller_kills: int = 4
    seed: int = 1
    database: DatabaseKind = "sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashResult:
    """What was killed, how many orders ended, and what did not come out right."""

    orders: int
    worker_kills: int
    server_kills: int
    caller_kills: int
    seed: int
    seconds: float
    differences: Sequence[str]


def say(text: str) -> None:
    """Tell whoever watches; the result alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


async def crash(plan: CrashPlan) -> CrashResult:
    """Run the plan; the same seed kills in the same order after the same pauses."""
    started = time.monotonic()
    async with crash_town(plan.database) as town:
        order_ids = await _run_through(town, plan)
        await asyncio.sleep(SETTLE_SECONDS)
        found = await asyncio.to_thread(
            differences, town.store, town.carrier_file, order_ids
        )
        found += await unfinished_runs(town.client, order_ids)
    return CrashResult(
        orders=len(order_ids),
        worker_kills=plan.worker_kills,
        server_kills=plan.server_kills,
        caller_kills=2 * plan.caller_kills,
        seed=plan.seed,
        seconds=round(time.monotonic() - started, 1),
        differences=found,
    )


async def _run_through(town: CrashTown, plan: CrashPlan) -> list[str]:
    """Keep orders running until the last kill, then let all of them end."""
    robots: list[Robot] = []
    async with asyncio.TaskGroup() as group:
        running: set[asyncio.Task[None]] = set()

        def add(*, dead_caller: bool) -> None:
            number = len(robots) + 1
            robot = Robot(town, number, Random(f"{plan.seed}:{number}"))
            robots.append(robot)
            task = group.create_task(
                robot.carry_what_a_dead_caller_left()
                if dead_caller
                else robot.place_and_carry()
            )
            running.add(task)
            task.add_done_callback(running.discard)

        for number in range(plan.orders):
            add(dead_caller=number < plan.caller_kills)
        killing = group.create_task(_kill(town, plan))
        while not killing.done():
            await asyncio.wait([killing], timeout=NEW_ORDER_EVERY)
            for _ in range(plan.orders - len(running) if not killing.done() else 0):
                add(dead_caller=False)
    return [robot.order_id for robot in robots]


async def _kill(town: CrashTown, plan: CrashPlan) -> None:
    random = Random(plan.seed)
    kills = ["worker"] * plan.worker_kills + ["server"] * plan.server_kills
    random.shuffle(kills)
    for place, victim in enumerate(kills, start=1):
        await asyncio.sleep(random.uniform(0.2, LONGEST_BETWEEN_KILLS))
        down = random.uniform(0, LONGEST_DOWN)
        say(f"kill {place} of {len(kills)}: the {victim}, for {down:.1f} s")
        if victim == "worker":
            await town.kill_worker(down)
        else:
            await town.kill_server(down)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crashes", description=__doc__
    )
    plan = CrashPlan()
    parser.add_argument("--orders", type=int, default=plan.orders)
    parser.add_argument("--worker-kills", type=int, default=plan.worker_kills)
    parser.add_argument("--server-kills", type=int, default=plan.server_kills)
    parser.add_argument("--caller-kills", type=int, default=plan.caller_kills)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default=plan.database
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Crash, count, print; return 1 if anything is not as it must be."""
    told = vars(_arguments())
    as_json = told.pop("json")
    prepare_process()
    result = asyncio.run(crash(CrashPlan(**told)))
    if as_json:
        print(json.dumps(asdict(result)))
    else:
        print(
            f"{result.orders} orders, {result.worker_kills} kills of the worker, "
            f"{result.server_kills} of the server, {result.caller_kills} of callers, "
            f"{result.seconds} s: {len(result.differences)} differences"
        )
        for difference in result.differences:
            print(f"  {difference}")
    return 1 if result.differences else 0


if __name__ == "__main__":
    leave(main())
