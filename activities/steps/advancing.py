"""What follows by itself: allocate, release to the floor, and the order's status."""

from __future__ import annotations

from activities.steps.backorders import source_order
from activities.steps.order_step import OrderStep
from activities.steps.releasing import release_to_floor
from domain.events import EventKind
from domain.policy import HoldKind, Step
from domain.shipments.status import ShipmentStatus


def advance(step: OrderStep, carrier: str) -> None:
    """Do every step that nothing blocks, then let the status follow the shipments."""
    state = step.state
    if state.ended:
        return
    if not state.verified and all(h.kind == HoldKind.MANUAL for h in state.holds):
        state.verified = True
        step.record(EventKind.VERIFIED)
    if not state.sourced and not state.blocked_by(Step.ALLOCATE):
        source_order(step, carrier)
    if not state.blocked_by(Step.RELEASE):
        for subject in state.shipments:
            if subject.status is ShipmentStatus.ALLOCATED:
                release_to_floor(step, subject)
    step.follow_shipments()
