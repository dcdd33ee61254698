"""Sending a person's message to an order's run, and showing the answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import typer
from pydantic import ValidationError

from cli.context import Desk, at_desk
from cli.output import Output, say
from messages.names import UpdateName
from messages.order_document import invalid_input_of
from messages.order_messages import Message
from operations.notes import keep_note_of_message

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends a message, under which id, and how the answer is shown."""

    message_id: str
    actor: str
    as_json: bool
    at: datetime | None = None


def sender(
    message_id: str | None, actor: str, as_json: bool, at: datetime | None = None
) -> Sender:
    """Return the sender of one message; an id of our own is told, for a repeat."""
    if message_id is None:
        message_id = uuid.uuid4().hex
        say(f"message id {message_id} (repeat with --message-id {message_id})")
    return Sender(message_id=message_id, actor=actor, as_json=as_json, at=at)


def message_of(model: type[M], by: Sender, **fields: object) -> M:
    """Build a message; raise `InvalidInput` naming what is wrong with it."""
    given = {
        "message_id": by.message_id,
        "actor": by.actor,
        "at": by.at,
        **{name: value for name, value in fields.items() if value is not None},
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid_input_of(error) from None


def tell(
    context: typer.Context, order_id: str, name: UpdateName, by: Sender, message: M
) -> None:
    """Send a message that is ready and show the run's answer."""

    async def work(desk: Desk) -> None:
        await send(desk, order_id, name, by, message)

    at_desk(context, work)


def tell_with_note(
    context: typer.Context,
    order_id: str,
    name: UpdateName,
    by: Sender,
    note: str | None,
    model: type[M],
    **fields: object,
) -> None:
    """Store a message's free text, send the message and show the run's answer."""

    async def work(desk: Desk) -> None:
        reference = keep_note(desk, order_id, by, note)
        message = message_of(model, by, note_reference=reference, **fields)
        await send(desk, order_id, name, by, message)

    at_desk(context, work)


async def send(
    desk: Desk, order_id: str, name: UpdateName, by: Sender, message: Message
) -> None:
    """Send a message from a command that is at its desk already."""
    answer = await desk.orders.tell(order_id, name, message)
    if answer is not None:
        Output(as_json=by.as_json).one(answer, answer.text)


def keep_note(
    desk: Desk, order_id: str | None, by: Sender, text: str | None
) -> str | None:
    """Store a message's free text and return its reference."""
    if text is None:
        return None
    return keep_note_of_message(
        desk.database,
        order_id=order_id,
        message_id=by.message_id,
        text=text,
        actor=by.actor,
        clock=desk.clock,
    )
