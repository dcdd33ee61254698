"""The read model: where each order stands, one row an order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from domain.errors import TemporaryError
from messages.order_state import LabelState, OrderState
from messages.waiting import waiting_of
from persistence.tables import order_progress
from persistence.upsert import insert_or_replace

_STATE = select(order_progress.c.state).where(
    order_progress.c.order_id == bindparam("order_id")
)
_STATE_TO_CHANGE = _STATE.with_for_update()
_NOTE_LABEL = (
    update(order_progress)
    .where(order_progress.c.order_id == bindparam("id"))
    .values(state=bindparam("state"), waits_for=bindparam("waits_for"))
)
_UPDATE = update(order_progress).where(
    order_progress.c.order_id == bindparam("id"),
    order_progress.c.revision == bindparam("revision_before"),
)


class StaleState(TemporaryError):
    """The stored state is newer than the one the step was given."""


def save_progress(connection: Connection, state: OrderState, now: datetime) -> None:
    """Write where the order stands after a step; raise `StaleState` if it moved on."""
    waiting = waiting_of(state)
    row = {
        "order_id": state.order_id,
        "revision": state.revision,
        "status": state.status,
        "status_since": state.status_since,
        "waits_for": waiting.waits_for[:300],
        "due_at": waiting.until,
        "attention_reason": state.attention_reason(),
        "state": state.model_dump(mode="json"),
        "updated_at": now,
        "ended_at": state.ended_at,
    }
    if state.revision > 1:
        before = {"id": state.order_id, "revision_before": state.revision - 1}
        if connection.execute(_UPDATE, {**row, **before}).rowcount != 1:
            raise StaleState("the order has moved on: its stored state is newer")
    else:
        insert_or_replace(connection, order_progress, [{**row, "started_at": now}])


def load_state(connection: Connection, order_id: str) -> OrderState | None:
    """Return an order's state as its run last wrote it; None before its first step."""
    found = connection.execute(_STATE, {"order_id": order_id}).scalar_one_or_none()
    return None if found is None else OrderState.model_validate(found)


def note_label(
    connection: Connection, order_id: str, shipment_id: str, tracking_number: str | None
) -> None:
    """Show at once that a shipment has its label; the run's next step confirms it."""
    found = connection.execute(_STATE_TO_CHANGE, {"order_id": order_id}).scalar_one()
    state = OrderState.model_validate(found)
    labelled = state.shipment(shipment_id)
    if labelled is None or labelled.label is not LabelState.WANTED:
        return
    labelled.label = LabelState.MADE
    labelled.tracking_number = tracking_number
    connection.execute(
        _NOTE_LABEL,
        {
            "id": order_id,
            "state": state.model_dump(mode="json"),
            "waits_for": waiting_of(state).waits_for[:300],
        },
    )
