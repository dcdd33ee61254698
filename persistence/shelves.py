"""Units that come to a level or leave it by hand; what is promised is never touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, case, or_, select, update

from persistence.tables import stock_level

_LEVEL = stock_level.c.stock_level_id == bindparam("level")
_FREE = stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
_COUNTERS = select(
    stock_level.c.on_hand, _FREE.label("free"), stock_level.c.received_at
).where(_LEVEL)
_LOCK = _COUNTERS.with_for_update(key_share=True)
# The guard: one conditional statement, so that nothing promised is taken.
_TAKE = (
    update(stock_level)
    .where(_LEVEL, bindparam("quantity") <= _FREE)
    .values(on_hand=stock_level.c.on_hand - bindparam("quantity"))
)
_SINCE = bindparam("since", type_=stock_level.c.received_at.type)
_ADD = (
    update(stock_level)
    .where(_LEVEL)
    .values(
        on_hand=stock_level.c.on_hand + bindparam("quantity"),
        # The age of the oldest unit: of the new ones where the place was empty.
        received_at=case(
            (
                or_(
                    stock_level.c.on_hand == 0,
                    stock_level.c.received_at.is_(None),
                    stock_level.c.received_at > _SINCE,
                ),
                _SINCE,
            ),
            else_=stock_level.c.received_at,
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCounters:
    """What the books say of a level."""

    on_hand: int
    free: int
    received_at: datetime | None


def lock_level(connection: Connection, stock_level_id: int) -> LevelCounters:
    """Return what the books say of a level; it stays so until the transaction ends."""
    return _counters(connection.execute(_LOCK, {"level": stock_level_id}).one())


def read_level(connection: Connection, stock_level_id: int) -> LevelCounters:
    """Return what the books say of a level now."""
    return _counters(connection.execute(_COUNTERS, {"level": stock_level_id}).one())


def take_units(connection: Connection, stock_level_id: int, quantity: int) -> bool:
    """Take free units off a level; False if not so many are free."""
    asked = {"level": stock_level_id, "quantity": quantity}
    return connection.execute(_TAKE, asked).rowcount == 1


def add_units(
    connection: Connection, stock_level_id: int, quantity: int, *, since: datetime
) -> None:
    """Put units on a level; `since` is when they came into the warehouse."""
    connection.execute(
        _ADD, {"level": stock_level_id, "quantity": quantity, "since": since}
    )


def move_units(
    connection: Connection, source: int, target: int, quantity: int, *, at: datetime
) -> bool:
    """Move free units from a level to another, in key order; False if not so many are.

    They keep their age. After False the caller ends the transaction: the target may
    have its units already.
    """
    since = read_level(connection, source).received_at or at
    if target < source:
        add_units(connection, target, quantity, since=since)
        return take_units(connection, source, quantity)
    if not take_units(connection, source, quantity):
        return False
    add_units(connection, target, quantity, since=since)
    return True


def _counters(row: Row[int, int, datetime | None]) -> LevelCounters:
    return LevelCounters(
        on_hand=row.on_hand, free=row.free, received_at=row.received_at
    )
