"""The run's first step: capture if need be, verify, allocate, release."""

from __future__ import annotations

from collections.abc import Mapping

from activities.contact_checks import ContactChecks
from activities.steps.advancing import advance
from activities.steps.holding import lift_hold
from activities.steps.order_step import OrderStep, write_policy
from activities.steps.refunding import cancel_units
from activities.steps.verifying import is_rejected, verify_order
from domain.errors import InvalidInput, NotFound
from domain.events import EventKind
from domain.identity import order_id_of
from domain.orders.status import OrderStatus
from domain.policy import FulfillmentPolicy
from messages.order_document import (
    OrderDocument,
    differing_fields,
    parse_order_document,
)
from messages.order_steps import OpenOrderResult
from persistence.capture import (
    CapturedOrder,
    is_stored,
    store_order,
    stored_document,
)


def open_order(
    step: OrderStep,
    document: Mapping[str, object] | None,
    *,
    policy: FulfillmentPolicy,
    contacts: ContactChecks,
    carrier: str,
) -> OpenOrderResult:
    """Take the order up and do whatever nothing blocks."""
    if document is not None:
        _capture(step, document, policy)
    elif not is_stored(step.connection, step.order_id):
        raise NotFound(
            f"no order {step.order_id} is stored, and no document came along"
        )
    order = step.order
    step.state.service_level = order.service_level
    step.state.lines = len(step.lines)
    step.record(EventKind.PLACED, at=order.placed_at, channel=order.channel)
    results = verify_order(step, contacts)
    if is_rejected(results):
        _reject(step, ", ".join(r.check for r in results if r.outcome == "reject"))
    else:
        advance(step, carrier)
    return OpenOrderResult(
        state=step.save(),
        source=order.source,
        channel=order.channel,
        service_level=order.service_level,
        placed_at=order.placed_at,
    )


def _capture(
    step: OrderStep, raw: Mapping[str, object], policy: FulfillmentPolicy
) -> None:
    document = parse_order_document(raw)
    if document.number is None:
        raise InvalidInput("number", "needed when a run is started directly")
    if order_id_of(document.source, document.number) != step.order_id:
        raise InvalidInput(
            "order_id", "the run's id must be made of the document's source and number"
        )
    kept = policy.snapshot(source=document.source, service_level=document.service_level)
    captured = CapturedOrder(
        order_id=step.order_id,
        number=document.number,
        document=document,
        policy=write_policy(kept),
        received_at=step.why.now,
    )
    if not store_order(step.connection, captured):
        _refuse_other_content(step, document)


def _refuse_other_content(step: OrderStep, document: OrderDocument) -> None:
    first = stored_document(step.connection, step.order_id)
    fields = differing_fields(first, document) if first else []
    if fields:
        step.record(EventKind.REPEAT_REFUSED, fields=fields)


def _reject(step: OrderStep, checks: str) -> None:
    lines = step.lines
    cancel_units(step, {line.line_no: line.wanted for line in lines}, "rejected")
    step.record(EventKind.REJECTED, checks=checks)
    for one in list(step.state.holds):
        lift_hold(step, one, "order_rejected")
    step.set_status(OrderStatus.REJECTED)
