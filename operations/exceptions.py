"""Taking and resolving the work that waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import NotFound, Refused
from domain.events import EventKind
from messages.names import UpdateName
from messages.order_messages import ResolveException
from operations.orders import OrderOperations
from operations.queries.models import View
from persistence.database import Database
from persistence.exceptions import resolve_exception_row
from persistence.tables import exception_table, fulfillment_event


class ExceptionAnswer(View):
    """What became of an exception."""

    exception_id: str
    order_id: str | None
    text: str


class ExceptionOperations:
    """What people do with exceptions; those of an order are closed by its run."""

    def __init__(
        self,
        *,
        database: Database,
        orders: OrderOperations,
        clock: Callable[[], datetime],
    ) -> None:
        """Write here, tell runs there."""
        self._database = database
        self._orders = orders
        self._clock = clock

    def take(self, exception_id: str, *, actor: str) -> ExceptionAnswer:
        """Say who works on an open exception; refused if another does already."""
        with self._database.write() as connection:
            found = _find(connection, exception_id)
            if found.taken_by == actor:
                return _answer(found, f"{exception_id} is already yours")
            now = self._clock()
            taken = connection.execute(
                update(exception_table)
                .where(
                    exception_table.c.exception_id == exception_id,
                    exception_table.c.taken_by.is_(None),
                    exception_table.c.resolved_at.is_(None),
                )
                .values(taken_by=actor, taken_at=now)
            )
            if taken.rowcount != 1:
                raise Refused(_why_not(found))
            if found.order_id is not None:
                _record_taken(connection, found, actor, now)
        return _answer(found, f"{exception_id} is taken by {actor}")

    def order_of(self, exception_id: str) -> str | None:
        """Return the order an exception is about, if it is about one."""
        order_id: str | None = self._read(exception_id).order_id
        return order_id

    async def resolve(self, message: ResolveException) -> ExceptionAnswer:
        """Close an exception: by its order's run, or here if it is about no order."""
        found = await asyncio.to_thread(self._read, message.exception_id)
        if found.order_id is None:
            return await asyncio.to_thread(self._resolve_here, message)
        answer = await self._orders.tell(
            found.order_id, UpdateName.RESOLVE_EXCEPTION, message
        )
        return _answer(found, answer.text if answer else "told")

    def _resolve_here(self, message: ResolveException) -> ExceptionAnswer:
        with self._database.write() as connection:
            closed = resolve_exception_row(
                connection,
                message.exception_id,
                actor=message.actor,
                resolution=message.resolution,
                note_reference=message.note_reference,
                at=self._clock(),
            )
            found = _find(connection, message.exception_id)
        same = (found.resolved_by, found.resolution) == (
            message.actor,
            message.resolution,
        )
        if not closed and not same:
            raise Refused(_why_not(found))
        return _answer(found, f"{message.exception_id} is resolved: {found.resolution}")

    def _read(self, exception_id: str) -> Row[tuple[object, ...]]:
        with self._database.read() as connection:
            return _find(connection, exception_id)


def _find(connection: Connection, exception_id: str) -> Row[tuple[object, ...]]:
    row = connection.execute(
        select(exception_table).where(exception_table.c.exception_id == exception_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no exception {exception_id}")
    return row


def _why_not(found: Row[tuple[object, ...]]) -> str:
    if found.resolved_at is not None:
        return f"{found.exception_id} is resolved already: {found.resolution}"
    return f"{found.exception_id} is taken by {found.taken_by}"


def _answer(found: Row[tuple[object, ...]], text: str) -> ExceptionAnswer:
    return ExceptionAnswer(
        exception_id=found.exception_id, order_id=found.order_id, text=text
    )


def _record_taken(
    connection: Connection, found: Row[tuple[object, ...]], actor: str, now: datetime
) -> None:
    connection.execute(
        insert(fulfillment_event),
        {
            "order_id": found.order_id,
            "shipment_id": found.shipment_id,
            "kind": EventKind.EXCEPTION_TAKEN,
            "actor": actor,
            "cause": f"take:{found.exception_id}",
            "data": {"exception_id": found.exception_id},
            "occurred_at": now,
            "recorded_at": now,
        },
    )
