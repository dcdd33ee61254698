"""What carriers report: kept in the outbox, so that none is lost, then signalled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.errors import InvalidInput, NotFound, TemporaryError
from messages.names import SignalName
from messages.order_messages import CarrierEvent
from operations.delivery import Delivery
from operations.queries.models import View
from persistence.database import Database
from persistence.outbox import OutboxMessage, add_to_outbox, mark_message_delivered
from persistence.tables import shipment


class ReportedEvent(View):
    """What became of a carrier's event; an undelivered one is delivered later."""

    message_id: str
    order_id: str
    shipment_id: str
    milestone: str
    is_delivered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedShipment:
    """The shipment an event is about."""

    shipment_id: str
    order_id: str
    carrier: str


class CarrierEventOperations:
    """Passes the carriers' events on to the runs of their orders."""

    def __init__(
        self,
        *,
        database: Database,
        delivery: Delivery,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep events here, deliver them there."""
        self._database = database
        self._delivery = delivery
        self._clock = clock

    async def report(self, event: CarrierEvent) -> ReportedEvent:
        """Pass an event on; one that cannot be delivered now waits for the relay.

        Raises `NotFound` if no shipment has that id or tracking number.
        """
        subject, message = await asyncio.to_thread(self._keep, event)
        is_delivered = True
        try:
            await self._delivery.deliver(message)
        except TemporaryError:
            is_delivered = False
        else:
            await asyncio.to_thread(self._mark_delivered, message.message_id)
        return ReportedEvent(
            message_id=message.message_id,
            order_id=subject.order_id,
            shipment_id=subject.shipment_id,
            milestone=event.milestone,
            is_delivered=is_delivered,
        )

    def _keep(self, event: CarrierEvent) -> tuple[TrackedShipment, OutboxMessage]:
        with self._database.write() as connection:
            subject = find_shipment(
                connection,
                shipment_id=event.shipment_id,
                tracking_number=event.tracking_number,
            )
            told = event.model_copy(update={"shipment_id": subject.shipment_id})
            message = OutboxMessage(
                order_id=subject.order_id,
                message_id=event.message_id,
                name=SignalName.CARRIER_EVENT,
                payload=told.model_dump(mode="json", exclude_none=True),
            )
            add_to_outbox(connection, [message], self._clock())
        return subject, message

    def _mark_delivered(self, message_id: str) -> None:
        with self._database.write() as connection:
            mark_message_delivered(connection, message_id, self._clock())


def find_shipment(
    connection: Connection,
    *,
    shipment_id: str | None = None,
    tracking_number: str | None = None,
) -> TrackedShipment:
    """Return the shipment with an id, or the newest with a tracking number."""
    if shipment_id is not None:
        wanted, named = shipment.c.shipment_id == shipment_id, shipment_id
    elif tracking_number is not None:
        wanted, named = shipment.c.tracking_number == tracking_number, "that number"
    else:
        raise InvalidInput("shipment_id", "needed, or a tracking_number")
    row = connection.execute(
        select(shipment.c.shipment_id, shipment.c.order_id, shipment.c.carrier)
        .where(wanted)
        .order_by(shipment.c.created_at.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(f"there is no shipment {named}")
    return TrackedShipment(**row._mapping)
