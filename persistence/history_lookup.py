"""Whether an order is of the history, and since when its events count."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from domain.errors import BusinessError, NotFound, Refused
from domain.events import EventKind
from persistence.tables import fulfillment_event, history_order

_IS_IMPORTED = select(history_order.c.order_id).where(
    history_order.c.order_id == bindparam("order_id")
)


def is_imported(connection: Connection, order_id: str) -> bool:
    """Say whether an order is of the history."""
    found = connection.execute(_IS_IMPORTED, {"order_id": order_id})
    return found.first() is not None


def last_correction(connection: Connection, order_id: str) -> int:
    """Return the id of the event since which an order's events count; 0 for all."""
    last = select(func.max(fulfillment_event.c.fulfillment_event_id)).where(
        fulfillment_event.c.order_id == order_id,
        fulfillment_event.c.kind == EventKind.HISTORY_CORRECTED,
    )
    return connection.execute(last).scalar_one() or 0


def unknown_order(connection: Connection, order_id: str) -> BusinessError:
    """Return why an order that is none of ours can take no message."""
    if is_imported(connection, order_id):
        return Refused(f"{order_id} was imported as history: no run belongs to it")
    return NotFound(f"no order {order_id} is stored")
