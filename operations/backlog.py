"""Giving what is set aside for waiting orders to named ones, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from persistence.backlog import set_aside
from persistence.backlog_batches import Batch, name_batch, open_backlogs
from persistence.database import Database
from persistence.reservations import KeptUnits
from persistence.sharing import Supply, add_backlog, share_out
from persistence.stock import MovementCause
from persistence.wake_ups import short

Clock = Callable[[], datetime]


def set_receipt_aside(
    connection: Connection, units: Mapping[int, int], why: MovementCause
) -> str | None:
    """Keep the waiting orders' share of what arrived, by level; return its backlog.

    None if nobody waits. No new order can take the share.
    """
    return add_backlog(connection, *_share_of(connection, units, why))


def wake_for_receipt(
    connection: Connection, units: Mapping[int, int], why: MovementCause
) -> list[str]:
    """Share out at once what arrived: whom it would wake, to a handful."""
    kept, supply = _share_of(connection, units, why)
    return list(share_out(connection, kept, supply, why).order_ids)


def _share_of(
    connection: Connection, units: Mapping[int, int], why: MovementCause
) -> tuple[list[KeptUnits], Supply]:
    at = why.recorded_at
    kept = set_aside(connection, units, cause=why.cause, at=at, most=units)
    named = why.document or why.cause
    return kept, Supply(reference=short(why.cause), named=named, at=at)


def name_waiting_orders(
    database: Database, reservation_id: str, *, clock: Clock
) -> list[str]:
    """Share a backlog out to its end; return the orders that were woken, in order.

    Each batch is one transaction. Harmless to repeat, and to do twice at a time.
    """
    woken: dict[str, None] = {}
    line_ended = False
    while True:
        batch = _next_batch(database, reservation_id, clock, may_give_back=line_ended)
        woken.update(dict.fromkeys(batch.woken))
        if batch.is_last:
            return list(woken)
        line_ended = batch.line_ended


def continue_backlogs(database: Database, *, clock: Clock) -> int:
    """Go on with every backlog a caller left unfinished; return the orders woken."""
    with database.read() as connection:
        left = open_backlogs(connection)
    return sum(len(name_waiting_orders(database, one, clock=clock)) for one in left)


def _next_batch(
    database: Database, reservation_id: str, clock: Clock, *, may_give_back: bool
) -> Batch:
    with database.write() as connection:
        return name_batch(
            connection, reservation_id, at=clock(), may_give_back=may_give_back
        )
