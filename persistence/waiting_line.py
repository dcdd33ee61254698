"""The line of waiting orders: who is next for an article, and what it has coming."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Row,
    bindparam,
    cast,
    distinct,
    func,
    select,
)

from domain.shipments.tasks import BackorderStatus
from domain.stock.reservations import ReservationKind, ReservationStatus
from persistence.tables import backorder, reservation, reservation_line
from persistence.upsert import POSTGRESQL

# Locks of articles share so many keys: a receipt of every article takes them all.
_LOCKS = 256
_LOCK_SPACE = 0x0B5E << 32
_CHUNK = 1000

_OPEN = backorder.c.status == BackorderStatus.OPEN
_OTHERS = backorder.c.order_id != bindparam("not_for")
# Each is found once for the whole line: asked for each row of it, a line of thousands
# would take minutes.
_owed = (
    select(backorder.c.order_id, func.sum(backorder.c.quantity).label("units"))
    .where(backorder.c.sku == bindparam("sku"), _OPEN)
    .group_by(backorder.c.order_id)
    .subquery("owed")
)
_coming = (
    select(reservation.c.order_id, func.sum(reservation_line.c.quantity).label("units"))
    .join(
        reservation_line,
        reservation_line.c.reservation_id == reservation.c.reservation_id,
    )
    .where(
        reservation.c.kind == ReservationKind.BACKORDER,
        reservation.c.status == ReservationStatus.OPEN,
        reservation_line.c.sku == bindparam("sku"),
    )
    .group_by(reservation.c.order_id)
    .subquery("coming")
)
# Who could not use its share of this supply is not offered it again.
_PASSED_ON = (
    select(reservation.c.order_id)
    .join(
        reservation_line,
        reservation_line.c.reservation_id == reservation.c.reservation_id,
    )
    .where(
        reservation.c.order_id.is_not(None),
        reservation.c.kind == ReservationKind.BACKORDER,
        reservation.c.status == ReservationStatus.RELEASED,
        reservation.c.reference == bindparam("reference"),
        reservation_line.c.sku == bindparam("sku"),
    )
)
_HAS_COMING = func.coalesce(_coming.c.units, 0)
_WANTING = (
    select(_owed.c.order_id)
    .select_from(_owed.outerjoin(_coming, _coming.c.order_id == _owed.c.order_id))
    .where(_owed.c.units > _HAS_COMING)
)
_JOINED = backorder.outerjoin(_coming, _coming.c.order_id == backorder.c.order_id)
_IN_LINE = (
    backorder.c.sku == bindparam("sku"),
    _OPEN,
    _OTHERS,
    backorder.c.order_id.in_(_WANTING),
    backorder.c.order_id.not_in(_PASSED_ON),
)
_LINE = (
    select(
        backorder.c.backorder_id,
        backorder.c.order_id,
        backorder.c.quantity,
        backorder.c.priority,
        backorder.c.created_at,
        _HAS_COMING.label("coming"),
    )
    .select_from(_JOINED)
    .where(*_IN_LINE)
    .order_by(backorder.c.priority, backorder.c.created_at, backorder.c.backorder_id)
    .limit(bindparam("most"))
    # An order that stops waiting at this moment is waited for, then left out.
    .with_for_update(of=backorder)
)
_WAITING = select(func.count(distinct(backorder.c.order_id))).where(*_IN_LINE)
_OWED_UNITS = (
    select(backorder.c.sku, func.sum(backorder.c.quantity).label("units"))
    .where(backorder.c.sku.in_(bindparam("skus", expanding=True)), _OPEN, _OTHERS)
    .group_by(backorder.c.sku)
)
_COMING_UNITS = (
    select(reservation_line.c.sku, func.sum(reservation_line.c.quantity).label("units"))
    .join(
        reservation, reservation.c.reservation_id == reservation_line.c.reservation_id
    )
    .where(
        reservation_line.c.sku.in_(bindparam("skus", expanding=True)),
        reservation_line.c.quantity > 0,
        reservation.c.status == ReservationStatus.OPEN,
        reservation.c.kind.in_([ReservationKind.BACKLOG, ReservationKind.BACKORDER]),
        func.coalesce(reservation.c.order_id, "") != bindparam("not_for"),
    )
    .group_by(reservation_line.c.sku)
)
_LOCK = select(
    func.pg_advisory_xact_lock(func.unnest(cast(bindparam("keys"), ARRAY(BigInteger))))
)


def lock_lines(connection: Connection, skus: Iterable[str]) -> None:
    """Let nobody else join the lines of these articles, or find units for them.

    Else an order could begin to wait at the moment in which units become free, and
    each would not see the other. Take it after the stock levels. SQLite has one
    writer, who needs no lock.
    """
    if connection.dialect.name != POSTGRESQL:
        return
    keys = {
        _LOCK_SPACE + int.from_bytes(hashlib.sha256(sku.encode()).digest()[:8]) % _LOCKS
        for sku in skus
    }
    if keys:
        connection.execute(_LOCK, {"keys": sorted(keys)}).all()


def next_in_line(
    connection: Connection, sku: str, *, reference: str, not_for: str, most: int
) -> list[Row[*tuple[Any, ...]]]:
    """Return the backorders next in line for an article: by priority, then age."""
    asked = {"sku": sku, "reference": reference, "not_for": not_for, "most": most}
    return list(connection.execute(_LINE, asked))


def count_waiting(
    connection: Connection, sku: str, *, reference: str, not_for: str
) -> int:
    """Return how many orders are in line for an article."""
    asked = {"sku": sku, "reference": reference, "not_for": not_for}
    return connection.execute(_WAITING, asked).scalar_one()


def units_wanted(
    connection: Connection, skus: Iterable[str], *, not_for: str = ""
) -> dict[str, int]:
    """Return how many units waiting orders lack and have none coming for."""
    named = sorted(set(skus))
    wanted: dict[str, int] = {}
    for start in range(0, len(named), _CHUNK):
        asked = {"skus": named[start : start + _CHUNK], "not_for": not_for}
        owed = list(connection.execute(_OWED_UNITS, asked))
        if not owed:
            continue
        coming = {
            row.sku: int(row.units) for row in connection.execute(_COMING_UNITS, asked)
        }
        wanted |= {row.sku: int(row.units) - coming.get(row.sku, 0) for row in owed}
    return {sku: units for sku, units in wanted.items() if units > 0}


def words_of(explanation: Mapping[str, object]) -> str:
    """Say why an order, and not another, was given its units."""
    since = datetime.fromisoformat(str(explanation["waiting_since"]))
    told = (
        f"place {explanation['place']} of {explanation['of']} in line for "
        f"{explanation['receipt']}: priority {explanation['priority']}, "
        f"waiting since {since:%Y-%m-%d %H:%M} UTC"
    )
    passed = explanation.get("passed_on_by")
    return f"{told}, passed on by {passed}" if passed else told
