"""The outbox: what a run must hear of, written beside the facts it follows from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, or_, select, update

from messages.names import KEEP_RESERVATION
from persistence.tables import lease, outbox
from persistence.upsert import insert_or_ignore

_DELIVERED = (
    update(outbox)
    .where(outbox.c.outbox_id == bindparam("id"))
    .values(delivered_at=bindparam("at"), last_error=None)
)
_DELIVERED_MESSAGE = (
    update(outbox)
    .where(outbox.c.message_id == bindparam("id"), outbox.c.delivered_at.is_(None))
    .values(delivered_at=bindparam("at"), last_error=None)
)
_FAILED = (
    update(outbox)
    .where(outbox.c.outbox_id == bindparam("id"))
    .values(attempts=outbox.c.attempts + 1, last_error=bindparam("why"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """One message to deliver; without a name, the start of the order's run."""

    order_id: str
    message_id: str
    name: str | None
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredMessage(OutboxMessage):
    """A message that waits in the outbox."""

    outbox_id: int
    attempts: int


def start_message(order_id: str) -> OutboxMessage:
    """Return the message that starts an order's run."""
    return OutboxMessage(
        order_id=order_id, message_id=f"start:{order_id}", name=None, payload={}
    )


def keep_message(reservation_id: str, change: str) -> OutboxMessage:
    """Return the message that tells a reservation's run of a change.

    It stands where an order's id does, and the delivery reads what holds then.
    """
    return OutboxMessage(
        order_id=reservation_id,
        message_id=f"keep:{reservation_id}:{change}",
        name=KEEP_RESERVATION,
        payload={},
    )


def add_to_outbox(
    connection: Connection, messages: Sequence[OutboxMessage], at: datetime
) -> None:
    """Write messages beside the facts of the same transaction; a repeat adds none."""
    insert_or_ignore(
        connection,
        outbox,
        [
            {
                "message_id": message.message_id,
                "order_id": message.order_id,
                "name": message.name,
                "payload": dict(message.payload),
                "created_at": at,
                "attempts": 0,
            }
            for message in messages
        ],
    )


def undelivered(
    connection: Connection, *, written_before: datetime, limit: int
) -> list[UndeliveredMessage]:
    """Return what waits longest; a message that failed often waits its turn."""
    rows = connection.execute(
        select(outbox)
        .where(outbox.c.delivered_at.is_(None), outbox.c.created_at <= written_before)
        .order_by(outbox.c.attempts, outbox.c.outbox_id)
        .limit(limit)
    )
    return [
        UndeliveredMessage(
            outbox_id=row.outbox_id,
            attempts=row.attempts,
            order_id=row.order_id,
            message_id=row.message_id,
            name=row.name,
            payload=row.payload,
        )
        for row in rows
    ]


def mark_delivered(connection: Connection, outbox_id: int, at: datetime) -> None:
    """Say that the run has the message."""
    connection.execute(_DELIVERED, {"id": outbox_id, "at": at})


def mark_message_delivered(
    connection: Connection, message_id: str, at: datetime
) -> None:
    """Say that the run has the message with this id."""
    connection.execute(_DELIVERED_MESSAGE, {"id": message_id, "at": at})


def mark_failed(connection: Connection, outbox_id: int, reason: str) -> None:
    """Say that a delivery failed; it is tried again."""
    connection.execute(_FAILED, {"id": outbox_id, "why": reason[:500]})


def count_undelivered(connection: Connection) -> int:
    """Return how many messages wait."""
    return connection.execute(
        select(func.count()).where(outbox.c.delivered_at.is_(None))
    ).scalar_one()


def take_lease(
    connection: Connection, name: str, holder: str, now: datetime, term: timedelta
) -> bool:
    """Take or keep a lease; False while another holder's runs."""
    insert_or_ignore(
        connection, lease, [{"name": name, "holder": holder, "held_until": now}]
    )
    taken = connection.execute(
        update(lease)
        .where(
            lease.c.name == name,
            or_(lease.c.holder == holder, lease.c.held_until <= now),
        )
        .values(holder=holder, held_until=now + term)
    )
    return taken.rowcount == 1
