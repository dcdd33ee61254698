"""Operations on a furnished shop without a server, on either database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from domain.policy import DEFAULT_POLICY
from messages.names import UpdateName
from messages.order_messages import (
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    PickedLine,
)
from operations.carrier_events import CarrierEventOperations
from operations.delivery import Delivery
from operations.exceptions import ExceptionOperations
from operations.floor import package_as_picked, whole_pick
from operations.orders import OrderOperations
from persistence.database import Database
from persistence.stock import MovementCause
from tests.builders.documents import a_document
from tests.builders.stock import furnish
from tests.cli.in_process import RunsInProcess, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What a caller outside a run has at hand."""

    database: Database
    runs: RunsInProcess
    orders: OrderOperations
    exceptions: ExceptionOperations
    carrier_events: CarrierEventOperations

    async def place(
        self, number: str, *lines: tuple[str, int], **fields: object
    ) -> str:
        """Place an order, by default of two mugs."""
        document = a_document(number, lines or (("MUG", 2),), **fields)
        return (await self.orders.place(document)).order_id

    async def pick_short(self, order_id: str) -> None:
        """Find one unit of the first line, and nothing of the rest of it."""
        line = PickedLine.model_validate(
            {"line_no": 1, "quantity": 1, "reason": "not_there"}
        )
        message = ConfirmPick(message_id=uuid.uuid4().hex, lines=(line,))
        await self.orders.tell(order_id, UpdateName.CONFIRM_PICK, message)

    async def ship(self, order_id: str) -> str:
        """Pick, pack and hand over an order's one shipment; return its id."""
        shipment_id = f"{order_id}-1"
        with self.database.read() as connection:
            picked = whole_pick(connection, shipment_id)
        await self.orders.tell(
            order_id,
            UpdateName.CONFIRM_PICK,
            ConfirmPick(message_id="pick", lines=picked),
        )
        with self.database.read() as connection:
            packed = package_as_picked(connection, shipment_id)
        await self.orders.tell(
            order_id,
            UpdateName.CONFIRM_PACK,
            ConfirmPack(message_id="pack", packages=(packed,)),
        )
        await self.orders.tell(
            order_id,
            UpdateName.CONFIRM_HANDOVER,
            ConfirmHandover(message_id="handover"),
        )
        return shipment_id

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read what is stored."""
        with self.database.read() as connection:
            yield connection


def open_office(database_url: str, directory: Path) -> Office:
    """Furnish a shop and lay out the operations over it."""
    database = Database(database_url)
    opening = MovementCause(
        cause="opening", actor="receiver:7", occurred_at=now(), recorded_at=now()
    )
    with database.write() as connection:
        furnish(connection, opening)
    runs = RunsInProcess(database, directory)
    delivery = Delivery(database=database, runs=runs, policy=DEFAULT_POLICY, clock=now)
    orders = OrderOperations(
        database=database, delivery=delivery, policy=DEFAULT_POLICY, clock=now
    )
    return Office(
        database=database,
        runs=runs,
        orders=orders,
        exceptions=ExceptionOperations(database=database, orders=orders, clock=now),
        carrier_events=CarrierEventOperations(
            database=database, delivery=delivery, clock=now
        ),
    )
