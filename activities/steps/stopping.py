"""When a step cannot go on: Temporal's cancel, a refused label, a failed undo."""

from __future__ import annotations

from activities.steps.cancelling import cancel_what_is_left
from activities.steps.order_step import OrderStep
from activities.steps.planning import plan_shipments
from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.shipments.status import ShipmentStatus
from messages.order_state import LabelState

RUN_CANCELLED = "run_cancelled"


def stop_order(step: OrderStep) -> None:
    """Cancel what has not left; about what has left, ask a person."""
    if step.state.ended:
        return
    if step.state.cancel_reason is None:
        step.record(EventKind.CANCEL_REQUESTED, reason=RUN_CANCELLED)
        cancel_what_is_left(step, RUN_CANCELLED)
    for subject in step.state.shipments:
        if subject.status is ShipmentStatus.HANDED_OVER:
            step.open_exception(
                ExceptionKind.CANCEL_AFTER_HANDOVER,
                f"the run was cancelled while {subject.shipment_id} is on its way",
                shipment_id=subject.shipment_id,
            )
    plan_shipments(step)


def label_refused(step: OrderStep, shipment_id: str, reason: str) -> None:
    """Ask a person about a label that the carrier refused."""
    subject = step.state.shipment(shipment_id)
    if subject is None or subject.label is not LabelState.WANTED:
        return
    subject.label = LabelState.REFUSED
    step.record(EventKind.LABEL_REFUSED, shipment_id, reason=reason)
    step.open_exception(ExceptionKind.LABEL_REFUSED, reason, shipment_id=shipment_id)


def undo_failed(step: OrderStep, undo: str, shipment_id: str, reason: str) -> None:
    """Hand an undo to a person; the order does not wait for it in silence."""
    step.record(EventKind.UNDO_FAILED, shipment_id, undo=undo, reason=reason)
    step.open_exception(
        ExceptionKind.UNDO_FAILED, f"{undo}: {reason}", shipment_id=shipment_id
    )
