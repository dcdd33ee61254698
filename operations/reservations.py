"""Soft reservations: units kept for a draft or a checkout, until a moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import InvalidInput, NotFound, Refused, TemporaryError
from domain.stock.reservations import SOFT, ReservationKind, ReservationStatus
from domain.stock.sourcing import LineDemand, SourcingPlan, plan_sourcing
from operations.delivery import Delivery
from operations.queries.reservations import ReservationView, read_reservation
from persistence.catalog import find_articles
from persistence.database import Database
from persistence.outbox import (
    OutboxMessage,
    add_to_outbox,
    keep_message,
    mark_message_delivered,
)
from persistence.reservations import (
    KeptUnits,
    NewReservation,
    new_reservation_id,
    reserve,
)
from persistence.soft_reservations import (
    SoftReservation,
    end_soft,
    extend_soft,
    find_open,
    find_soft,
)
from persistence.stock import MovementCause, free_stock
from persistence.waiting_line import lock_lines

MAX_REFERENCE = 300
# A lost race re-plans on fresh figures; then the units are hotly wanted.
_MOST_PLANS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationTerms:
    """For what units are kept, until when, and for whom.

    `reference` is the cart or draft: it has one open reservation at a time.
    """

    kind: ReservationKind
    expires_at: datetime
    reference: str | None = None
    actor: str = "api"

    def __post_init__(self) -> None:
        if self.kind not in SOFT:
            raise InvalidInput("kind", f"one of {', '.join(sorted(SOFT))}")
        if self.expires_at.tzinfo is None:
            raise InvalidInput("expires_at", "a moment with its offset")
        if self.reference is not None and not 1 <= len(self.reference) <= MAX_REFERENCE:
            raise InvalidInput("reference", f"1 to {MAX_REFERENCE} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A reservation as it stands; not new if a repeat found what was there."""

    reservation: ReservationView
    is_new: bool = False
    # False if its run is told later, by the relay.
    is_told: bool = True


class ReservationOperations:
    """What callers do with soft reservations; one transaction each."""

    def __init__(
        self, *, database: Database, delivery: Delivery, clock: Callable[[], datetime]
    ) -> None:
        """Store here, deliver there."""
        self._database = database
        self._delivery = delivery
        self._clock = clock

    async def reserve(
        self, units: Mapping[str, int], terms: ReservationTerms
    ) -> Reserved:
        """Keep units of these SKUs, all or none, from as many warehouses as it takes.

        Raises `Refused` naming each SKU that is short, or if the cart or draft has
        another reservation already.
        """
        if terms.expires_at <= self._clock():
            raise InvalidInput("expires_at", "later than now")
        if not units or any(quantity < 1 for quantity in units.values()):
            raise InvalidInput("lines", "at least one unit of each SKU")
        reservation_id, told = await asyncio.to_thread(self._reserve, units, terms)
        return await self._answer(reservation_id, told, is_new=told is not None)

    async def extend(self, reservation_id: str, until: datetime) -> Reserved:
        """Keep the units longer, on activity; never shorter.

        Raises `NotFound` for one nobody made, `Refused` for one that has ended.
        """
        if until <= self._clock():
            raise InvalidInput("expires_at", "later than now")
        told = await asyncio.to_thread(self._extend, reservation_id, until)
        return await self._answer(reservation_id, told)

    async def release(self, reservation_id: str, *, actor: str) -> Reserved:
        """Give the units back at once; harmless to repeat.

        Raises `NotFound` for one nobody made, `Refused` if an order has its units.
        """
        told = await asyncio.to_thread(self._release, reservation_id, actor)
        return await self._answer(reservation_id, told)

    async def _answer(
        self, reservation_id: str, told: OutboxMessage | None, *, is_new: bool = False
    ) -> Reserved:
        is_told = told is None or await self._tell(told)
        found = await asyncio.to_thread(self._read, reservation_id)
        return Reserved(reservation=found, is_new=is_new, is_told=is_told)

    async def _tell(self, told: OutboxMessage) -> bool:
        try:
            await self._delivery.deliver(told)
        except TemporaryError:
            return False  # the relay tells the run when the server answers
        await asyncio.to_thread(self._mark_delivered, told)
        return True

    def _mark_delivered(self, told: OutboxMessage) -> None:
        with self._database.write() as connection:
            mark_message_delivered(connection, told.message_id, self._clock())

    def _read(self, reservation_id: str) -> ReservationView:
        with self._database.read() as connection:
            return read_reservation(connection, reservation_id)

    def _reserve(
        self, units: Mapping[str, int], terms: ReservationTerms
    ) -> tuple[str, OutboxMessage | None]:
        with self._database.write() as connection:
            if terms.reference is not None:
                # Two repeats at one moment: the second finds what the first has made.
                lock_lines(connection, [f"{terms.kind}:{terms.reference}"])
                earlier = find_open(connection, terms.kind, terms.reference)
                if earlier is not None:
                    _refuse_other_units(connection, earlier, units)
                    return earlier, None
            reservation_id = new_reservation_id(terms.kind)
            self._take(connection, reservation_id, _demands(connection, units), terms)
            return reservation_id, self._told(connection, reservation_id, "start")

    def _take(
        self,
        connection: Connection,
        reservation_id: str,
        demands: Sequence[LineDemand],
        terms: ReservationTerms,
    ) -> None:
        now = self._clock()
        why = MovementCause(
            cause=f"reservation:{reservation_id}",
            actor=terms.actor,
            occurred_at=now,
            recorded_at=now,
            document=terms.reference,
        )
        kept = NewReservation(
            reservation_id=reservation_id,
            kind=terms.kind,
            actor=terms.actor,
            created_at=now,
            reference=terms.reference,
            expires_at=terms.expires_at,
        )
        skus = sorted({sku for demand in demands for sku, _ in demand.parts})
        for _ in range(_MOST_PLANS):
            levels = free_stock(connection, skus)
            plan = plan_sourcing(demands, levels)
            if plan.missing:
                free: Counter[str] = Counter()
                for level in levels:
                    free[level.sku] += level.free
                raise Refused(_short_of(demands, free))
            if reserve(connection, kept, _units_of(plan), why):
                return
        raise Refused("the units are taken as fast as they are free: try again")

    def _extend(self, reservation_id: str, until: datetime) -> OutboxMessage | None:
        with self._database.write() as connection:
            is_later = extend_soft(connection, reservation_id, until)
            found = _known(find_soft(connection, reservation_id), reservation_id)
            if not found.is_open:
                raise Refused(_ended(found))
            if not is_later:
                return None
            return self._told(connection, reservation_id, until.isoformat())

    def _release(self, reservation_id: str, actor: str) -> OutboxMessage | None:
        now = self._clock()
        why = MovementCause(
            cause=f"reservation:{reservation_id}:released",
            actor=actor,
            occurred_at=now,
            recorded_at=now,
        )
        with self._database.write() as connection:
            before = _known(find_soft(connection, reservation_id), reservation_id)
            status = ReservationStatus.RELEASED
            found = _known(
                end_soft(connection, reservation_id, status, why), reservation_id
            )
            if found.status is ReservationStatus.USED:
                raise Refused(_ended(found))
            if not before.is_open:
                return None
            return self._told(connection, reservation_id, "end")

    def _told(
        self, connection: Connection, reservation_id: str, change: str
    ) -> OutboxMessage:
        told = keep_message(reservation_id, change)
        add_to_outbox(connection, [told], self._clock())
        return told


def _demands(connection: Connection, units: Mapping[str, int]) -> list[LineDemand]:
    articles = find_articles(connection, "", units)
    unknown = sorted(set(units) - set(articles))
    if unknown:
        raise InvalidInput("sku", f"one the catalogue has: {', '.join(unknown)} is not")
    return [
        LineDemand(line_no=number, units=units[sku], parts=articles[sku].parts)
        for number, sku in enumerate(sorted(units), start=1)
    ]


def _units_of(plan: SourcingPlan) -> list[KeptUnits]:
    by_level: Counter[tuple[int, str]] = Counter()
    for planned in plan.allocations:
        by_level[planned.stock.stock_level_id, planned.sku] += planned.quantity
    return [
        KeptUnits(stock_level_id=level, sku=sku, quantity=quantity)
        for (level, sku), quantity in sorted(by_level.items())
    ]


def _short_of(demands: Sequence[LineDemand], free: Mapping[str, int]) -> str:
    wanted: Counter[str] = Counter()
    for demand in demands:
        for sku, each in demand.parts:
            wanted[sku] += demand.units * each
    short = [
        f"{sku}: {units} wanted, {free.get(sku, 0)} free"
        for sku, units in sorted(wanted.items())
        if units > free.get(sku, 0)
    ]
    # Enough of each part, but no warehouse has all parts of a bundle.
    return "; ".join(short) or "no warehouse has every part of a bundle free"


def _refuse_other_units(
    connection: Connection, reservation_id: str, units: Mapping[str, int]
) -> None:
    kept: Counter[str] = Counter()
    for line in read_reservation(connection, reservation_id).lines:
        kept[line.sku] += line.quantity
    wanted: Counter[str] = Counter()
    for demand in _demands(connection, units):
        for sku, each in demand.parts:
            wanted[sku] += demand.units * each
    if kept != wanted:
        raise Refused(
            f"reference: it has reservation {reservation_id} of other units; "
            "release that first"
        )


def _known(found: SoftReservation | None, reservation_id: str) -> SoftReservation:
    if found is None:
        raise NotFound(f"no reservation {reservation_id} is stored")
    return found


def _ended(found: SoftReservation) -> str:
    if found.status is ReservationStatus.USED:
        return f"{found.reservation_id} is used: order {found.order_id} has its units"
    return f"{found.reservation_id} is {found.status}: reserve anew"
