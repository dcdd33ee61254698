"""Reservations as people read them: what is kept where, for what, and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from domain.errors import NotFound
from domain.stock.reservations import ReservationStatus
from operations.queries.models import View
from persistence.tables import location, reservation, reservation_line, stock_level

_CHUNK = 1000
_LINES = (
    select(
        reservation_line.c.reservation_id,
        reservation_line.c.sku,
        location.c.warehouse_id,
        stock_level.c.location_id,
        reservation_line.c.quantity,
    )
    .join(
        stock_level, stock_level.c.stock_level_id == reservation_line.c.stock_level_id
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(reservation_line.c.quantity > 0)
    .order_by(reservation_line.c.sku, stock_level.c.location_id)
)


class ReservedLineView(View):
    """Units kept at one place."""

    sku: str
    warehouse_id: str
    location_id: str
    quantity: int


class ReservationView(View):
    """One reservation; a closed one keeps nothing any more."""

    reservation_id: str
    kind: str
    status: str
    units: int
    expires_at: datetime | None
    reference: str | None
    order_id: str | None
    actor: str
    created_at: datetime
    closed_at: datetime | None
    lines: tuple[ReservedLineView, ...]


def read_reservation(connection: Connection, reservation_id: str) -> ReservationView:
    """Return one reservation; raise `NotFound` if nobody made it."""
    found = _read(connection, [reservation.c.reservation_id == reservation_id], 1)
    if not found:
        raise NotFound(f"no reservation {reservation_id} is stored")
    return found[0]


def list_reservations(
    connection: Connection,
    *,
    kinds: Sequence[str] = (),
    with_closed: bool = False,
    limit: int = 100,
) -> list[ReservationView]:
    """Return reservations, what ends first at the top, then the oldest."""
    conditions: list[ColumnElement[bool]] = []
    if kinds:
        conditions.append(reservation.c.kind.in_(sorted(kinds)))
    if not with_closed:
        conditions.append(reservation.c.status == ReservationStatus.OPEN)
    return _read(connection, conditions, limit)


def _read(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[ReservationView]:
    rows = (
        connection.execute(
            select(reservation)
            .where(*conditions)
            .order_by(
                reservation.c.expires_at.is_(None),
                reservation.c.expires_at,
                reservation.c.created_at,
                reservation.c.reservation_id,
            )
            .limit(limit)
        )
        .mappings()
        .all()
    )
    lines = _lines_of(connection, [row["reservation_id"] for row in rows])
    return [
        ReservationView.model_validate(
            {
                **row,
                "lines": lines[row["reservation_id"]],
                "units": sum(one.quantity for one in lines[row["reservation_id"]]),
            }
        )
        for row in rows
    ]


def _lines_of(
    connection: Connection, ids: Sequence[str]
) -> dict[str, list[ReservedLineView]]:
    lines: dict[str, list[ReservedLineView]] = defaultdict(list)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        query = _LINES.where(reservation_line.c.reservation_id.in_(chunk))
        for row in connection.execute(query).mappings():
            lines[row["reservation_id"]].append(ReservedLineView.model_validate(row))
    return lines
