"""Releasing to the floor on request: which shipments go first, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, func, select

from domain.calendars import local_instant, zone_of
from domain.errors import BusinessError, NotFound, Refused, TemporaryError
from domain.policy import Step
from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import TaskKind
from messages.names import UpdateName
from messages.order_state import OrderState
from operations.delivery import Delivery
from operations.queries.models import View
from persistence.database import Database
from persistence.outbox import OutboxMessage, add_to_outbox, mark_message_delivered
from persistence.tables import (
    order_progress,
    orders,
    pick_task,
    shipment,
    warehouse,
)

AT_ONCE = 20
_MIDNIGHT = time(0)

_CANDIDATES = (
    select(
        shipment.c.shipment_id,
        shipment.c.order_id,
        shipment.c.ship_on,
        order_progress.c.state,
    )
    .join(orders, orders.c.order_id == shipment.c.order_id)
    .join(order_progress, order_progress.c.order_id == shipment.c.order_id)
    .where(shipment.c.status == ShipmentStatus.ALLOCATED)
    .order_by(
        orders.c.priority,
        shipment.c.ship_on.nulls_last(),
        orders.c.placed_at,
        shipment.c.shipment_id,
    )
)


class ReleaseOutcome(StrEnum):
    """What became of a shipment that was chosen."""

    RELEASED = "released"
    REFUSED = "refused"
    # Its run could not be reached now; the relay tells it later.
    SENT = "sent"


class ReleasedShipment(View):
    """One shipment, and why it is not on the floor if it is not."""

    shipment_id: str
    order_id: str
    outcome: ReleaseOutcome
    reason: str | None = None


class ReleaseReport(View):
    """What was chosen in the order it was, and how many wait for the next time."""

    warehouse_id: str
    released: int
    refused: int
    sent: int
    left: int
    shipments: tuple[ReleasedShipment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWish:
    """Which shipments are wanted on the floor; what is not given does not matter.

    `before`: only what must leave by then, which is its day's cut-off or, without
    one, its day's end.
    """

    warehouse_id: str
    message_id: str
    actor: str
    carrier: str | None = None
    before: datetime | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    chosen: tuple[OutboxMessage, ...]
    refused: tuple[ReleasedShipment, ...]
    left: int
    shipment_of: dict[str, str]


class ReleaseOperations:
    """Puts allocated shipments on the floor through their runs."""

    def __init__(
        self,
        *,
        database: Database,
        delivery: Delivery,
        clock: Callable[[], datetime],
    ) -> None:
        """Choose here, tell the runs there."""
        self._database = database
        self._delivery = delivery
        self._clock = clock

    async def release(self, wish: ReleaseWish) -> ReleaseReport:
        """Choose by priority, day and age, up to the limit and the day's capacity.

        Raises `NotFound` for an unknown warehouse, `Refused` for a frozen one.
        """
        choice = await asyncio.to_thread(self._choose, wish)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(message: OutboxMessage) -> ReleasedShipment:
            async with gate:
                return await self._send(message, choice.shipment_of[message.message_id])

        told = await asyncio.gather(*(one(message) for message in choice.chosen))
        shipments = (*told, *choice.refused)
        counted = [one.outcome for one in shipments]
        return ReleaseReport(
            warehouse_id=wish.warehouse_id,
            released=counted.count(ReleaseOutcome.RELEASED),
            refused=counted.count(ReleaseOutcome.REFUSED),
            sent=counted.count(ReleaseOutcome.SENT),
            left=choice.left,
            shipments=shipments,
        )

    def _choose(self, wish: ReleaseWish) -> _Choice:
        now = self._clock()
        with self._database.write() as connection:
            site = _site(connection, wish.warehouse_id)
            most = _most(connection, site, wish.limit, now)
            chosen: list[OutboxMessage] = []
            refused: list[ReleasedShipment] = []
            left = 0
            for row in _candidates(connection, wish, site):
                reason = _why_not(row)
                if reason is not None:
                    refused.append(_refused(row, reason))
                elif most is not None and len(chosen) >= most:
                    left += 1
                else:
                    chosen.append(_message(row, wish))
            add_to_outbox(connection, chosen, now)
        return _Choice(
            chosen=tuple(chosen),
            refused=tuple(refused),
            left=left,
            shipment_of={m.message_id: str(m.payload["shipment_id"]) for m in chosen},
        )

    async def _send(self, message: OutboxMessage, shipment_id: str) -> ReleasedShipment:
        outcome, reason = ReleaseOutcome.RELEASED, None
        try:
            await self._delivery.deliver(message)
        except TemporaryError as error:
            outcome, reason = ReleaseOutcome.SENT, str(error)
        except BusinessError as refusal:
            outcome, reason = ReleaseOutcome.REFUSED, str(refusal)
        if outcome is not ReleaseOutcome.SENT:
            await asyncio.to_thread(self._mark_delivered, message.message_id)
        return ReleasedShipment(
            shipment_id=shipment_id,
            order_id=message.order_id,
            outcome=outcome,
            reason=reason,
        )

    def _mark_delivered(self, message_id: str) -> None:
        with self._database.write() as connection:
            mark_message_delivered(connection, message_id, self._clock())


def _site(connection: Connection, warehouse_id: str) -> RowMapping:
    query = select(warehouse).where(warehouse.c.warehouse_id == warehouse_id)
    found = connection.execute(query).mappings().first()
    if found is None:
        raise NotFound(f"there is no warehouse {warehouse_id}")
    if found["frozen_at"] is not None:
        raise Refused(f"warehouse {warehouse_id} is frozen: thaw it first")
    return found


def _most(
    connection: Connection, site: RowMapping, limit: int | None, now: datetime
) -> int | None:
    """Return how many more may go to the floor today."""
    if site["daily_capacity"] is None:
        return limit
    zone = str(site["time_zone"])
    today = now.astimezone(zone_of(zone)).date()
    released = connection.execute(
        select(func.count()).where(
            pick_task.c.warehouse_id == site["warehouse_id"],
            pick_task.c.kind == TaskKind.PICK,
            pick_task.c.released_at >= local_instant(today, _MIDNIGHT, zone),
        )
    ).scalar_one()
    room = max(int(site["daily_capacity"]) - released, 0)
    return room if limit is None else min(limit, room)


def _candidates(
    connection: Connection, wish: ReleaseWish, site: RowMapping
) -> Iterator[RowMapping]:
    query = _CANDIDATES.where(shipment.c.warehouse_id == wish.warehouse_id)
    if wish.carrier is not None:
        query = query.where(shipment.c.carrier == wish.carrier)
    for row in connection.execute(query).mappings():
        if wish.before is None or _leaves_by(row["ship_on"], site) <= wish.before:
            yield row


def _leaves_by(ship_on: date | None, site: RowMapping) -> datetime:
    if ship_on is None:
        return datetime.max.replace(tzinfo=UTC)
    zone, cut_off = str(site["time_zone"]), site["cut_off"]
    if cut_off is None:
        return local_instant(ship_on + timedelta(days=1), _MIDNIGHT, zone)
    return local_instant(ship_on, time.fromisoformat(str(cut_off)), zone)


def _why_not(row: RowMapping) -> str | None:
    state = OrderState.model_validate(row["state"])
    holds = state.blocked_by(Step.RELEASE)
    if holds:
        return f"held: {', '.join(f'{h.hold_id} ({h.kind})' for h in holds)}"
    subject = state.shipment(row["shipment_id"])
    if subject is not None and subject.release_at is not None:
        return f"it goes to the floor by itself on {subject.ship_on}"
    return None


def _refused(row: RowMapping, reason: str) -> ReleasedShipment:
    return ReleasedShipment(
        shipment_id=row["shipment_id"],
        order_id=row["order_id"],
        outcome=ReleaseOutcome.REFUSED,
        reason=reason,
    )


def _message(row: RowMapping, wish: ReleaseWish) -> OutboxMessage:
    shipment_id = row["shipment_id"]
    message_id = f"{wish.message_id}:{shipment_id}"
    return OutboxMessage(
        order_id=row["order_id"],
        message_id=message_id,
        name=UpdateName.RELEASE_SHIPMENT,
        payload={
            "message_id": message_id,
            "actor": wish.actor,
            "shipment_id": shipment_id,
        },
    )
