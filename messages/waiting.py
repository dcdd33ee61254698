"""In words: what an order waits for, since when, until when, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.exceptions import ExceptionKind
from domain.orders.status import OrderStatus
from domain.policy import CUSTOMER_CHOICES
from domain.shipments.status import ShipmentStatus
from messages.order_state import (
    ExceptionState,
    LabelState,
    OrderState,
    ShipmentState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What an order waits for, and the act that ends the wait."""

    waits_for: str
    what_to_do: str
    since: datetime
    until: datetime | None


_SHIPMENT_WAITS: Mapping[ShipmentStatus, tuple[str, str]] = {
    ShipmentStatus.ALLOCATED: (
        "release to the floor",
        "release its holds, or send release_shipment",
    ),
    ShipmentStatus.RELEASED: ("pick", "pick it and send confirm_pick"),
    ShipmentStatus.PICKING: ("rest of the pick", "pick the rest and send confirm_pick"),
    ShipmentStatus.PICKED: ("pack", "pack it and send confirm_pack"),
    ShipmentStatus.PACKED: (
        "hand-over",
        "give it to the carrier and send confirm_handover",
    ),
    ShipmentStatus.HANDED_OVER: (
        "delivery",
        "nothing: the carrier reports it, or send confirm_delivery",
    ),
    ShipmentStatus.PUTTING_BACK: (
        "put-back",
        "put the goods back and send confirm_put_back",
    ),
}
_LABEL_WAITS: Mapping[LabelState, tuple[str, str]] = {
    LabelState.WANTED: ("label", "nothing: the carrier is asked until it answers"),
    LabelState.REFUSED: (
        "label",
        "correct what the carrier refused, then send resolve_exception",
    ),
}
_HOW_TO_ANSWER = (
    "ask the customer, then send resolve_exception with one of "
    + ", ".join(CUSTOMER_CHOICES)
)


def waiting_of(state: OrderState) -> Waiting:
    """Say what an order waits for now."""
    waits, act = _waits_for(state)
    return Waiting(
        waits_for=waits,
        what_to_do=act,
        since=state.status_since,
        until=None if state.ended else state.next_due(),
    )


def _waits_for(state: OrderState) -> tuple[str, str]:
    if state.ended:
        return "nothing", f"nothing: the order is {state.status}"
    if state.status is OrderStatus.RECEIVED:
        return "verification", "nothing: a worker takes it"
    question = _question(state)
    is_kept = bool(state.holds) or (question is not None and not question.shipment_id)
    parts = [
        (s, *shipment_waits_for(s))
        for s in state.shipments
        # What only holds or a question keep from the floor waits for them, said below.
        if _is_live(s) and (_is_started(s) or not is_kept)
    ]
    texts = [f"{waits} of {s.shipment_id}" for s, waits, _ in parts]
    acts = [act for _, _, act in parts]
    if state.holds and not any(_is_started(s) for s in state.shipments):
        kinds = ", ".join(hold.kind for hold in state.holds)
        texts.insert(0, f"release of holds: {kinds}")
        acts.insert(0, "mend the cause, or send release_hold for each")
    if question is not None:
        texts.insert(0, _answer_awaited(question))
        acts.insert(0, _HOW_TO_ANSWER)
    if state.backordered:
        texts.append(f"stock for {state.backordered} units")
        acts.append("receive stock, or send change_lines or cancel_order")
    return "; ".join(texts) or "nothing", "; ".join(dict.fromkeys(acts)) or "nothing"


def _question(state: OrderState) -> ExceptionState | None:
    """Return what the customer is asked about missing goods, if anything."""
    return next(
        (x for x in state.exceptions if x.kind is ExceptionKind.CUSTOMER_CHOICE), None
    )


def _answer_awaited(question: ExceptionState) -> str:
    if question.due_at is None:
        return "the customer's answer"
    return (
        f"the customer's answer by {question.due_at:%Y-%m-%d %H:%M} UTC, "
        f"else {question.default}"
    )


def shipment_waits_for(shipment: ShipmentState) -> tuple[str, str]:
    """Say what one live shipment waits for, and what to do."""
    if shipment.status is ShipmentStatus.PACKED and shipment.label in _LABEL_WAITS:
        return _LABEL_WAITS[shipment.label]
    if shipment.status is ShipmentStatus.ALLOCATED and shipment.release_at is not None:
        return (
            f"release on {shipment.ship_on} (first day with room)",
            "nothing: it goes to the floor that day; or send release_shipment",
        )
    return _SHIPMENT_WAITS[shipment.status]


def _is_live(shipment: ShipmentState) -> bool:
    return shipment.status in _SHIPMENT_WAITS


def _is_started(shipment: ShipmentState) -> bool:
    return _is_live(shipment) and shipment.status is not ShipmentStatus.ALLOCATED
