"""What happened to an order, in words, from its one append-only log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from domain.errors import NotFound
from domain.events import EventKind
from operations.queries.models import View
from persistence.history_lookup import is_imported, last_correction
from persistence.tables import fulfillment_event, orders

# One sentence for each kind; `{name}` is filled from the event, and a part in
# brackets is left out where the event does not know it.
WORDS: dict[EventKind, tuple[str, ...]] = {
    EventKind.PLACED: ("the order was placed", " by {channel}"),
    EventKind.VERIFIED: ("the order was verified",),
    EventKind.ALLOCATED: ("stock was allocated", ": {units} units at {warehouse_id}"),
    EventKind.RELEASED: ("the pick task was put on the floor",),
    EventKind.PICKED: ("the goods were picked", ": {units} units"),
    EventKind.PACKED: (
        "the goods were packed",
        ": {units} units in {packages} packages",
    ),
    EventKind.HANDED_OVER: ("the carrier took the shipment", ": {carrier}"),
    EventKind.FIRST_SCAN: ("the carrier scanned it for the first time",),
    EventKind.DELIVERED: ("the shipment was delivered",),
    EventKind.REJECTED: ("verification rejected the order", ": {checks}"),
    EventKind.HOLD_PLACED: ("hold {hold_id} was placed", ": {kind}, blocks {blocks}"),
    EventKind.HOLD_RELEASED: ("hold {hold_id} was released", ": {reason}"),
    EventKind.HOLD_EXPIRED: ("hold {hold_id} expired and still stands",),
    EventKind.BACKORDERED: ("stock is missing", ": {units} units are backordered"),
    EventKind.SOURCED: (
        "where the goods come from was decided",
        ": {reason}",
        "; {split_reason}",
    ),
    EventKind.BACKORDER_FILLED: (
        "stock came for what was missing",
        ": {units} units",
        ", {reason}",
    ),
    EventKind.PROMISED: ("delivery was promised", " by {promised_on}", ": {reason}"),
    EventKind.PROMISE_CHANGED: (
        "the promised day was changed",
        " to {promised_on}",
        ": {reason}",
    ),
    EventKind.SUBSTITUTED: (
        "another article is sent instead",
        ": {quantity} of {substitute_sku} for {sku}",
    ),
    EventKind.CUSTOMER_ASKED: ("the customer is asked what to do", ": {reason}"),
    EventKind.CUSTOMER_ANSWERED: ("what to do was decided", ": {choice}, {reason}"),
    EventKind.SHIPMENT_RESOURCED: ("the shipment was sourced again", ": {reason}"),
    EventKind.PICK_STARTED: ("picking began",),
    EventKind.SHORT_PICKED: (
        "fewer were picked",
        ": {quantity} of {sku} missing at {location_id}",
        ", {reason}",
    ),
    EventKind.PACK_ERROR_FOUND: ("a pack error was found", ": {kind}"),
    EventKind.LABEL_MADE: ("the carrier made the label",),
    EventKind.LABEL_REFUSED: ("the carrier refused the label", ": {reason}"),
    EventKind.LABEL_VOIDED: ("the label was voided",),
    EventKind.CARRIER_REPORTED: ("the carrier reported", " {milestone}"),
    EventKind.DEADLINE_MISSED: ("a deadline was missed", ": {stage}, for {owner_role}"),
    EventKind.DEADLINE_ESCALATED: (
        "a deadline was escalated",
        ": {stage}, to {owner_role}",
    ),
    EventKind.DEADLINE_CLEARED: ("an overdue stage was done", ": {stage}"),
    EventKind.EXCEPTION_OPENED: (
        "exception {exception_id} was opened",
        ": {kind}, for {owner_role}",
    ),
    EventKind.EXCEPTION_TAKEN: ("exception {exception_id} was taken",),
    EventKind.EXCEPTION_RESOLVED: (
        "exception {exception_id} was resolved",
        ": {resolution}",
    ),
    EventKind.CANCEL_REQUESTED: ("cancelling was asked for", ": {reason}"),
    EventKind.CANCEL_REFUSED: ("the floor refused to cancel", ": {reason}"),
    EventKind.PUT_BACK_REQUESTED: ("the floor was asked to put the goods back",),
    EventKind.PUT_BACK: ("the goods were put back", ": {units} units"),
    EventKind.CANCELLED: ("the order was cancelled", ": {reason}"),
    EventKind.UNDO_FAILED: ("an undo failed", ": {undo}, {reason}"),
    EventKind.LINES_CHANGED: ("the lines were changed", ": {reason}"),
    EventKind.SHIP_TO_CHANGED: ("the address was changed",),
    EventKind.REFUND_DUE: (
        "a refund is due: {refund_id}",
        ", {amount} {currency}",
        ", {reason}",
    ),
    EventKind.REFUND_CONFIRMED: ("refund {refund_id} was paid",),
    EventKind.SHIPMENT_CANCELLED: ("the shipment was cancelled", ": {reason}"),
    EventKind.MESSAGE_REFUSED: ("{name} was refused", ": {reason}"),
    EventKind.REPEAT_REFUSED: ("a repeat with other content was refused", ": {fields}"),
    EventKind.CLAIM_RECORDED: ("a claim was recorded", ": line {line_no} {kind}"),
    EventKind.HISTORY_CORRECTED: (
        "its history was imported anew: what was said before counts no more",
    ),
    EventKind.KPI_LIMIT_CROSSED: ("a KPI crossed its limit", ": {figure}, {level}"),
}


class TimelineEntry(View):
    """One thing that happened, when it did and when it was written down."""

    event_id: int
    occurred_at: datetime
    recorded_at: datetime
    kind: EventKind
    text: str
    actor: str
    shipment_id: str | None
    data: Mapping[str, object]


def order_timeline(
    connection: Connection, order_id: str, after_event: int = 0
) -> list[TimelineEntry]:
    """Return an order's events as they happened, those after an event if wanted."""
    stored = select(orders.c.order_id).where(orders.c.order_id == order_id)
    if connection.execute(stored).first() is None:
        if not is_imported(connection, order_id):
            raise NotFound(f"no order {order_id} is stored")
        # What an import said before it was corrected counts no more.
        after_event = max(after_event, last_correction(connection, order_id) - 1)
    query = (
        select(
            fulfillment_event.c.fulfillment_event_id.label("event_id"),
            fulfillment_event.c.occurred_at,
            fulfillment_event.c.recorded_at,
            fulfillment_event.c.kind,
            fulfillment_event.c.actor,
            fulfillment_event.c.shipment_id,
            fulfillment_event.c.data,
        )
        .where(
            fulfillment_event.c.order_id == order_id,
            fulfillment_event.c.fulfillment_event_id > after_event,
        )
        .order_by(
            fulfillment_event.c.occurred_at, fulfillment_event.c.fulfillment_event_id
        )
    )
    return [
        TimelineEntry(**row, text=in_words(EventKind(row["kind"]), row["data"]))
        for row in connection.execute(query).mappings()
    ]


def in_words(kind: EventKind, data: Mapping[str, object]) -> str:
    """Say what happened; a part whose facts the event lacks is left out."""
    known = {name: _word(value) for name, value in data.items() if value is not None}
    first, *parts = WORDS[kind]
    told = [_filled(part, known) for part in parts]
    return (_filled(first, known) or kind.value) + "".join(told)


def _filled(part: str, known: Mapping[str, str]) -> str:
    try:
        return part.format_map(known)
    except KeyError:
        return ""


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
