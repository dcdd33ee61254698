"""Claims: what a customer reports after the goods have left."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, func, insert, select

from domain.claims import ClaimKind
from domain.errors import InvalidInput, Refused
from domain.events import EventKind
from messages.order_document import MAX_QUANTITY, Reference
from messages.order_messages import Message
from operations.queries.models import View
from persistence.database import Database
from persistence.history_lookup import unknown_order
from persistence.processed_steps import find_result, store_result
from persistence.tables import allocation, claim, fulfillment_event, order_line, orders


class RecordClaim(Message):
    """One claim on one line; `quantity` is left out where it does not matter."""

    order_id: Reference
    line_no: Annotated[int, Field(ge=1)]
    kind: ClaimKind
    found_at: AwareDatetime
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] | None = None
    note_reference: Reference | None = None


class RecordedClaim(View):
    """The answer to a claim; a repeat gets the same one."""

    claim_id: str
    order_id: str
    line_no: int
    kind: ClaimKind


def record_claim(
    database: Database, told: RecordClaim, clock: Callable[[], datetime]
) -> RecordedClaim:
    """Store a claim on a line that has shipped, once for each message id.

    Raises `NotFound` for an unknown order, `InvalidInput` naming the field, and
    `Refused` if nothing of the line has left yet.
    """
    key = f"claim:{told.order_id}:{told.message_id}"
    content = told.model_dump_json(exclude={"at", "note_reference"})
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    now = clock()
    with database.write() as connection:
        stored = find_result(connection, key, content_hash)
        if stored is not None:
            return RecordedClaim.model_validate(stored)
        _refuse_if_not_shipped(connection, told, now)
        recorded = _store(connection, told, key, now)
        store_result(
            connection,
            key,
            content_hash,
            recorded.model_dump(mode="json"),
            recorded_at=now,
        )
    return recorded


def _refuse_if_not_shipped(
    connection: Connection, told: RecordClaim, now: datetime
) -> None:
    # Locked, so that two claims of one order get two numbers.
    locked = (
        select(orders.c.placed_at)
        .where(orders.c.order_id == told.order_id)
        .with_for_update()
    )
    placed_at = connection.execute(locked).scalar_one_or_none()
    if placed_at is None:
        raise unknown_order(connection, told.order_id)
    if not placed_at <= told.found_at <= now:
        raise InvalidInput("found_at", "between the placing of the order and now")
    ordered = connection.execute(
        select(order_line.c.quantity).where(
            order_line.c.order_id == told.order_id,
            order_line.c.line_no == told.line_no,
        )
    ).scalar_one_or_none()
    if ordered is None:
        raise InvalidInput("line_no", "a line of the order")
    if told.quantity is not None and told.quantity > ordered:
        raise InvalidInput("quantity", f"at most {ordered}, as ordered")
    shipped = connection.execute(
        select(func.coalesce(func.sum(allocation.c.shipped_quantity), 0)).where(
            allocation.c.order_id == told.order_id,
            allocation.c.line_no == told.line_no,
        )
    ).scalar_one()
    if not shipped:
        raise Refused(
            f"nothing of line {told.line_no} has left the warehouse: "
            "change or cancel the order instead"
        )


def _store(
    connection: Connection, told: RecordClaim, cause: str, now: datetime
) -> RecordedClaim:
    earlier = connection.execute(
        select(func.count()).where(claim.c.order_id == told.order_id)
    ).scalar_one()
    recorded = RecordedClaim(
        claim_id=f"{told.order_id}.c{earlier + 1}",
        order_id=told.order_id,
        line_no=told.line_no,
        kind=told.kind,
    )
    connection.execute(
        insert(claim),
        {
            **recorded.model_dump(),
            "quantity": told.quantity,
            "found_at": told.found_at,
            "recorded_at": now,
            "actor": told.actor,
            "note_reference": told.note_reference,
        },
    )
    _record_event(connection, told, recorded, cause, now)
    return recorded


def _record_event(
    connection: Connection,
    told: RecordClaim,
    recorded: RecordedClaim,
    cause: str,
    now: datetime,
) -> None:
    connection.execute(
        insert(fulfillment_event),
        {
            "order_id": told.order_id,
            "shipment_id": None,
            "kind": EventKind.CLAIM_RECORDED,
            "actor": told.actor,
            "cause": cause,
            "data": {
                "claim_id": recorded.claim_id,
                "line_no": told.line_no,
                "kind": told.kind,
                "quantity": told.quantity,
            },
            "occurred_at": told.found_at,
            "recorded_at": now,
        },
    )
