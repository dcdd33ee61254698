"""Setting right what waited: exceptions, unknown articles, missing stock, releases."""

from __future__ import annotations

from activities.contact_checks import ContactChecks
from activities.steps.backorders import add_backorders, fill_backorders
from activities.steps.choices import choice_of, choose
from activities.steps.holding import refuse_if_held, release_hold
from activities.steps.order_step import OrderStep
from activities.steps.own_reservations import pass_shares_on
from activities.steps.releasing import drop_shipment, release_to_floor
from activities.steps.shipping import close_undelivered
from activities.steps.sourcing import allocated_units
from activities.steps.verifying import verify_order
from domain.errors import Refused
from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.policy import CheckName, HoldKind, Step
from domain.shipments.status import ShipmentStatus
from domain.stock.sourcing import MissingStock
from messages.fitting import fitting_shipment
from messages.names import UpdateName
from messages.order_messages import (
    ReleaseHold,
    ReleaseShipment,
    ResolveException,
    ResourceShipment,
    StockArrived,
)
from messages.order_state import ExceptionState, LabelState
from persistence.capture import name_article
from persistence.catalog import find_articles
from persistence.freezing import stands_in_frozen_place

# The resolution by which a person ends a shipment that will not arrive.
CLOSED = "closed"
FREE_STOCK = "from free stock"


def resolve_exception(step: OrderStep, message: ResolveException) -> str:
    """Close an exception and do what its kind asks for."""
    found = next(
        (x for x in step.state.exceptions if x.exception_id == message.exception_id),
        None,
    )
    if found is None:
        raise Refused("exception_id: the order has no such open exception")
    is_question = found.kind is ExceptionKind.CUSTOMER_CHOICE
    choice = choice_of(message.resolution) if is_question else None
    step.close_exception(found, message.resolution, message.note_reference)
    if choice is not None:
        choose(step, choice, "the customer's answer")
    _follow_up(step, found, message.resolution)
    return f"{found.exception_id} is resolved: {message.resolution}"


def _follow_up(step: OrderStep, found: ExceptionState, resolution: str) -> None:
    subject = step.state.shipment(found.shipment_id or "")
    if subject is None:
        return
    if (
        found.kind is ExceptionKind.LABEL_REFUSED
        and subject.label is LabelState.REFUSED
    ):
        subject.label = LabelState.WANTED
    trouble = found.kind is ExceptionKind.DELIVERY_TROUBLE and resolution == CLOSED
    if trouble and subject.status is ShipmentStatus.HANDED_OVER:
        close_undelivered(step, subject)


def name_unknown_articles(step: OrderStep, message: ReleaseHold) -> None:
    """Look unknown articles up again when their hold is to be released.

    Raises `Refused` while one is still unknown: it could not be picked.
    """
    held = [h for h in step.state.holds if h.kind == HoldKind.KNOWN_SKU]
    named = [
        h
        for h in held
        if message.hold_id in (None, h.hold_id) and message.kind in (None, h.kind)
    ]
    if not named:
        return
    unknown = [line for line in step.lines if line.sku is None and line.wanted]
    articles = find_articles(
        step.connection, step.order.source, [line.ordered_sku for line in unknown]
    )
    still = [line for line in unknown if line.ordered_sku not in articles]
    if still:
        told = ", ".join(f"line {line.line_no}" for line in still)
        raise Refused(
            f"still unknown: {told}; import an alias for this source, "
            "or remove the line with change_lines"
        )
    for line in unknown:
        name_article(
            step.connection, step.order_id, line.line_no, articles[line.ordered_sku]
        )
    step.forget_stored()


def release_shipment(step: OrderStep, message: ReleaseShipment) -> str:
    """Put an allocated shipment on the floor."""
    subject = fitting_shipment(
        step.state, UpdateName.RELEASE_SHIPMENT, message.shipment_id
    )
    refuse_if_held(step, Step.RELEASE)
    release_to_floor(step, subject)
    return f"{subject.shipment_id} is on the floor"


def resource_shipment(step: OrderStep, message: ResourceShipment, carrier: str) -> str:
    """Give up a shipment nobody has picked for, and allocate its units again.

    A hold keeps it as it is, unless its place is frozen: then its units are owed until
    the hold is released.
    """
    subject = fitting_shipment(
        step.state, UpdateName.RESOURCE_SHIPMENT, message.shipment_id
    )
    is_blocked = bool(step.state.blocked_by(Step.ALLOCATE))
    if is_blocked and not stands_in_frozen_place(step.connection, subject.shipment_id):
        refuse_if_held(step, Step.ALLOCATE)
    waiting = step.state.backordered
    owed = allocated_units(step, subject.shipment_id)
    drop_shipment(step, subject)
    add_backorders(
        step,
        [
            MissingStock(line_no=line_no, sku=sku, quantity=quantity)
            for (line_no, sku), quantity in owed.items()
        ],
        is_new=False,
    )
    step.record(
        EventKind.SHIPMENT_RESOURCED, subject.shipment_id, reason=message.reason
    )
    if not is_blocked:
        fill_backorders(step, carrier)
    missing = step.state.backordered - waiting
    if missing > 0:
        step.record(EventKind.BACKORDERED, units=missing)
    return f"{subject.shipment_id} is given up and its units are sourced again"


def stock_arrived(
    step: OrderStep, message: StockArrived, contacts: ContactChecks, carrier: str
) -> str:
    """Fill backorders from what is kept for the order, then from what is free.

    What it cannot use is passed on to those behind it.
    """
    if any(h.kind == HoldKind.AVAILABILITY for h in step.state.holds):
        verify_order(step, contacts, frozenset({CheckName.AVAILABILITY}))
    is_blocked = bool(step.state.blocked_by(Step.ALLOCATE))
    if is_blocked:
        pass_shares_on(step)
        return "a hold keeps the order from allocation"
    filled = fill_backorders(step, carrier, found=FREE_STOCK)
    return f"{filled} backordered units are allocated"


def release_and_source(step: OrderStep, message: ReleaseHold, carrier: str) -> str:
    """Release holds; what came in while one kept the order from it is taken now."""
    name_unknown_articles(step, message)
    was_blocked = step.state.blocked_by(Step.ALLOCATE)
    told = release_hold(step, message)
    if was_blocked and not step.state.blocked_by(Step.ALLOCATE):
        fill_backorders(step, carrier, found=FREE_STOCK)
    return told
