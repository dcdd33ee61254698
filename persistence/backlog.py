"""Orders that wait for stock: what comes in is kept for them, in the order of the line.

A receipt's transaction sets the share of the waiting orders aside, so that no new order
can take it; batches then give it to named orders, and write their wake-ups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from domain.stock.movements import SELLABLE
from persistence.reservations import KeptUnits, keep_units, reserved_movements
from persistence.sharing import STOCK, Supply, share_out
from persistence.stock import MovementCause, record_movements
from persistence.tables import location, stock_level, warehouse
from persistence.upsert import POSTGRESQL
from persistence.waiting_line import lock_lines, units_wanted
from persistence.wake_ups import short, write_wake_ups

# Another order may take what was just seen free: it is looked at again so often.
_MOST_LOOKS = 5
# Below the number of variables one statement may have on either database.
_LEVELS_AT_ONCE = 30_000

_FREE = stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
_SOLD_FROM = and_(
    location.c.kind.in_(sorted(SELLABLE)),
    location.c.frozen_at.is_(None),
    warehouse.c.frozen_at.is_(None),
)
_FREE_AT = (
    select(stock_level.c.stock_level_id, stock_level.c.sku, _FREE.label("free"))
    .join(location, location.c.location_id == stock_level.c.location_id)
    .join(warehouse, warehouse.c.warehouse_id == location.c.warehouse_id)
    .where(
        stock_level.c.stock_level_id.in_(bindparam("levels", expanding=True)),
        _SOLD_FROM,
        _FREE > 0,
    )
    .order_by(stock_level.c.stock_level_id)
)
_FREE_OF = (
    select(stock_level.c.sku)
    .join(location, location.c.location_id == stock_level.c.location_id)
    .join(warehouse, warehouse.c.warehouse_id == location.c.warehouse_id)
    .where(
        stock_level.c.sku.in_(bindparam("skus", expanding=True)),
        _SOLD_FROM,
        _FREE > 0,
    )
    .distinct()
)


def wake_waiting_orders(
    connection: Connection,
    levels: Sequence[int],
    *,
    cause: str,
    at: datetime,
    freed_by: str | None = None,
) -> list[str]:
    """Keep what is free at these levels for the orders next in line, and wake them.

    In line by priority, then age. A handful is served at once; what is for others is
    set aside for the batches that follow. Call it after the levels are changed.
    """
    not_for = freed_by or ""
    kept = set_aside(connection, levels, cause=cause, at=at, not_for=not_for)
    supply = Supply(
        reference=short(cause),
        named=f"what {freed_by} gave back" if freed_by else cause,
        at=at,
        not_for=not_for,
    )
    why = stock_cause(cause, at)
    return list(share_out(connection, kept, supply, why).order_ids)


def set_aside(
    connection: Connection,
    levels: Iterable[int],
    *,
    cause: str,
    at: datetime,
    most: Mapping[int, int] | None = None,
    not_for: str = "",
) -> list[KeptUnits]:
    """Reserve what waiting orders lack of what is free at these levels.

    At most so many units a level as `most` says. The caller writes the reservation.
    """
    wanted_levels = sorted(set(levels))
    for _ in range(_MOST_LOOKS):
        free = _free_at(connection, wanted_levels)
        if not free:
            return []
        skus = {row.sku for row in free}
        lock_lines(connection, skus)
        wanted = units_wanted(connection, skus, not_for=not_for)
        kept: list[KeptUnits] = []
        for one in free:
            bound = one.quantity if most is None else most.get(one.stock_level_id, 0)
            units = min(one.quantity, bound, wanted.get(one.sku, 0))
            if units > 0:
                wanted[one.sku] -= units
                kept.append(replace(one, quantity=units))
        by_level = {one.stock_level_id: one.quantity for one in kept}
        if keep_units(connection, by_level):
            why = stock_cause(cause, at)
            record_movements(connection, reserved_movements(by_level), why)
            return kept
    return []


def stock_cause(cause: str, at: datetime, document: str | None = None) -> MovementCause:
    """Return the cause of what the line of waiting orders does by itself."""
    return MovementCause(
        cause=cause, actor=STOCK, occurred_at=at, recorded_at=at, document=document
    )


def wake_later(
    connection: Connection,
    order_id: str,
    skus: Iterable[str],
    *,
    cause: str,
    at: datetime,
) -> None:
    """Wake an order that lost every race for its stock, to look again."""
    write_wake_ups(connection, {order_id: set(skus)}, cause=f"{cause}:again", at=at)


def look_again(
    connection: Connection,
    order_id: str,
    skus: Iterable[str],
    *,
    cause: str,
    at: datetime,
) -> None:
    """Wake an order that begins to wait at the moment in which units become free.

    Call it at the end of the transaction. SQLite's one writer has seen all there is.
    """
    if connection.dialect.name != POSTGRESQL:
        return
    named = sorted(set(skus))
    lock_lines(connection, named)
    free = {row.sku for row in connection.execute(_FREE_OF, {"skus": named})}
    if free:
        wake_later(connection, order_id, free, cause=cause, at=at)


def _free_at(connection: Connection, levels: Sequence[int]) -> list[KeptUnits]:
    found: list[KeptUnits] = []
    for start in range(0, len(levels), _LEVELS_AT_ONCE):
        chunk = {"levels": levels[start : start + _LEVELS_AT_ONCE]}
        found += [
            KeptUnits(stock_level_id=row.stock_level_id, sku=row.sku, quantity=row.free)
            for row in connection.execute(_FREE_AT, chunk)
        ]
    return found
