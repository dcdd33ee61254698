"""Wake-ups: what tells a waiting order that units are kept for it, or free."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from messages.names import SignalName
from persistence.outbox import OutboxMessage, add_to_outbox

LONGEST_MESSAGE_ID = 300
LONGEST_REFERENCE = 300
_DIGITS = 40


def write_wake_ups(
    connection: Connection,
    woken: Mapping[str, Iterable[str]],
    *,
    cause: str,
    at: datetime,
) -> None:
    """Write one wake-up for each order into the outbox, with the articles it is for."""
    # An order may be given units of one cause more than once.
    mark = uuid.uuid4().hex[:8]
    messages = []
    for order_id, skus in woken.items():
        message_id = _message_id(cause, order_id, mark)
        messages.append(
            OutboxMessage(
                order_id=order_id,
                message_id=message_id,
                name=SignalName.STOCK_ARRIVED,
                payload={
                    "message_id": message_id,
                    "actor": "stock",
                    "skus": sorted(skus),
                },
            )
        )
    add_to_outbox(connection, messages, at)


def short(cause: str, longest: int = LONGEST_REFERENCE) -> str:
    """Return a cause as it can be stored; two causes never become one."""
    if len(cause) <= longest:
        return cause
    return hashlib.sha256(cause.encode()).hexdigest()[:_DIGITS]


def _message_id(cause: str, order_id: str, mark: str) -> str:
    plain = f"{cause}:wakes:{order_id}:{mark}"
    if len(plain) <= LONGEST_MESSAGE_ID:
        return plain
    return f"{short(cause, _DIGITS)}:wakes:{order_id}:{mark}"
