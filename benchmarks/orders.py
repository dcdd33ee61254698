"""Orders each second from placement to delivered, beside the design's bare run.

Both run in one process layout on one Temporal dev server, in alternating rounds, so the
machine's noise meets both alike: this process places orders and speaks for the floor, a
worker process runs each kind. See docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import fmean, median

from benchmarks.drivers import PACED, STRAIGHT_THROUGH, BareDriver, OurDriver, Pauses
from benchmarks.measures import mean_events, percentile, started_runs
from benchmarks.rounds import Round, run_round
from benchmarks.system import Bench, prepare_process, running_bench
from config.exits import leave

DEFAULT_ORDERS = 300
AT_ONCE = 24
ROUNDS = 3
WARM_UP_ORDERS = 60
PACED_ORDERS = 20
# Deadlines of 4, 4, 6 and 20 hours do not pass while a round lasts, however slow.
STRAIGHT_UNIT = timedelta(hours=1)
PACED_UNIT = timedelta(seconds=1)

Figures = dict[str, float | dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A round of ours, and what it cost an order."""

    round: Round
    events: float
    actions: float
    runs: float
    cpu: Mapping[str, float]


@dataclass(slots=True, kw_only=True)
class Measured:
    """What the rounds gave."""

    ours: list[Counted] = field(default_factory=list)
    bare: list[Round] = field(default_factory=list)
    paced: Counted | None = None
    orders: int = 0


def say(text: str) -> None:
    """Tell whoever watches how far it is; the result alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


async def measure(bench: Bench, orders: int, at_once: int) -> Measured:
    """Warm both up, then take turns, then pace."""
    measured = Measured()
    ours = OurDriver(bench.client, bench.store, STRAIGHT_UNIT)
    bare = BareDriver(bench.client)
    for driver in (bare, ours):
        await run_round(driver, WARM_UP_ORDERS, at_once, STRAIGHT_THROUGH)
    for number in range(1, ROUNDS + 1):
        measured.bare.append(await run_round(bare, orders, at_once, STRAIGHT_THROUGH))
        counted = await _count(bench, ours, (orders, at_once), STRAIGHT_THROUGH)
        measured.ours.append(counted)
        say(
            f"round {number} of {ROUNDS}: {counted.round.orders_per_second:.1f} "
            f"orders/s, bare {measured.bare[-1].orders_per_second:.1f}"
        )
    say(f"paced: {PACED_ORDERS} orders of {_seconds(PACED):g} s")
    slow = OurDriver(bench.client, bench.store, PACED_UNIT)
    measured.paced = await _count(bench, slow, (PACED_ORDERS, PACED_ORDERS), PACED)
    measured.orders = WARM_UP_ORDERS + ROUNDS * orders + PACED_ORDERS
    return measured


async def _count(
    bench: Bench, driver: OurDriver, size: tuple[int, int], pauses: Pauses
) -> Counted:
    actions, runs = await bench.actions(), await started_runs(bench.client)
    before = bench.cpu()
    took = await run_round(driver, *size, pauses)
    after = bench.cpu()
    orders = size[0]
    return Counted(
        round=took,
        actions=(await bench.actions() - actions) / orders,
        runs=(await started_runs(bench.client) - runs) / orders,
        events=await mean_events(bench.client, took.workflow_ids),
        cpu={name: (after[name] - before[name]) / orders for name in before},
    )


def figures_of(measured: Measured, transactions: int) -> Figures:
    """Return the figures of a run by name; rates are the medians of the rounds."""
    paced = measured.paced
    if paced is None:
        raise ValueError("nothing was paced")
    ours = median(counted.round.orders_per_second for counted in measured.ours)
    bare = median(each.orders_per_second for each in measured.bare)
    latencies = [
        seconds for counted in measured.ours for seconds in counted.round.latencies
    ]
    return {
        "orders_per_second": round(ours, 2),
        "bare_orders_per_second": round(bare, 2),
        "ratio": round(ours / bare, 3),
        "p50_seconds": round(percentile(latencies, 50), 3),
        "p95_seconds": round(percentile(latencies, 95), 3),
        "events_per_order": round(fmean(c.events for c in measured.ours), 2),
        "actions_per_order": round(fmean(c.actions for c in measured.ours), 2),
        "runs_per_order": round(fmean(c.runs for c in measured.ours), 2),
        "paced_events_per_order": round(paced.events, 2),
        "paced_actions_per_order": round(paced.actions, 2),
        "transactions_per_order": round(transactions / measured.orders, 2),
        "cpu_seconds_per_order": {
            name: round(fmean(c.cpu[name] for c in measured.ours), 4)
            for name in measured.ours[0].cpu
        },
    }


def table_of(figures: Figures) -> str:
    """Return the figures as lines for people, beside what the design allows."""
    allowed = {
        "ratio": "at least 0.65",
        "events_per_order": "at most 36",
        "actions_per_order": "at most 12",
        "runs_per_order": "at most 1",
        "paced_events_per_order": "at most 46",
        "paced_actions_per_order": "at most 14",
    }
    lines = []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            lines += [f"{name}.{process:<12} {of:>10}" for process, of in value.items()]
        else:
            lines.append(f"{name:<34} {value:>10}  {allowed.get(name, '')}".rstrip())
    return "\n".join(lines)


def _seconds(pauses: Pauses) -> float:
    return pauses.pick + pauses.pack + pauses.hand_over + pauses.delivery


async def benchmark(arguments: argparse.Namespace) -> Figures:
    """Run the whole benchmark; return its figures."""
    async with running_bench(arguments.database, arguments.workers) as bench:
        say(
            f"{bench.database.description}; {arguments.orders} orders a round, "
            f"{arguments.at_once} at once, {ROUNDS} rounds each after a warm-up, "
            f"{arguments.workers} worker processes of each kind"
        )
        measured = await measure(bench, arguments.orders, arguments.at_once)
    transactions = bench.store.transactions + sum(
        worker.transactions for worker in bench.our_workers
    )
    return figures_of(measured, transactions)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.orders", description=__doc__
    )
    parser.add_argument("--orders", type=_one_or_more, default=DEFAULT_ORDERS)
    parser.add_argument("--at-once", type=_one_or_more, default=AT_ONCE)
    parser.add_argument(
        "--workers",
        type=_one_or_more,
        default=os.cpu_count() or 1,
        help="worker processes of each kind; one for each core, if not said",
    )
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _one_or_more(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def main() -> int:
    """Measure, print, return the exit status."""
    arguments = _arguments()
    prepare_process()
    figures = asyncio.run(benchmark(arguments))
    print(json.dumps(figures) if arguments.json else table_of(figures))
    return 0


if __name__ == "__main__":
    leave(main())
