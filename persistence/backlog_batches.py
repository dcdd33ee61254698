"""What was set aside for waiting orders is given to named ones, batch by batch.

Each batch is a transaction of its own, so that thousands of waiting orders keep nobody
else waiting. Whoever finds an open backlog goes on with it, so a crash loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from domain.stock.reservations import ReservationKind, ReservationStatus
from persistence.backlog import stock_cause
from persistence.reservations import (
    KeptLine,
    KeptUnits,
    close_reservations,
    give_back_units,
    lock_levels,
    open_lines,
    set_lines,
)
from persistence.sharing import Served, Supply, give_to_next
from persistence.tables import reservation
from persistence.waiting_line import lock_lines
from persistence.wake_ups import write_wake_ups

_OPEN_BACKLOGS = (
    select(reservation.c.reservation_id)
    .where(
        reservation.c.status == ReservationStatus.OPEN,
        reservation.c.kind == ReservationKind.BACKLOG,
    )
    .order_by(reservation.c.created_at, reservation.c.reservation_id)
)
_BACKLOG = (
    select(reservation.c.reference, reservation.c.explanation)
    .where(
        reservation.c.reservation_id == bindparam("id"),
        reservation.c.status == ReservationStatus.OPEN,
        reservation.c.kind == ReservationKind.BACKLOG,
    )
    # Two who go on with the same backlog do so one after the other.
    .with_for_update()
)
_REMEMBER = (
    update(reservation)
    .where(reservation.c.reservation_id == bindparam("id"))
    .values(explanation=bindparam("told"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Whom a batch woke; `is_last` when the backlog is shared out."""

    woken: tuple[str, ...] = ()
    is_last: bool = False
    # Nobody was left in line: what is left may be given back.
    line_ended: bool = False


def open_backlogs(connection: Connection) -> list[str]:
    """Return what is set aside and not yet given to named orders, the oldest first."""
    return list(connection.execute(_OPEN_BACKLOGS).scalars())


def name_batch(
    connection: Connection,
    reservation_id: str,
    *,
    at: datetime,
    may_give_back: bool = False,
) -> Batch:
    """Give one article's next batch of orders what is set aside for them.

    Where nobody is left in line, units are only given back if `may_give_back`, which
    locks their levels first; otherwise it is said.
    """
    if may_give_back:
        lines = open_lines(connection, [reservation_id])
        lock_levels(connection, [line.stock_level_id for line in lines])
        lock_lines(connection, {line.sku for line in lines})
    found = connection.execute(_BACKLOG, {"id": reservation_id}).first()
    if found is None:
        return Batch(is_last=True)
    lines = open_lines(connection, [reservation_id])
    if not lines:
        close_reservations(connection, [reservation_id], ReservationStatus.USED, at)
        return Batch(is_last=True)
    sku = min(line.sku for line in lines)
    ours = [line for line in lines if line.sku == sku]
    supply = _supply(found.reference, found.explanation, at)
    given = give_to_next(connection, sku, ours, supply)
    if given.line_ended:
        if may_give_back:
            _give_back(connection, ours, supply)
        return Batch(line_ended=True)
    _take_off(connection, ours, given.left)
    served = {**supply.served, sku: given.served}
    _remember(connection, reservation_id, found.explanation, served)
    write_wake_ups(
        connection,
        {order_id: {sku} for order_id in given.order_ids},
        cause=supply.reference,
        at=at,
    )
    return Batch(woken=given.order_ids)


def _supply(reference: str, told: Mapping[str, object], at: datetime) -> Supply:
    served = told.get("served")
    passed_on_by = told.get("passed_on_by")
    return Supply(
        reference=reference,
        named=str(told["receipt"]),
        at=at,
        not_for=str(told.get("not_for") or ""),
        passed_on_by=str(passed_on_by) if passed_on_by else None,
        served={
            sku: Served(*done)
            for sku, done in (served.items() if isinstance(served, dict) else ())
        },
    )


def _take_off(
    connection: Connection, ours: Sequence[KeptLine], left: Sequence[KeptUnits]
) -> None:
    """Leave in the backlog's lines what the batch has not given away."""
    still = {one.stock_level_id: one.quantity for one in left}
    set_lines(
        connection,
        {line.reservation_line_id: still.pop(line.stock_level_id, 0) for line in ours},
    )


def _give_back(
    connection: Connection, ours: Sequence[KeptLine], supply: Supply
) -> None:
    set_lines(connection, {line.reservation_line_id: 0 for line in ours})
    why = stock_cause(supply.reference, supply.at)
    give_back_units(connection, ours, why)


def _remember(
    connection: Connection,
    reservation_id: str,
    told: Mapping[str, object],
    served: Mapping[str, Served],
) -> None:
    """Keep the places given, so that the next batch counts on."""
    kept = {sku: list(done) for sku, done in served.items()}
    connection.execute(
        _REMEMBER, {"id": reservation_id, "told": {**told, "served": kept}}
    )
