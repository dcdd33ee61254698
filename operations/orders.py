"""Placing orders and telling their runs what people say."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from activities.steps.order_step import write_policy
from domain.errors import Refused, TemporaryError
from domain.identity import order_id_of
from domain.policy import FulfillmentPolicy
from messages.names import UpdateName
from messages.order_document import (
    OrderDocument,
    ShipTo,
    differing_fields,
    parse_order_document,
    unknown_fields,
)
from messages.order_messages import Message
from messages.order_steps import Answer
from operations.delivery import Delivery
from persistence.capture import CapturedOrder, store_order, stored_document
from persistence.database import Database
from persistence.history_lookup import unknown_order
from persistence.outbox import (
    OutboxMessage,
    add_to_outbox,
    mark_message_delivered,
    start_message,
)
from persistence.tables import address, orders
from persistence.upsert import insert_or_ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """The answer to placing an order: the same for every repeat of it."""

    order_id: str
    is_new: bool
    is_started: bool


class OrderOperations:
    """What callers outside a run do with orders; one transaction each."""

    def __init__(
        self,
        *,
        database: Database,
        delivery: Delivery,
        policy: FulfillmentPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        """Store here, deliver there."""
        self._database = database
        self._delivery = delivery
        self._policy = policy
        self._clock = clock

    async def place(self, raw: Mapping[str, object]) -> PlacedOrder:
        """Place an order from a raw document.

        Raises `InvalidInput` naming the field, `Refused` if the order is already placed
        with other content. If no run can be started now, the relay starts it later.
        """
        unknown = unknown_fields(raw)
        document = parse_order_document(raw)
        if unknown:
            raise Refused(f"unknown fields: {', '.join(unknown)}")
        return await self.place_document(document)

    async def place_document(self, document: OrderDocument) -> PlacedOrder:
        """Place an order from a document that has been read."""
        order_id, is_new = await asyncio.to_thread(self._store, document)
        is_started = True
        if is_new:
            is_started = await self._start(order_id)
        return PlacedOrder(order_id=order_id, is_new=is_new, is_started=is_started)

    async def tell(
        self, order_id: str, name: UpdateName, message: Message
    ) -> Answer | None:
        """Send a person's message to an order's run and return its answer."""
        return await self._delivery.send(
            order_id, name, message.model_dump(mode="json", exclude_none=True)
        )

    async def change_ship_to(
        self, order_id: str, ship_to: ShipTo, *, message_id: str, actor: str
    ) -> Answer | None:
        """Store the new address, then tell the run its reference."""
        missing = ship_to.missing_field()
        if missing:
            raise Refused(f"ship_to.{missing}: is required")
        told = await asyncio.to_thread(
            self._store_address, order_id, ship_to, message_id, actor
        )
        answer = await self._delivery.deliver(told)
        await asyncio.to_thread(self._mark_delivered, message_id)
        return answer

    async def ship_to(self, order_id: str) -> ShipTo:
        """Return where the order goes now; raise `NotFound` if it is not stored."""
        return await asyncio.to_thread(self._ship_to, order_id)

    def _store(self, document: OrderDocument) -> tuple[str, bool]:
        number = document.number or f"ow.{uuid.uuid4().hex[:16]}"
        order_id = order_id_of(document.source, number)
        kept = self._policy.snapshot(
            source=document.source, service_level=document.service_level
        )
        captured = CapturedOrder(
            order_id=order_id,
            number=number,
            document=document,
            policy=write_policy(kept),
            received_at=self._clock(),
        )
        with self._database.write() as connection:
            is_new = store_order(connection, captured)
            if is_new:
                add_to_outbox(
                    connection, [start_message(order_id)], captured.received_at
                )
            else:
                _refuse_other_content(connection, order_id, document)
        return order_id, is_new

    async def _start(self, order_id: str) -> bool:
        try:
            await self._delivery.start_run(order_id)
        except TemporaryError:
            return False  # the relay starts it when the server answers
        message_id = start_message(order_id).message_id
        await asyncio.to_thread(self._mark_delivered, message_id)
        return True

    def _ship_to(self, order_id: str) -> ShipTo:
        query = (
            select(*(address.c[name] for name in ShipTo.model_fields))
            .join(orders, orders.c.ship_to_address_id == address.c.address_id)
            .where(orders.c.order_id == order_id)
        )
        with self._database.read() as connection:
            _check_stored(connection, order_id)
            return ShipTo.model_validate(connection.execute(query).mappings().one())

    def _store_address(
        self, order_id: str, ship_to: ShipTo, message_id: str, actor: str
    ) -> OutboxMessage:
        with self._database.write() as connection:
            _check_stored(connection, order_id)
            # The same message stores the same address, however often it is sent.
            digest = hashlib.sha256(message_id.encode()).hexdigest()[:16]
            address_id = f"{order_id}.a{digest}"
            row = {
                "address_id": address_id,
                "order_id": order_id,
                "created_at": self._clock(),
                **ship_to.model_dump(),
            }
            insert_or_ignore(connection, address, [row])
            told = OutboxMessage(
                order_id=order_id,
                message_id=message_id,
                name=UpdateName.CHANGE_SHIP_TO,
                payload={
                    "message_id": message_id,
                    "actor": actor,
                    "address_id": address_id,
                },
            )
            add_to_outbox(connection, [told], self._clock())
        return told

    def _mark_delivered(self, message_id: str) -> None:
        with self._database.write() as connection:
            mark_message_delivered(connection, message_id, self._clock())

    def _check_stored(self, order_id: str) -> None:
        with self._database.read() as connection:
            _check_stored(connection, order_id)


def _check_stored(connection: Connection, order_id: str) -> None:
    found = connection.execute(
        select(orders.c.order_id).where(orders.c.order_id == order_id)
    )
    if found.first() is None:
        raise unknown_order(connection, order_id)


def _refuse_other_content(
    connection: Connection, order_id: str, document: OrderDocument
) -> None:
    first = stored_document(connection, order_id)
    fields = differing_fields(first, document) if first else []
    if fields:
        raise Refused(
            f"order {order_id} is already placed, with other content of "
            f"{', '.join(fields)}"
        )
