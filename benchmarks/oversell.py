"""Lets far more buyers than units loose on the stock, and kills them at random.

Then every unit must be sold once. Apart from that, without kills and with stock for
everybody: how many units a second the guard sells, beside the same statement without
its condition and beside row locks.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.buyers import Buyers
from benchmarks.crews import Crew
from benchmarks.scarce_shop import SCARCE, Books, add_article, add_places, books_of
from benchmarks.shop import DatabaseKind, ShopDatabase, shop_database
from benchmarks.system import prepare_process
from benchmarks.takers import Round, Takers, Way
from config.exits import leave
from persistence.database import Database

PROCESSES = 8
STOCK = 100
KILLS = 24
# Kills that fall while there still is something to sell; the others come later.
EARLY_KILLS = 16
LONGEST_LIFE_SECONDS = 0.15
PLENTY = "PLENTY"
PLENTY_UNITS = 1_000_000_000
ROUND_SECONDS = 0.35
ROUNDS = 81
TOLD_EVERY = 10
START_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class OversellResult:
    """What was sold of what there was, and what the guard costs."""

    buyers: int
    stock: int
    sold: int
    ledger_difference: int
    guard_per_second: float
    unguarded_per_second: float
    row_lock_per_second: float | None

    @property
    def is_right(self) -> bool:
        """Return whether every unit was sold once and the books agree."""
        return self.sold == self.stock and not self.ledger_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """How many buyers from how many processes want so many units."""

    buyers: int
    processes: int = PROCESSES
    stock: int = STOCK
    kills: int = KILLS
    seed: int = 1


def say(text: str) -> None:
    """Tell whoever watches; the result alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def sell(url: str, sale: Sale) -> Books:
    """Let the buyers buy, kill their processes on the way, and read the books."""
    database = Database(url)
    try:
        with database.write() as connection:
            add_places(connection)
            add_article(connection, SCARCE, sale.stock)
        started = time.perf_counter()
        with Crew(sale.processes, Buyers, url) as crew:
            crew.work_off(range(sale.buyers), _deaths(sale))
        say(
            f"{sale.buyers} buyers in {time.perf_counter() - started:.1f} s, "
            f"{sale.kills} kills, {crew.repeats} of them before an answer"
        )
        _wake_who_lost_every_race(url)
        with database.read() as connection:
            return books_of(connection)
    finally:
        database.close()


def _deaths(sale: Sale) -> dict[int, float]:
    """Return which buyers' processes are killed, and how long after they began."""
    random = Random(sale.seed)
    kills = min(sale.kills, sale.buyers)
    early = min(EARLY_KILLS, kills, sale.stock)
    doomed = random.sample(range(min(sale.stock, sale.buyers)), early)
    others = [place for place in range(sale.buyers) if place not in doomed]
    doomed += random.sample(others, kills - early)
    return {place: random.uniform(0, LONGEST_LIFE_SECONDS) for place in doomed}


def _wake_who_lost_every_race(url: str) -> None:
    buyers = Buyers(url)
    while woken := buyers.wake():
        say(f"{woken} orders were woken to look again")
    buyers.close()


def measure(url: str, kind: DatabaseKind) -> dict[Way, float]:
    """Return the units a second of each way: the median of rounds that take turns."""
    ways = [way for way in Way if kind == "postgresql" or way is not Way.ROW_LOCK]
    database = Database(url)
    with database.write() as connection:
        levels = tuple(add_article(connection, PLENTY, PLENTY_UNITS))
    database.close()
    rates: dict[Way, list[float]] = {way: [] for way in ways}
    with Crew(PROCESSES, Takers, url) as crew:
        # The first round, which nobody counts, connects and warms everything up.
        _round(crew, ways[0], levels)
        for number in range(ROUNDS):
            # Each way comes first, second and third equally often.
            for place in range(len(ways)):
                way = ways[(number + place) % len(ways)]
                rates[way].append(_round(crew, way, levels))
            told = ", ".join(f"{way} {rates[way][-1]:.0f}/s" for way in ways)
            if number % TOLD_EVERY == 0:
                say(f"round {number + 1} of {ROUNDS}: {told}")
    return {way: median(seen) for way, seen in rates.items()}


def _round(crew: Crew[Round, int], way: Way, levels: Sequence[int]) -> float:
    starts_at = time.monotonic() + START_SECONDS
    given = Round(
        way=way,
        levels=tuple(levels),
        starts_at=starts_at,
        ends_at=starts_at + ROUND_SECONDS,
    )
    return sum(crew.all_do(given)) / ROUND_SECONDS


def _run(kind: DatabaseKind, buyers: int, database: ShopDatabase) -> OversellResult:
    say(f"{database.description}: {buyers} buyers from {PROCESSES} processes")
    books = sell(database.url, Sale(buyers=buyers))
    say(f"{books.sold} of {STOCK} sold, {books.left_over} left over")
    rates = measure(database.url, kind)
    row_lock = rates.get(Way.ROW_LOCK)
    return OversellResult(
        buyers=buyers,
        stock=STOCK,
        sold=books.sold,
        ledger_difference=books.ledger_difference,
        guard_per_second=round(rates[Way.GUARD], 1),
        unguarded_per_second=round(rates[Way.UNGUARDED], 1),
        row_lock_per_second=None if row_lock is None else round(row_lock, 1),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.oversell", description=__doc__
    )
    parser.add_argument("--buyers", type=int, default=2000)
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Sell, measure, print; return 1 if a unit was sold twice, or not at all."""
    told = _arguments()
    prepare_process()
    with (
        tempfile.TemporaryDirectory(prefix="orderwright-bench-") as directory,
        shop_database(told.database, Path(directory)) as database,
    ):
        result = _run(told.database, told.buyers, database)
    if told.json:
        print(json.dumps(asdict(result)))
    else:
        _print_table(result)
    return 0 if result.is_right else 1


def _print_table(result: OversellResult) -> None:
    for name, value in asdict(result).items():
        print(f"{name:<22}{'-' if value is None else value:>12}")
    share = result.guard_per_second / result.unguarded_per_second
    print(f"{'guard / unguarded':<22}{share:>12.2f}")


if __name__ == "__main__":
    leave(main())
