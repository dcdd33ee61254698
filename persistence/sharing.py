"""Sharing out: units that came in are given to the orders next in line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from domain.stock.reservations import ReservationKind
from persistence.reservations import (
    KeptUnits,
    NewReservation,
    add_reservations,
    give_back_units,
    new_reservation_id,
)
from persistence.stock import MovementCause
from persistence.waiting_line import count_waiting, next_in_line
from persistence.wake_ups import write_wake_ups

# As many backorders are served in one transaction.
BATCH = 200
STOCK = "stock"


class Served(NamedTuple):
    """How far a line has been served: the last place, its length, the units given."""

    place: int
    of: int
    units: int


NOTHING_SERVED = Served(0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What waiting orders are given units of, and who must not get any of it."""

    # What brought the units: who passed its share on is not offered it again.
    reference: str
    # The same in words, for people who ask why an order got its units.
    named: str
    at: datetime
    not_for: str = ""
    passed_on_by: str | None = None
    # For each article what was given up to now.
    served: Mapping[str, Served] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one batch gave: to whom, what is left, and whether the line has ended."""

    order_ids: tuple[str, ...] = ()
    left: tuple[KeptUnits, ...] = ()
    line_ended: bool = False
    served: Served = NOTHING_SERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Who was given units, and what is free again, by level."""

    order_ids: tuple[str, ...] = ()
    freed: Mapping[int, int] = field(default_factory=dict)


def share_out(
    connection: Connection,
    kept: Sequence[KeptUnits],
    supply: Supply,
    why: MovementCause,
) -> Shared:
    """Give units to a handful of the next in line; set the rest aside for batches.

    What nobody waits for is given back; its levels must be locked by the caller.
    """
    woken: dict[str, set[str]] = {}
    rest: list[KeptUnits] = []
    unclaimed: list[KeptUnits] = []
    served = dict(supply.served)
    for sku in sorted({one.sku for one in kept}):
        left = tuple(one for one in kept if one.sku == sku)
        named = 0
        has_ended = False
        while left and named < BATCH and not has_ended:
            given = give_to_next(connection, sku, left, replace(supply, served=served))
            served[sku] = given.served
            left, has_ended = given.left, given.line_ended
            named += len(given.order_ids)
            for order_id in given.order_ids:
                woken.setdefault(order_id, set()).add(sku)
        (unclaimed if has_ended else rest).extend(left)
    add_backlog(connection, rest, replace(supply, served=served))
    freed = give_back_units(connection, unclaimed, why)
    write_wake_ups(connection, woken, cause=supply.reference, at=supply.at)
    return Shared(order_ids=tuple(woken), freed=freed)


def add_backlog(
    connection: Connection, kept: Sequence[KeptUnits], supply: Supply
) -> str | None:
    """Write down units that are set aside for orders still to be named."""
    if not kept:
        return None
    reservation_id = new_reservation_id(ReservationKind.BACKLOG)
    aside = NewReservation(
        reservation_id=reservation_id,
        kind=ReservationKind.BACKLOG,
        actor=STOCK,
        created_at=supply.at,
        reference=supply.reference,
        explanation={
            "receipt": supply.named,
            "not_for": supply.not_for,
            "passed_on_by": supply.passed_on_by,
            "served": {sku: list(done) for sku, done in supply.served.items()},
        },
    )
    add_reservations(connection, [(aside, kept)])
    return reservation_id


def give_to_next(
    connection: Connection, sku: str, kept: Sequence[KeptUnits], supply: Supply
) -> Given:
    """Give reserved units of one article to a batch of the next in line.

    The caller wakes them.
    """
    asked = {"reference": supply.reference, "not_for": supply.not_for}
    rows = next_in_line(connection, sku, **asked, most=BATCH)
    place, of, ahead = supply.served.get(sku, NOTHING_SERVED)
    if rows and not of:
        of = count_waiting(connection, sku, **asked)
    shelf = _Shelf(kept)
    shares = _shares_of(rows, shelf)
    named = []
    for order_id, (first, units) in shares.items():
        place += 1
        of = max(of, place)
        given = sum(one.quantity for one in units)
        told = {
            "receipt": supply.named,
            "sku": sku,
            "place": place,
            "of": of,
            "priority": first.priority,
            "waiting_since": first.created_at.isoformat(),
            "ahead": ahead,
            "units": given,
        }
        if supply.passed_on_by:
            told["passed_on_by"] = supply.passed_on_by
        ahead += given
        named.append((_reservation_for(order_id, told, supply), units))
    add_reservations(connection, named)
    return Given(
        order_ids=tuple(shares),
        left=tuple(shelf.left()),
        line_ended=not rows,
        served=Served(place, of, ahead),
    )


def _shares_of(
    rows: Sequence[Row[*tuple[Any, ...]]], shelf: _Shelf
) -> dict[str, tuple[Row[*tuple[Any, ...]], list[KeptUnits]]]:
    """Return what each order gets, beside its first backorder."""
    coming: dict[str, int] = {}
    firsts: dict[str, Row[*tuple[Any, ...]]] = {}
    taken: dict[str, list[KeptUnits]] = {}
    for row in rows:
        covered = min(row.quantity, coming.get(row.order_id, int(row.coming)))
        coming[row.order_id] = coming.get(row.order_id, int(row.coming)) - covered
        units = shelf.take(row.quantity - covered)
        if units:
            firsts.setdefault(row.order_id, row)
            taken.setdefault(row.order_id, []).extend(units)
    return {
        order_id: (firsts[order_id], _merged(units))
        for order_id, units in taken.items()
    }


def _reservation_for(
    order_id: str, told: Mapping[str, object], supply: Supply
) -> NewReservation:
    return NewReservation(
        reservation_id=new_reservation_id(ReservationKind.BACKORDER),
        kind=ReservationKind.BACKORDER,
        actor=STOCK,
        created_at=supply.at,
        order_id=order_id,
        reference=supply.reference,
        explanation=told,
    )


class _Shelf:
    """Reserved units of one article, handed out level by level."""

    def __init__(self, kept: Sequence[KeptUnits]) -> None:
        self._kept = sorted(kept, key=lambda one: one.stock_level_id)

    def take(self, units: int) -> list[KeptUnits]:
        """Take so many units, or as many as there are."""
        taken: list[KeptUnits] = []
        while units > 0 and self._kept:
            first = self._kept[0]
            share = min(units, first.quantity)
            units -= share
            taken.append(replace(first, quantity=share))
            if share == first.quantity:
                self._kept.pop(0)
            else:
                self._kept[0] = replace(first, quantity=first.quantity - share)
        return taken

    def left(self) -> list[KeptUnits]:
        """Return what nobody has taken."""
        return list(self._kept)


def _merged(units: Sequence[KeptUnits]) -> list[KeptUnits]:
    by_level: Counter[int] = Counter()
    for one in units:
        by_level[one.stock_level_id] += one.quantity
    return [
        KeptUnits(stock_level_id=level, sku=units[0].sku, quantity=quantity)
        for level, quantity in by_level.items()
    ]
