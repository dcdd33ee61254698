"""Telling runs something until they answer: the same message id each time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import TemporaryError
from messages.names import UpdateName
from messages.order_messages import Message
from messages.order_steps import Answer
from operations.shop import Shop
from simulation.said import Listener, Mood, Said

T = TypeVar("T")
RETRY_SECONDS = 1.0


async def until_answered(
    ask: Callable[[], Awaitable[T]], *, who: str, order_id: str | None, say: Listener
) -> T:
    """Ask again while nobody answers; a refusal is an answer."""
    tries = 0
    while True:
        try:
            return await ask()
        except TemporaryError as error:
            tries += 1
            if tries == 1:
                text = f"waits for an answer: {error}"
                say(Said(who=who, text=text, order_id=order_id, mood=Mood.WAITING))
            await asyncio.sleep(RETRY_SECONDS)


async def tell(
    shop: Shop, order_id: str, name: UpdateName, message: Message, say: Listener
) -> Answer | None:
    """Send an update until it is answered.

    Raises `BusinessError` with the run's reason if it is refused.
    """
    return await until_answered(
        lambda: shop.orders.tell(order_id, name, message),
        who=message.actor,
        order_id=order_id,
        say=say,
    )
