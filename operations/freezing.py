"""Freezing a place: nothing new is promised from there, what can be is sourced anew."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import InvalidInput, Refused
from messages.names import UpdateName
from messages.order_document import Reference
from messages.order_messages import Code, Message
from operations.queries.models import View
from operations.repeats import Clock, done_once
from persistence.backlog import wake_waiting_orders
from persistence.database import Database
from persistence.freezing import (
    FreezablePlace,
    awaited_levels,
    lock_place,
    mark_frozen,
    started_shipments,
    told_shipments,
    untold_shipments,
)
from persistence.outbox import OutboxMessage, add_to_outbox
from persistence.reservations import lock_levels

BATCH = 200
# Below the number of variables one statement may have on either database.
_LEVELS_AT_ONCE = 30_000


class PlaceMessage(Message):
    """A message about a location, or about a whole warehouse."""

    location: Reference | None = None
    warehouse: Reference | None = None

    def place(self) -> FreezablePlace:
        """Return what is meant; raise `InvalidInput` unless exactly one is named."""
        if (self.location is None) == (self.warehouse is None):
            raise InvalidInput("location", "either a location or a warehouse")
        return FreezablePlace(location_id=self.location, warehouse_id=self.warehouse)


class FreezePlace(PlaceMessage):
    """Nothing may be taken from there for now."""

    reason: Code


class UnfreezePlace(PlaceMessage):
    """The place may be used again."""


class StartedShipment(View):
    """A shipment that the floor has begun with: a person decides about it."""

    shipment_id: str
    order_id: str
    status: str


class FrozenPlace(View):
    """What was frozen, and what becomes of the shipments that need stock from there.

    The runs of `resourced` are told to take their units elsewhere, or to wait.
    """

    location: str | None
    warehouse: str | None
    reason: str
    frozen_at: datetime
    resourced: tuple[str, ...] = ()
    started: tuple[StartedShipment, ...] = ()
    text: str


class ThawedPlace(View):
    """What may be used again, and the orders that waited for what lies there."""

    location: str | None
    warehouse: str | None
    woken: tuple[str, ...] = ()
    text: str


class _Freeze(View):
    """The part of the answer that a repeat must find as it was."""

    frozen_at: datetime
    told_by: str


def freeze_place(database: Database, told: FreezePlace, clock: Clock) -> FrozenPlace:
    """Freeze a place, and have unstarted shipments sourced again, batch by batch.

    A repeat goes on with the batches that a crash has left. Raises `InvalidInput` for
    an unknown place, `Refused` if it is frozen for another reason.
    """
    place = told.place()
    freeze = done_once(database, told, clock, _Freeze, _freeze)
    _tell_runs(database, told, freeze, clock)
    with database.read() as connection:
        resourced = tuple(told_shipments(connection, freeze.told_by))
        started = tuple(
            StartedShipment.model_validate(row._asdict())
            for row in started_shipments(connection, place)
        )
    return FrozenPlace(
        location=told.location,
        warehouse=told.warehouse,
        reason=told.reason,
        frozen_at=freeze.frozen_at,
        resourced=resourced,
        started=started,
        text=f"{place} is frozen: {len(resourced)} shipments are sourced again, "
        f"{len(started)} are on the floor already",
    )


def unfreeze_place(
    database: Database, told: UnfreezePlace, clock: Clock
) -> ThawedPlace:
    """Let a place be used again, and wake the orders that wait for what is free there.

    Raises `InvalidInput` for an unknown place, `Refused` if it is not frozen.
    """
    return done_once(database, told, clock, ThawedPlace, _unfreeze)


def _freeze(connection: Connection, told: FreezePlace, now: datetime) -> _Freeze:
    place = told.place()
    since, reason = _stored(connection, place)
    if since is None:
        since = now
        mark_frozen(connection, place, at=now, reason=told.reason)
    elif reason != told.reason:
        raise Refused(f"{place} is frozen already, since {since:%Y-%m-%d}: {reason}")
    # The same for every repeat of this freeze, another one for the next.
    mark = hashlib.sha256(f"{place}:{since.isoformat()}".encode()).hexdigest()[:16]
    return _Freeze(frozen_at=since, told_by=f"frozen:{mark}:")


def _unfreeze(
    connection: Connection, told: UnfreezePlace, now: datetime
) -> ThawedPlace:
    place = told.place()
    # Levels are locked before places, as where a count is booked.
    levels = awaited_levels(connection, place)
    for start in range(0, len(levels), _LEVELS_AT_ONCE):
        lock_levels(connection, levels[start : start + _LEVELS_AT_ONCE])
    since, _ = _stored(connection, place)
    if since is None:
        raise Refused(f"{place} is not frozen")
    mark_frozen(connection, place, at=None, reason=None)
    cause = f"thaw:{told.message_id}"
    return ThawedPlace(
        location=told.location,
        warehouse=told.warehouse,
        woken=_wake(connection, levels, cause, now),
        text=f"{place} may be used again",
    )


def _stored(
    connection: Connection, place: FreezablePlace
) -> tuple[datetime | None, str | None]:
    row = lock_place(connection, place)
    if row is None:
        field = "warehouse" if place.location_id is None else "location"
        raise InvalidInput(field, f"a {field} that is stored")
    return row.frozen_at, row.frozen_reason


def _tell_runs(
    database: Database, told: FreezePlace, freeze: _Freeze, clock: Clock
) -> None:
    """Write the runs' messages until nobody is left who was promised from there.

    Looked for again behind the last batch: an order that was just being allocated when
    the place froze is told as well.
    """
    while True:
        with database.read() as connection:
            left = untold_shipments(connection, told.place(), freeze.told_by)
        if not left:
            return
        for start in range(0, len(left), BATCH):
            messages = [
                _message(told, freeze, row.order_id, row.shipment_id)
                for row in left[start : start + BATCH]
            ]
            with database.write() as connection:
                if _stored(connection, told.place())[0] != freeze.frozen_at:
                    return  # thawed meanwhile
                add_to_outbox(connection, messages, clock())


def _message(
    told: FreezePlace, freeze: _Freeze, order_id: str, shipment_id: str
) -> OutboxMessage:
    message_id = f"{freeze.told_by}{shipment_id}"
    return OutboxMessage(
        order_id=order_id,
        message_id=message_id,
        name=UpdateName.RESOURCE_SHIPMENT,
        payload={
            "message_id": message_id,
            "actor": told.actor,
            "shipment_id": shipment_id,
            "reason": told.reason,
        },
    )


def _wake(
    connection: Connection, levels: Sequence[int], cause: str, now: datetime
) -> tuple[str, ...]:
    woken: dict[str, None] = {}
    for start in range(0, len(levels), _LEVELS_AT_ONCE):
        chunk = levels[start : start + _LEVELS_AT_ONCE]
        told = wake_waiting_orders(connection, chunk, cause=cause, at=now)
        woken.update(dict.fromkeys(told))
    return tuple(woken)
