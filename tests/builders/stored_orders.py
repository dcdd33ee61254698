"""Orders that are stored and whose run has not begun."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from messages.order_document import OrderDocument
from persistence.capture import CapturedOrder, store_order
from tests.builders.documents import a_document


def stored_order(
    connection: Connection,
    number: str,
    lines: Iterable[tuple[str, int]],
    received_at: datetime,
) -> str:
    """Store an order without a policy of its own, and return its id."""
    order_id = f"web-{number}"
    captured = CapturedOrder(
        order_id=order_id,
        number=number,
        document=OrderDocument.model_validate(a_document(number, lines)),
        policy="{}",
        received_at=received_at,
    )
    store_order(connection, captured)
    return order_id
