"""Hand-over and delivery: goods leave; the carrier's word is an axis of its own."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from activities.steps.holding import refuse_if_held
from activities.steps.order_step import OrderStep
from activities.steps.refunding import owe_refund, shipped_lines
from activities.steps.stations import at_station
from domain.errors import InvalidInput, Refused
from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.policy import Stage, Step
from domain.shipments.status import ShipmentStatus
from domain.stock.movements import MovementKind, staging_location_of
from domain.tracking import (
    BEFORE_HANDOVER,
    TROUBLE,
    Milestone,
    TrackingEvent,
    first_at,
    latest_milestone,
)
from messages.fitting import fitting_shipment
from messages.names import UpdateName
from messages.order_messages import CarrierEvent, ConfirmDelivery, ConfirmHandover
from messages.order_state import LabelState, ShipmentState
from persistence.stock import (
    Movement,
    apply_movements,
    levels_at,
    record_movements,
)
from persistence.stock_value import priced, value_out
from persistence.tables import allocation, shipment, tracking_event

_STAGED = (
    select(
        allocation.c.allocation_id,
        allocation.c.line_no,
        allocation.c.sku,
        allocation.c.picked_quantity,
    )
    .where(
        allocation.c.shipment_id == bindparam("shipment_id"),
        allocation.c.picked_quantity > 0,
    )
    .order_by(allocation.c.allocation_id)
)
_SHIPPED = (
    update(allocation)
    .where(allocation.c.shipment_id == bindparam("id"))
    .values(
        shipped_quantity=allocation.c.shipped_quantity + allocation.c.picked_quantity,
        picked_quantity=0,
    )
)
_HANDED_OVER = (
    update(shipment)
    .where(shipment.c.shipment_id == bindparam("id"))
    .values(handed_over_at=bindparam("at"), tracking_number=bindparam("number"))
)
_DELIVERED = (
    update(shipment)
    .where(shipment.c.shipment_id == bindparam("id"))
    .values(delivered_at=bindparam("at"), proof_reference=bindparam("proof"))
)
_MILESTONE = (
    update(shipment)
    .where(shipment.c.shipment_id == bindparam("id"))
    .values(milestone=bindparam("latest"))
)
_TRACKED = select(
    tracking_event.c.carrier_event_id,
    tracking_event.c.milestone,
    tracking_event.c.occurred_at,
).where(tracking_event.c.shipment_id == bindparam("shipment_id"))
_NUMBER = select(shipment.c.tracking_number).where(
    shipment.c.shipment_id == bindparam("shipment_id")
)

# The carrier has or had the goods, whatever we have recorded.
_SEEN_BY_CARRIER = frozenset(Milestone) - BEFORE_HANDOVER - {Milestone.ADDRESS_REFUSED}


def confirm_handover(step: OrderStep, message: ConfirmHandover) -> str:
    """Give the shipment to its carrier: its goods leave the stock."""
    subject = fitting_shipment(
        step.state, UpdateName.CONFIRM_HANDOVER, message.shipment_id
    )
    refuse_if_held(step, Step.HAND_OVER)
    if subject.label is not LabelState.MADE:
        raise Refused(f"{subject.shipment_id} has no label: {subject.label}")
    number = message.tracking_number or subject.tracking_number
    if number is None:
        raise InvalidInput("tracking_number", f"the number {subject.carrier} gave")
    if subject.tracking_number not in (None, number):
        raise InvalidInput("tracking_number", "the number of the shipment's label")
    _hand_over(step, subject, number, message)
    return f"{subject.shipment_id} is with {subject.carrier} as {number}"


def confirm_delivery(step: OrderStep, message: ConfirmDelivery) -> str:
    """Take a person's word that the shipment reached its door."""
    subject = fitting_shipment(
        step.state, UpdateName.CONFIRM_DELIVERY, message.shipment_id
    )
    _deliver(step, subject, step.why.occurred_at, message.proof_reference)
    return f"{subject.shipment_id} is delivered"


def carrier_event(step: OrderStep, message: CarrierEvent) -> str:
    """Record what the carrier says; trouble becomes work for a person."""
    subject = _shipment_of(step, message)
    asked = {"shipment_id": subject.shipment_id}
    event_id = message.event_id or message.message_id
    known = [
        TrackingEvent(
            event_id=row.carrier_event_id,
            milestone=Milestone(row.milestone),
            occurred_at=row.occurred_at,
        )
        for row in step.connection.execute(_TRACKED, asked)
    ]
    if any(event.event_id == event_id for event in known):
        return "already recorded"
    _store(step, subject, message, event_id)
    told = TrackingEvent(
        event_id=event_id, milestone=message.milestone, occurred_at=message.occurred_at
    )
    latest = latest_milestone([*known, told]) or message.milestone
    if latest != subject.milestone:
        subject.milestone = latest
        step.connection.execute(
            _MILESTONE, {"id": subject.shipment_id, "latest": latest}
        )
    _note_first_scan(step, subject, known, told)
    _act_on(step, subject, message)
    return f"{subject.shipment_id}: {message.milestone}"


def close_undelivered(step: OrderStep, subject: ShipmentState) -> None:
    """End a shipment that is lost or came back, as a person decided."""
    step.set_shipment_status(subject, ShipmentStatus.UNDELIVERED)
    step.disarm_shipment(subject.shipment_id)
    owe_refund(step, shipped_lines(step, subject.shipment_id), "not_delivered")


def _shipment_of(step: OrderStep, message: CarrierEvent) -> ShipmentState:
    for subject in step.state.shipments:
        if message.shipment_id == subject.shipment_id or (
            message.shipment_id is None
            and message.tracking_number is not None
            and message.tracking_number == subject.tracking_number
        ):
            return subject
    live = [s for s in step.state.shipments if s.status is not ShipmentStatus.CANCELLED]
    unnamed = message.shipment_id is None and message.tracking_number is None
    if unnamed and len(live) == 1:
        return live[0]
    raise Refused("shipment_id or tracking_number: one of this order's shipments")


def _store(
    step: OrderStep, subject: ShipmentState, message: CarrierEvent, event_id: str
) -> None:
    step.connection.execute(
        insert(tracking_event),
        {
            "shipment_id": subject.shipment_id,
            "carrier_event_id": event_id,
            "milestone": message.milestone,
            "place": message.place,
            "occurred_at": message.occurred_at,
            "recorded_at": step.why.recorded_at,
        },
    )
    step.record(
        EventKind.CARRIER_REPORTED,
        subject.shipment_id,
        at=message.occurred_at,
        milestone=message.milestone,
    )


def _note_first_scan(
    step: OrderStep,
    subject: ShipmentState,
    known: list[TrackingEvent],
    told: TrackingEvent,
) -> None:
    if first_at(known, _SEEN_BY_CARRIER) is None and told.milestone in _SEEN_BY_CARRIER:
        step.record(EventKind.FIRST_SCAN, subject.shipment_id, at=told.occurred_at)


def _act_on(step: OrderStep, subject: ShipmentState, message: CarrierEvent) -> None:
    seen = message.milestone in _SEEN_BY_CARRIER
    if seen and subject.status is ShipmentStatus.PACKED:
        # The label may be stored though the run has not heard of it yet.
        number = subject.tracking_number or _stored_number(step, subject)
        if number is not None:
            # The carrier has scanned it: the hand-over happened, though nobody said so.
            _hand_over(step, subject, number, message)
    if subject.status is not ShipmentStatus.HANDED_OVER:
        return
    if message.milestone is Milestone.DELIVERED:
        _deliver(step, subject, message.occurred_at, None)
    elif message.milestone in TROUBLE:
        step.open_exception(
            ExceptionKind.DELIVERY_TROUBLE,
            f"{subject.carrier} reports {message.milestone}",
            shipment_id=subject.shipment_id,
        )


def _stored_number(step: OrderStep, subject: ShipmentState) -> str | None:
    number: str | None = step.connection.execute(
        _NUMBER, {"shipment_id": subject.shipment_id}
    ).scalar_one()
    return number


def _hand_over(
    step: OrderStep,
    subject: ShipmentState,
    number: str,
    message: ConfirmHandover | CarrierEvent,
) -> None:
    taken = _take_out(step, subject)
    step.connection.execute(_SHIPPED, {"id": subject.shipment_id})
    step.connection.execute(
        _HANDED_OVER,
        {"id": subject.shipment_id, "at": step.why.occurred_at, "number": number},
    )
    subject.tracking_number = number
    step.set_shipment_status(subject, ShipmentStatus.HANDED_OVER)
    step.record(
        EventKind.HANDED_OVER,
        subject.shipment_id,
        carrier=subject.carrier,
        inferred=isinstance(message, CarrierEvent),
        units=sum(taken.values()),
        lines=len(taken),
        **at_station(message),
    )
    step.disarm(Stage.HAND_OVER, subject.shipment_id)
    step.arm(Stage.DELIVER, subject)


def _take_out(step: OrderStep, subject: ShipmentState) -> Counter[int]:
    """Take a shipment's goods out of the stock and its value; return units by line."""
    asked = {"shipment_id": subject.shipment_id}
    staged = list(step.connection.execute(_STAGED, asked))
    place = staging_location_of(subject.warehouse_id)
    levels = levels_at(step.connection, place, [row.sku for row in staged])
    movements = [
        Movement(
            stock_level_id=levels[row.sku],
            kind=MovementKind.SHIPPED,
            on_hand=-row.picked_quantity,
            allocated=-row.picked_quantity,
            shipment_id=subject.shipment_id,
        )
        for row in staged
    ]
    apply_movements(step.connection, movements)
    units: Counter[str] = Counter()
    for row in staged:
        units[row.sku] += row.picked_quantity
    costs = value_out(step.connection, subject.warehouse_id, units)
    outgoing = [
        priced(movement, costs[row.sku])
        for row, movement in zip(staged, movements, strict=True)
    ]
    record_movements(step.connection, outgoing, step.movement_cause())
    lines: Counter[int] = Counter()
    for row in staged:
        lines[row.line_no] += row.picked_quantity
    return lines


def _deliver(
    step: OrderStep, subject: ShipmentState, at: datetime, proof: str | None
) -> None:
    step.connection.execute(
        _DELIVERED, {"id": subject.shipment_id, "at": at, "proof": proof}
    )
    step.set_shipment_status(subject, ShipmentStatus.DELIVERED)
    step.record(EventKind.DELIVERED, subject.shipment_id, at=at)
    step.disarm_shipment(subject.shipment_id)
    for exception in list(step.state.exceptions):
        if exception.shipment_id == subject.shipment_id:
            step.close_exception(exception, "delivered")
