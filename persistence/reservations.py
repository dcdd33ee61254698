"""Reservations: units kept at stock levels for somebody, and what becomes of them.

A level's `reserved` is always the sum of the open reservation lines at it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from domain.stock.movements import MovementKind
from domain.stock.reservations import ReservationKind, ReservationStatus
from persistence.stock import (
    Movement,
    MovementCause,
    change_all_or_none,
    move_stock,
    record_movements,
)
from persistence.tables import reservation, reservation_line, stock_level

_DIGITS = 16
# A level that others take from at the same moment is looked at again so often.
_MOST_LOOKS = 20

_FREE = stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
_KEEP = (
    update(stock_level)
    .where(
        stock_level.c.stock_level_id == bindparam("level"),
        bindparam("quantity") <= _FREE,
    )
    .values(reserved=stock_level.c.reserved + bindparam("quantity"))
)
_FREE_AT = select(stock_level.c.sku, _FREE.label("free")).where(
    stock_level.c.stock_level_id == bindparam("level")
)
_LOCK_LEVELS = (
    select(stock_level.c.stock_level_id)
    .where(stock_level.c.stock_level_id.in_(bindparam("levels", expanding=True)))
    .order_by(stock_level.c.stock_level_id)
    .with_for_update(key_share=True)
)
_LOCK_LEVELS_OF = (
    select(stock_level.c.stock_level_id)
    .where(stock_level.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(stock_level.c.stock_level_id)
    .with_for_update(key_share=True)
)
_LINES = (
    select(
        reservation_line.c.reservation_line_id,
        reservation_line.c.reservation_id,
        reservation_line.c.stock_level_id,
        reservation_line.c.sku,
        reservation_line.c.quantity,
    )
    .where(
        reservation_line.c.reservation_id.in_(bindparam("ids", expanding=True)),
        reservation_line.c.quantity > 0,
    )
    .order_by(reservation_line.c.stock_level_id, reservation_line.c.reservation_line_id)
)
_SET_LINE = (
    update(reservation_line)
    .where(reservation_line.c.reservation_line_id == bindparam("line"))
    .values(quantity=bindparam("left"))
)
_ADD_TO_LINE = (
    update(reservation_line)
    .where(
        reservation_line.c.reservation_id == bindparam("id"),
        reservation_line.c.stock_level_id == bindparam("level"),
    )
    .values(quantity=reservation_line.c.quantity + bindparam("units"))
)
_CLOSE = (
    update(reservation)
    .where(
        reservation.c.reservation_id == bindparam("id"),
        reservation.c.status == ReservationStatus.OPEN,
    )
    .values(status=bindparam("new_status"), closed_at=bindparam("at"))
)
_REOPEN = (
    update(reservation)
    .where(reservation.c.reservation_id == bindparam("id"))
    .values(status=ReservationStatus.OPEN, closed_at=None)
)
_IS_THERE = select(reservation.c.reservation_id).where(
    reservation.c.reservation_id == bindparam("id")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUnits:
    """Units of an article to keep at a level."""

    stock_level_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine(KeptUnits):
    """Units that a reservation keeps at a level."""

    reservation_line_id: int
    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReservation:
    """For whom units are kept, why, and until when."""

    reservation_id: str
    kind: ReservationKind
    actor: str
    created_at: datetime
    order_id: str | None = None
    reference: str | None = None
    expires_at: datetime | None = None
    explanation: Mapping[str, object] | None = None


def new_reservation_id(kind: ReservationKind) -> str:
    """Return an id nobody has; nothing personal is in it."""
    return f"{kind}-{uuid.uuid4().hex[:_DIGITS]}"


def lock_levels(connection: Connection, levels: Iterable[int]) -> None:
    """Keep these levels from other transactions, taken in key order.

    For what changes several of them one after the other; it is not the guard.
    """
    wanted = sorted(set(levels))
    if wanted:
        connection.execute(_LOCK_LEVELS, {"levels": wanted}).all()


def lock_levels_of(connection: Connection, skus: Iterable[str]) -> None:
    """Keep every level of these articles from other transactions, in key order."""
    wanted = sorted(set(skus))
    if wanted:
        connection.execute(_LOCK_LEVELS_OF, {"skus": wanted}).all()


def keep_units(connection: Connection, wanted: Mapping[int, int]) -> bool:
    """Reserve free units at each level, all or nothing; False if others were faster.

    One conditional statement a level, in key order; the movements are not recorded.
    """
    return change_all_or_none(connection, _KEEP, wanted)


def reserve(
    connection: Connection,
    kept: NewReservation,
    units: Sequence[KeptUnits],
    why: MovementCause,
) -> bool:
    """Reserve units at levels, all or nothing; False if not so many are free."""
    wanted: Counter[int] = Counter()
    for one in units:
        wanted[one.stock_level_id] += one.quantity
    if not keep_units(connection, wanted):
        return False
    record_movements(connection, reserved_movements(wanted), why)
    add_reservations(connection, [(kept, units)])
    return True


def reserved_movements(units: Mapping[int, int]) -> list[Movement]:
    """Return the movements of units that are reserved, by level."""
    return [
        Movement(stock_level_id=level, kind=MovementKind.RESERVED, reserved=quantity)
        for level, quantity in sorted(units.items())
    ]


def add_reservations(
    connection: Connection,
    kept: Sequence[tuple[NewReservation, Sequence[KeptUnits]]],
) -> None:
    """Write reservations of units that the counters hold as reserved already."""
    if not kept:
        return
    connection.execute(insert(reservation), [_reservation_row(one) for one, _ in kept])
    connection.execute(
        insert(reservation_line),
        [_line_row(one.reservation_id, line) for one, units in kept for line in units],
    )


def open_lines(
    connection: Connection, reservation_ids: Iterable[str]
) -> list[KeptLine]:
    """Return what these reservations keep, by level."""
    ids = sorted(set(reservation_ids))
    if not ids:
        return []
    return [
        KeptLine(**row._mapping) for row in connection.execute(_LINES, {"ids": ids})
    ]


def kept_units(connection: Connection, reservation_id: str) -> Counter[str]:
    """Return the units that a reservation keeps, by article."""
    units: Counter[str] = Counter()
    for line in open_lines(connection, [reservation_id]):
        units[line.sku] += line.quantity
    return units


def set_lines(connection: Connection, left: Mapping[int, int]) -> None:
    """Write down how many units each reservation line still keeps."""
    rows = [{"line": line, "left": units} for line, units in sorted(left.items())]
    if rows:
        connection.execute(_SET_LINE, rows)


def close_reservations(
    connection: Connection,
    reservation_ids: Iterable[str],
    status: ReservationStatus,
    at: datetime,
) -> int:
    """Close reservations that are still open; return how many were."""
    rows = [
        {"id": one, "new_status": status, "at": at}
        for one in sorted(set(reservation_ids))
    ]
    return sum(connection.execute(_CLOSE, row).rowcount for row in rows)


def give_back(
    connection: Connection,
    reservation_id: str,
    why: MovementCause,
    status: ReservationStatus = ReservationStatus.RELEASED,
) -> dict[int, int]:
    """Close a reservation; return the units that are free again, by level.

    Empty if it is closed already. The caller wakes who waits for them.
    """
    lock_levels(
        connection,
        [line.stock_level_id for line in open_lines(connection, [reservation_id])],
    )
    if not close_reservations(connection, [reservation_id], status, why.recorded_at):
        return {}
    lines = open_lines(connection, [reservation_id])
    set_lines(connection, {line.reservation_line_id: 0 for line in lines})
    return give_back_units(connection, lines, why)


def give_back_units(
    connection: Connection, units: Iterable[KeptUnits], why: MovementCause
) -> dict[int, int]:
    """Free units that no reservation line keeps any more; return them by level."""
    freed: Counter[int] = Counter()
    for one in units:
        freed[one.stock_level_id] += one.quantity
    movements = [
        Movement(stock_level_id=level, kind=MovementKind.RELEASED, reserved=-quantity)
        for level, quantity in sorted(freed.items())
    ]
    move_stock(connection, movements, why)
    return dict(freed)


def block_for_count(
    connection: Connection,
    count_task_id: str,
    stock_level_id: int,
    quantity: int,
    why: MovementCause,
) -> int:
    """Keep units in doubt from sale until they are counted; return how many.

    Only free units can be blocked: give the order's promise of them back first. Fewer
    than asked are blocked where another order was faster.
    """
    for _ in range(_MOST_LOOKS):
        row = connection.execute(_FREE_AT, {"level": stock_level_id}).one()
        units = min(quantity, int(row.free))
        if units <= 0:
            return 0
        if keep_units(connection, {stock_level_id: units}):
            record_movements(
                connection, reserved_movements({stock_level_id: units}), why
            )
            line = KeptUnits(stock_level_id=stock_level_id, sku=row.sku, quantity=units)
            _add_to_count(connection, count_task_id, line, why)
            return units
    return 0


def lift_block(
    connection: Connection, count_task_id: str, why: MovementCause
) -> dict[int, int]:
    """Free what was blocked for a count; return the units by level.

    The caller books what was counted, then wakes who waits for what is free.
    """
    return give_back(connection, count_reservation_of(count_task_id), why)


def count_reservation_of(count_task_id: str) -> str:
    """Return the id of the reservation that blocks units for a count."""
    return f"doubt-{count_task_id}"


def _add_to_count(
    connection: Connection, count_task_id: str, line: KeptUnits, why: MovementCause
) -> None:
    reservation_id = count_reservation_of(count_task_id)
    if connection.execute(_IS_THERE, {"id": reservation_id}).first() is None:
        kept = NewReservation(
            reservation_id=reservation_id,
            kind=ReservationKind.COUNT,
            actor=why.actor,
            created_at=why.recorded_at,
            reference=count_task_id,
        )
        add_reservations(connection, [(kept, [line])])
        return
    connection.execute(_REOPEN, {"id": reservation_id})
    more = connection.execute(
        _ADD_TO_LINE,
        {"id": reservation_id, "level": line.stock_level_id, "units": line.quantity},
    )
    if more.rowcount == 0:
        connection.execute(insert(reservation_line), _line_row(reservation_id, line))


def _reservation_row(kept: NewReservation) -> dict[str, object]:
    return {
        "reservation_id": kept.reservation_id,
        "kind": kept.kind,
        "status": ReservationStatus.OPEN,
        "order_id": kept.order_id,
        "reference": kept.reference,
        "expires_at": kept.expires_at,
        "explanation": dict(kept.explanation) if kept.explanation else None,
        "actor": kept.actor,
        "created_at": kept.created_at,
    }


def _line_row(reservation_id: str, line: KeptUnits) -> dict[str, object]:
    return {
        "reservation_id": reservation_id,
        "stock_level_id": line.stock_level_id,
        "sku": line.sku,
        "quantity": line.quantity,
    }
