"""Three ways to take a unit from a level, in the same transaction, for a while."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, select, update

from domain.stock.movements import MovementKind
from persistence.database import Database, StorageFailed
from persistence.stock import Movement, MovementCause, record_movements, take_stock
from persistence.tables import stock_level
from worker import now

_ADD = (
    update(stock_level)
    .where(stock_level.c.stock_level_id == bindparam("level"))
    .values(allocated=stock_level.c.allocated + bindparam("quantity"))
)
_LOCK = (
    select(
        (
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        ).label("free")
    )
    .where(stock_level.c.stock_level_id == bindparam("level"))
    .with_for_update()
)


class Way(StrEnum):
    """How a unit is taken."""

    GUARD = "guard"
    UNGUARDED = "unguarded"
    ROW_LOCK = "row_lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Take units in one way, over these levels, between two moments.

    Moments are those of the machine's monotonic clock, which its processes share.
    """

    way: Way
    levels: tuple[int, ...]
    starts_at: float
    ends_at: float


class Takers:
    """Takes units one by one, each in a transaction with its row of the ledger."""

    def __init__(self, url: str) -> None:
        """Connect at the first unit."""
        self._database = Database(url)

    def __call__(self, given: Round) -> int:
        """Return how many transactions were committed in time."""
        with self._database.read() as connection:
            connection.execute(_LOCK, {"level": given.levels[0]})
        take = _WAYS[given.way]
        time.sleep(max(given.starts_at - time.monotonic(), 0))
        done = 0
        for level in itertools.cycle(given.levels):
            if not self._take_one(take, level):
                continue
            if time.monotonic() > given.ends_at:
                return done
            done += 1
        return done

    def _take_one(self, take: Take, level: int) -> bool:
        at = now()
        why = MovementCause(
            cause="benchmark", actor="benchmark", occurred_at=at, recorded_at=at
        )
        unit = Movement(stock_level_id=level, kind=MovementKind.ALLOCATED, allocated=1)
        try:
            with self._database.write() as connection:
                take(connection, level)
                record_movements(connection, [unit], why)
        except StorageFailed:
            return False  # SQLite was busy for longer than a step waits
        return True


Take = Callable[[Connection, int], None]


def _guard(connection: Connection, level: int) -> None:
    if not take_stock(connection, {level: 1}):
        raise RuntimeError("there is stock for everybody")


def _unguarded(connection: Connection, level: int) -> None:
    connection.execute(_ADD, {"level": level, "quantity": 1})


def _row_lock(connection: Connection, level: int) -> None:
    if connection.execute(_LOCK, {"level": level}).scalar_one() < 1:
        raise RuntimeError("there is stock for everybody")
    connection.execute(_ADD, {"level": level, "quantity": 1})


_WAYS: dict[Way, Take] = {
    Way.GUARD: _guard,
    Way.UNGUARDED: _unguarded,
    Way.ROW_LOCK: _row_lock,
}
