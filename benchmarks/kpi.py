"""A year of history: importing it against bare inserts, its KPIs against plain SQL.

Both on SQLite, in the same run, turn by turn. The figures must be those of the
hand-written SQL, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import csv
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from math import isclose
from pathlib import Path
from statistics import median

from benchmarks.kpi_by_hand import by_hand
from benchmarks.past_orders import (
    FIRST_DAY,
    LAST_DAY,
    PastSize,
    write_orders,
    write_receipts,
)
from config.exits import leave
from domain.kpi.question import KpiTerms
from domain.kpi.telling import as_row
from domain.policy import DEFAULT_POLICY
from operations.files.table import open_table
from operations.history_files.importing import HistoryTerms, import_history
from operations.history_files.reading import read_history
from operations.kpi.asking import KpiReader
from operations.kpi.choice import Days, KpiChoice
from operations.movement_files.importing import (
    MovementTerms,
    read_movement_file,
    store_movements,
)
from persistence import migrations
from persistence.database import Database

ROUNDS = 3
ACTOR = "benchmark"
FIGURES = (
    "order_cycle_time",
    "order_accuracy",
    "inventory_turnover",
    "on_time_delivery",
)
# Dates in SQLite's julianday are kept to the millisecond.
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiResult:
    """Seconds as medians of the rounds, and our share of the baseline's."""

    orders: int
    lines: int
    bare_seconds: float
    import_seconds: float
    import_ratio: float
    sql_seconds: float
    query_seconds: float
    query_ratio: float
    figures_agree: bool


def say(text: str) -> None:
    """Tell how it goes, beside the result."""
    print(text, file=sys.stderr, flush=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def insert_bare(orders: Path, path: Path) -> None:
    """Read the file and insert its rows as they are: the least an import can do."""
    with closing(sqlite3.connect(path)) as bare, orders.open(newline="") as stream:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=NORMAL")
        rows = csv.reader(stream)
        columns = next(rows)
        bare.execute(f"CREATE TABLE bare ({', '.join(columns)})")
        places = ", ".join("?" for _ in columns)
        bare.executemany(f"INSERT INTO bare VALUES ({places})", rows)
        bare.commit()


def import_orders(orders: Path, url: str) -> None:
    """Import the file as history, as the command does."""
    database = Database(url)
    try:
        with read_history(orders) as history:
            terms = HistoryTerms(actor=ACTOR, clock=_now)
            summary = import_history(database, history, terms)
        if summary.rejected:
            raise RuntimeError(f"{summary.rejected} orders were rejected")
    finally:
        database.close()


def import_receipts(receipts: Path, url: str) -> None:
    """Import the movements that brought the goods."""
    database = Database(url)
    try:
        terms = MovementTerms(actor=ACTOR)
        with open_table(receipts) as table:
            found = read_movement_file(database, table, terms)
            store_movements(database, found, clock=_now, terms=terms)
    finally:
        database.close()


def _measure_import(
    directory: Path, orders: Path, rounds: int
) -> tuple[float, float, str]:
    bare, ours, url = [], [], ""
    for number in range(rounds):
        bare_path = directory / f"bare-{number}.db"
        bare.append(_seconds(partial(insert_bare, orders, bare_path)))
        bare_path.unlink()
        url = f"sqlite:///{directory}/history-{number}.db"
        migrations.upgrade(url)
        ours.append(_seconds(partial(import_orders, orders, url)))
        say(f"import {number + 1}: bare {bare[-1]:.1f} s, ours {ours[-1]:.1f} s")
    return median(bare), median(ours), url


def _measure_query(url: str, rounds: int) -> tuple[float, float, bool]:
    path = url.removeprefix("sqlite:///")
    by_sql, ours, agree = [], [], True
    for number in range(rounds):
        with closing(sqlite3.connect(path)) as plain:
            started = time.perf_counter()
            wanted = by_hand(plain, FIRST_DAY, LAST_DAY)
            by_sql.append(time.perf_counter() - started)
        started = time.perf_counter()
        found = ask(url)
        ours.append(time.perf_counter() - started)
        agree = agree and agrees(wanted, found)
        say(f"query {number + 1}: SQL {by_sql[-1]:.2f} s, ours {ours[-1]:.2f} s")
    return median(by_sql), median(ours), agree


def ask(url: str) -> dict[str, dict[str, object]]:
    """Ask for the figures as `kpi show` does, with a connection of its own."""
    database = Database(url)
    try:
        reader = KpiReader(
            database=database,
            policy=DEFAULT_POLICY,
            terms=KpiTerms(zone="UTC"),
            clock=_now,
        )
        choice = KpiChoice(
            figures=FIGURES,
            since=Days(FIRST_DAY, FIRST_DAY),
            until=Days(LAST_DAY, LAST_DAY),
        )
        answers = reader.figures(choice).answers
    finally:
        database.close()
    rows = [as_row(one.figure) for one in answers]
    return {str(row["figure"]): row for row in rows}


def agrees(
    wanted: dict[str, dict[str, float]], found: dict[str, dict[str, object]]
) -> bool:
    """Say whether every number of the hand-written SQL is ours; tell what is not."""
    is_same = True
    for name, numbers in wanted.items():
        for key, number in numbers.items():
            ours = found[name].get(key)
            if not isinstance(ours, int | float) or not isclose(
                ours, number, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE
            ):
                is_same = False
                say(f"{name}.{key}: {number} by hand, {ours} by us")
    return is_same


def _run(size: PastSize, rounds: int) -> KpiResult:
    with tempfile.TemporaryDirectory(prefix="orderwright-bench-") as name:
        directory = Path(name)
        orders, receipts = directory / "orders.csv", directory / "receipts.csv"
        say(f"writing {size.orders} orders with {size.lines} lines")
        write_orders(orders, size)
        write_receipts(receipts, size)
        bare, ours, url = _measure_import(directory, orders, rounds)
        import_receipts(receipts, url)
        by_sql, asked, agree = _measure_query(url, rounds)
    return KpiResult(
        orders=size.orders,
        lines=size.lines,
        bare_seconds=round(bare, 2),
        import_seconds=round(ours, 2),
        import_ratio=round(ours / bare, 2),
        sql_seconds=round(by_sql, 2),
        query_seconds=round(asked, 2),
        query_ratio=round(asked / by_sql, 2),
        figures_agree=agree,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kpi", description=__doc__
    )
    parser.add_argument("--orders", type=int, default=25_000)
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Measure and print; return 1 if a figure is not that of the SQL."""
    told = _arguments()
    result = _run(PastSize(orders=told.orders, lines=told.lines), told.rounds)
    if told.json:
        print(json.dumps(asdict(result)))
    else:
        for name, value in asdict(result).items():
            print(f"{name:<16}{value!s:>12}")
    return 0 if result.figures_agree else 1


if __name__ == "__main__":
    leave(main())
