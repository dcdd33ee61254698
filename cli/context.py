"""How a command gets the database, the runs and the operations, and closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import typer

from cli.machinery import Machinery
from domain.errors import TemporaryError
from domain.kpi.question import KpiTerms
from domain.policy import FulfillmentPolicy
from gateways.runs.protocol import Runs, RunStart
from messages.order_steps import Answer
from messages.reports import Progress
from operations.delivery import Delivery
from operations.orders import OrderOperations
from persistence.database import Database, StorageFailed
from persistence.migrations import current_revision, newest_revision

T = TypeVar("T")
Clock = Callable[[], datetime]


class DatabaseNotReady(TemporaryError):
    """The database cannot be used as it is; the text says how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What commands work with: plain values that the main takes from the settings."""

    database_url: str
    policy: Callable[[], FulfillmentPolicy]
    connect_runs: Callable[[], Awaitable[Runs]]
    clock: Clock
    # For the commands that run a system; the others need none.
    machinery: Callable[[], Machinery] | None = None
    kpi_terms: Callable[[], KpiTerms] = KpiTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The operations at a command's hand, on one open database."""

    database: Database
    runs: Runs
    delivery: Delivery
    orders: OrderOperations
    clock: Clock


class RunsOnDemand:
    """Runs that are connected to when the first of them is needed.

    So an order is stored even if the server is away, and reading needs no server.
    """

    def __init__(self, connect: Callable[[], Awaitable[Runs]]) -> None:
        """Connect by this."""
        self._connect = connect
        self._connected: Runs | None = None
        self._away: TemporaryError | None = None
        self._lock = asyncio.Lock()

    async def _runs(self) -> Runs:
        async with self._lock:
            if self._away is not None:
                # Not waited for again: an import would wait once for each order.
                raise self._away
            if self._connected is None:
                try:
                    self._connected = await self._connect()
                except TemporaryError as error:
                    self._away = error
                    raise
            return self._connected

    async def start(self, start: RunStart) -> bool:
        """Start the order's run."""
        return await (await self._runs()).start(start)

    async def update(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> Answer:
        """Send an update."""
        return await (await self._runs()).update(order_id, name, payload)

    async def signal(
        self, order_id: str, name: str, payload: Mapping[str, object]
    ) -> None:
        """Send a signal."""
        await (await self._runs()).signal(order_id, name, payload)

    async def progress(self, order_id: str) -> Progress:
        """Ask what the run knows."""
        return await (await self._runs()).progress(order_id)

    async def is_open(self, order_id: str) -> bool:
        """Say whether the order has an open run."""
        return await (await self._runs()).is_open(order_id)

    async def keep_reservation(
        self, reservation_id: str, expires_at: datetime | None
    ) -> None:
        """Tell a reservation's run when it ends."""
        await (await self._runs()).keep_reservation(reservation_id, expires_at)

    async def cancel(self, order_id: str) -> None:
        """Ask Temporal to cancel the run."""
        await (await self._runs()).cancel(order_id)


def surroundings_of(context: typer.Context) -> Surroundings:
    """Return what the main gave; it reads the settings now, not for `--help`."""
    given: Callable[[], Surroundings] = context.obj
    return given()


def machinery_of(context: typer.Context) -> Machinery:
    """Return what the main gave for running a system."""
    given = surroundings_of(context).machinery
    if given is None:
        raise LookupError("this command needs the machinery of the main")
    return given()


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open the database for a command.

    Raises `DatabaseNotReady` if it fails because nobody has migrated it.
    """
    database = Database(url)
    try:
        yield database
    except StorageFailed:
        _refuse_if_not_migrated(database)
        raise
    finally:
        database.close()


@contextmanager
def open_desk(surroundings: Surroundings) -> Iterator[Desk]:
    """Open the database and lay out the operations over it."""
    policy = surroundings.policy()
    runs = RunsOnDemand(surroundings.connect_runs)
    with open_database(surroundings.database_url) as database:
        delivery = Delivery(
            database=database, runs=runs, policy=policy, clock=surroundings.clock
        )
        yield Desk(
            database=database,
            runs=runs,
            delivery=delivery,
            orders=OrderOperations(
                database=database,
                delivery=delivery,
                policy=policy,
                clock=surroundings.clock,
            ),
            clock=surroundings.clock,
        )


def at_desk(
    context: typer.Context, work: Callable[[Desk], Coroutine[Any, Any, T]]
) -> T:
    """Do a command's work with the operations at hand, then close everything."""
    with open_desk(surroundings_of(context)) as desk:
        return asyncio.run(work(desk))


def in_database(context: typer.Context, work: Callable[[Database], T]) -> T:
    """Do a command's work with the database alone, then close it."""
    with open_database(surroundings_of(context).database_url) as database:
        return work(database)


def _refuse_if_not_migrated(database: Database) -> None:
    try:
        found = current_revision(database)
    except StorageFailed:
        return
    if found != newest_revision():
        state = f"is at revision {found}" if found else "has no tables yet"
        raise DatabaseNotReady(
            f"the database {state}: run `orderwright db upgrade`"
        ) from None
