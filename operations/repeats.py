"""Acts of people that may be told twice: the second gets the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from messages.order_messages import Message
from operations.queries.models import View
from persistence.database import Database
from persistence.processed_steps import find_result, store_result

Clock = Callable[[], datetime]
M = TypeVar("M", bound=Message)
V = TypeVar("V", bound=View)
Work = Callable[[Connection, M, datetime], V]


def done_once(
    database: Database, told: M, clock: Clock, answer: type[V], work: Work[M, V]
) -> V:
    """Do the work in one transaction, once for each message id; return its answer.

    Raises `KeyReused` if the message id came before with other content.
    """
    now = clock()
    with database.write() as connection:
        stored = find_answer(connection, told, answer)
        if stored is not None:
            return stored
        done = work(connection, told, now)
        keep_answer(connection, told, done, now)
        return done


def find_answer(connection: Connection, told: Message, answer: type[V]) -> V | None:
    """Return what the message was answered the first time, if it came before."""
    stored = find_result(connection, _key(told), _content_hash(told))
    return None if stored is None else answer.model_validate(stored)


def keep_answer(
    connection: Connection, told: Message, done: View, now: datetime
) -> None:
    """Keep the answer to a message, in the transaction of what it did."""
    store_result(
        connection,
        _key(told),
        _content_hash(told),
        done.model_dump(mode="json"),
        recorded_at=now,
    )


def _key(told: Message) -> str:
    return f"{type(told).__name__}:{told.message_id}"


def _content_hash(told: Message) -> str:
    content = told.model_dump_json(exclude={"at", "note_reference"})
    return hashlib.sha256(content.encode()).hexdigest()
