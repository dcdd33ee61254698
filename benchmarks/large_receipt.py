"""One receipt for thousands of waiting orders: who is woken, in what order, how fast.

Every order is a run that waits for one article without stock. The receipt holds enough
for all; another receipt after it is for nobody. Placing new orders goes on meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from benchmarks.children import WorkerProcess, running
from benchmarks.shop import DatabaseKind, document, fill, policy_of
from benchmarks.shop import shop_database as open_database
from benchmarks.system import dev_server, prepare_process, worker_environment
from benchmarks.worker_process import OURS
from config.exits import leave
from config.temporal import Target, connect
from domain.shipments.tasks import BackorderStatus
from gateways.runs.temporal_runs import TemporalRuns
from messages.names import SignalName
from operations.delivery import Delivery
from operations.orders import OrderOperations
from operations.stock_files import ReceiptTerms, ReceivedLine, receive_stock
from persistence.database import Database
from persistence.tables import backorder, orders, outbox, product
from worker import now

DEFAULT_ORDERS = 5000
AT_ONCE = 40
UNITS_AN_ORDER = 2
PRIORITIES = (5, 1, 9, 5)
LOOK_SECONDS = 0.5
NEW_ORDERS = 20
SKU = "SCARCE"
TOLD_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptResult:
    """Seconds from the beginning of the receipt, and what was wrong."""

    orders: int
    booked_seconds: float
    all_named_seconds: float
    last_wake_up_seconds: float
    all_filled_seconds: float
    new_order_p95_seconds: float
    in_order: bool
    filled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTown:
    """A running system without stock."""

    store: Database
    operations: OrderOperations


def say(text: str) -> None:
    """Tell whoever watches; the result alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


async def measure(kind: DatabaseKind, count: int) -> ReceiptResult:
    """Let so many orders wait, receive for all of them, and watch."""
    async with waiting_town(kind) as town:
        say(f"placing {count} orders for {SKU}, of which there is none")
        await _place_all(town, range(count))
        await _until(lambda: _backorders(town.store, BackorderStatus.OPEN) == count)
        say("receiving")
        began, clock = time.monotonic(), now()
        placing = asyncio.create_task(_place_new(town, count))
        await asyncio.to_thread(_receive, town.store, count * UNITS_AN_ORDER)
        named = time.monotonic() - began
        await _until(lambda: _undelivered(town.store) == 0)
        await _until(lambda: _backorders(town.store, BackorderStatus.OPEN) == 0)
        filled = time.monotonic() - began
        booked_at, last_at = _moments(town.store)
        return ReceiptResult(
            orders=count,
            booked_seconds=round((booked_at - clock).total_seconds(), 2),
            all_named_seconds=round(named, 2),
            last_wake_up_seconds=round((last_at - clock).total_seconds(), 2),
            all_filled_seconds=round(filled, 2),
            new_order_p95_seconds=await placing,
            in_order=_woken(town.store) == _line(town.store),
            filled=_backorders(town.store, BackorderStatus.FILLED),
        )


def _receive(store: Database, units: int) -> None:
    receive_stock(
        store,
        [ReceivedLine(sku=SKU, location="A-00", quantity=units)],
        clock=now,
        terms=ReceiptTerms(reference="the-large-one", actor="stock:1"),
    )


async def _place_all(town: WaitingTown, numbers: Sequence[int]) -> None:
    waiting = iter(numbers)

    async def place_some() -> None:
        for number in waiting:
            wanted = {
                **document(number),
                "priority": PRIORITIES[number % len(PRIORITIES)],
                "lines": [{"sku": SKU, "quantity": UNITS_AN_ORDER}],
            }
            await town.operations.place(wanted)
            if (number + 1) % TOLD_EVERY == 0:
                say(f"  {number + 1} placed")

    await asyncio.gather(*(place_some() for _ in range(AT_ONCE)))


async def _place_new(town: WaitingTown, count: int) -> float:
    """Place orders for another article while the line is served; return their p95."""
    seconds = []
    for number in range(count, count + NEW_ORDERS):
        began = time.monotonic()
        await town.operations.place(document(number))
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(LOOK_SECONDS)
    return round(sorted(seconds)[int(NEW_ORDERS * 0.95) - 1], 3)


def _line(store: Database) -> list[str]:
    """Return who waited, by priority, then age."""
    query = (
        select(orders.c.order_id)
        .join(backorder, backorder.c.order_id == orders.c.order_id)
        .order_by(
            backorder.c.priority, backorder.c.created_at, backorder.c.backorder_id
        )
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def _woken(store: Database) -> list[str]:
    """Return who was woken, in the order in which the wake-ups were written."""
    query = (
        select(outbox.c.order_id)
        .where(outbox.c.name == SignalName.STOCK_ARRIVED)
        .order_by(outbox.c.outbox_id)
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def _moments(store: Database) -> tuple[datetime, datetime]:
    """Return when the first wake-up was written and when the last one arrived."""
    wake_ups = outbox.c.name == SignalName.STOCK_ARRIVED
    with store.read() as connection:
        first, last = connection.execute(
            select(
                func.min(outbox.c.created_at), func.max(outbox.c.delivered_at)
            ).where(wake_ups)
        ).one()
    return first, last


def _backorders(store: Database, status: BackorderStatus) -> int:
    query = select(func.count()).where(backorder.c.status == status)
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def _undelivered(store: Database) -> int:
    query = select(func.count()).where(
        outbox.c.name == SignalName.STOCK_ARRIVED, outbox.c.delivered_at.is_(None)
    )
    with store.read() as connection:
        return connection.execute(query).scalar_one()


async def _until(holds: Callable[[], bool]) -> None:
    """Look again and again: what is waited for happens in another process."""
    is_so = await asyncio.to_thread(holds)
    while not is_so:
        await asyncio.sleep(LOOK_SECONDS)
        is_so = await asyncio.to_thread(holds)


def _with_scarce_article(url: str) -> None:
    fill(url)
    database = Database(url)
    with database.write() as connection:
        connection.execute(
            insert(product), {"sku": SKU, "name": "Scarce", "weight_grams": 300}
        )
    database.close()


@asynccontextmanager
async def waiting_town(kind: DatabaseKind) -> AsyncIterator[WaitingTown]:
    """Have server, database and two workers for as long as this lasts."""
    with tempfile.TemporaryDirectory(prefix="orderwright-receipt-") as name:
        directory = Path(name)
        server = dev_server(directory)
        with open_database(kind, directory, prepare=_with_scarce_article) as database:
            async with server:
                environment = worker_environment(server, database.url, directory)
                workers = [
                    WorkerProcess(OURS, environment, directory / f"worker{n}.log")
                    for n in range(2)
                ]
                store = Database(database.url)
                async with running(*workers):
                    client = await connect(Target(address=server.address))
                    yield _town(store, TemporalRuns(client))
                store.close()


def _town(store: Database, runs: TemporalRuns) -> WaitingTown:
    policy = policy_of(timedelta(hours=1))
    delivery = Delivery(database=store, runs=runs, policy=policy, clock=now)
    return WaitingTown(
        store=store,
        operations=OrderOperations(
            database=store, delivery=delivery, policy=policy, clock=now
        ),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.large_receipt", description=__doc__
    )
    parser.add_argument("--orders", type=int, default=DEFAULT_ORDERS)
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def main() -> int:
    """Measure, print; return 1 if anybody was woken out of order."""
    arguments = _arguments()
    prepare_process()
    result = asyncio.run(measure(arguments.database, arguments.orders))
    told = asdict(result)
    if arguments.json:
        print(json.dumps(told))
    else:
        print("\n".join(f"{name:<24} {value}" for name, value in told.items()))
    return 0 if result.in_order else 1


if __name__ == "__main__":
    leave(main())
