"""Free text of people: kept here, and sent on as a reference that a repeat shares."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from persistence.database import Database
from persistence.history_lookup import unknown_order
from persistence.tables import note, orders
from persistence.upsert import insert_or_ignore


def keep_note_of_message(
    database: Database,
    *,
    order_id: str | None,
    message_id: str,
    text: str,
    actor: str,
    clock: Callable[[], datetime],
) -> str:
    """Store the text that came with a message; a repeat gets the same reference.

    Raises `NotFound` if the order it is about is not stored, `Refused` if it was
    imported as history.
    """
    told = f"{order_id}\n{message_id}\n{text}"
    note_id = f"note-{hashlib.sha256(told.encode()).hexdigest()[:32]}"
    with database.write() as connection:
        known = select(orders.c.order_id).where(orders.c.order_id == order_id)
        if order_id is not None and connection.execute(known).first() is None:
            raise unknown_order(connection, order_id)
        insert_or_ignore(
            connection,
            note,
            [
                {
                    "note_id": note_id,
                    "order_id": order_id,
                    "text": text,
                    "created_at": clock(),
                    "actor": actor,
                }
            ],
        )
    return note_id
