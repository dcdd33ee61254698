"""Soft reservations: kept for a draft or a checkout until a moment, then free again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from domain.stock.reservations import SOFT, ReservationKind, ReservationStatus
from persistence.backlog import wake_waiting_orders
from persistence.reservations import give_back, lock_levels, open_lines
from persistence.stock import MovementCause
from persistence.tables import reservation

_SOFT = reservation.c.kind.in_(sorted(SOFT))
_ONE = select(
    reservation.c.reservation_id,
    reservation.c.kind,
    reservation.c.status,
    reservation.c.reference,
    reservation.c.expires_at,
    reservation.c.order_id,
).where(reservation.c.reservation_id == bindparam("id"), _SOFT)
_ONE_LOCKED = _ONE.with_for_update()
_BY_REFERENCE = select(reservation.c.reservation_id).where(
    reservation.c.reference == bindparam("reference"),
    reservation.c.kind == bindparam("kind"),
    reservation.c.status == ReservationStatus.OPEN,
)
_EXTEND = (
    update(reservation)
    .where(
        reservation.c.reservation_id == bindparam("id"),
        reservation.c.status == ReservationStatus.OPEN,
        _SOFT,
        or_(
            reservation.c.expires_at.is_(None),
            reservation.c.expires_at
            < bindparam("until", type_=reservation.c.expires_at.type),
        ),
    )
    .values(expires_at=bindparam("until", type_=reservation.c.expires_at.type))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftReservation:
    """What is known of a soft reservation, its units apart."""

    reservation_id: str
    kind: ReservationKind
    status: ReservationStatus
    reference: str | None
    expires_at: datetime
    order_id: str | None

    @property
    def is_open(self) -> bool:
        """Return whether its units are still kept."""
        return self.status is ReservationStatus.OPEN


def find_soft(
    connection: Connection, reservation_id: str, *, locked: bool = False
) -> SoftReservation | None:
    """Return a soft reservation, also a closed one; None if there was never one."""
    query = _ONE_LOCKED if locked else _ONE
    row = connection.execute(query, {"id": reservation_id}).first()
    if row is None:
        return None
    return SoftReservation(
        reservation_id=row.reservation_id,
        kind=ReservationKind(row.kind),
        status=ReservationStatus(row.status),
        reference=row.reference,
        expires_at=row.expires_at,
        order_id=row.order_id,
    )


def find_open(
    connection: Connection, kind: ReservationKind, reference: str
) -> str | None:
    """Return the open reservation of a cart or draft, if it has one."""
    asked = {"kind": kind, "reference": reference}
    found: str | None = connection.execute(_BY_REFERENCE, asked).scalars().first()
    return found


def extend_soft(connection: Connection, reservation_id: str, until: datetime) -> bool:
    """Keep units longer; False if it is closed, or is kept that long anyway."""
    asked = {"id": reservation_id, "until": until}
    return connection.execute(_EXTEND, asked).rowcount == 1


def end_soft(
    connection: Connection,
    reservation_id: str,
    status: ReservationStatus,
    why: MovementCause,
) -> SoftReservation | None:
    """Free a reservation's units and wake who waits for them; return how it stands.

    As expired only when its time has come. A repeat changes nothing.
    """
    lines = open_lines(connection, [reservation_id])
    lock_levels(connection, [line.stock_level_id for line in lines])
    found = find_soft(connection, reservation_id, locked=True)
    if found is None or not found.is_open:
        return found
    is_early = found.expires_at > why.occurred_at
    if status is ReservationStatus.EXPIRED and is_early:
        return found
    freed = give_back(connection, reservation_id, why, status)
    wake_waiting_orders(connection, sorted(freed), cause=why.cause, at=why.recorded_at)
    return find_soft(connection, reservation_id)
