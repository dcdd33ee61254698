"""What follows by itself: allocate, release to the floor, and the order's status."""

from __future__ import annotations

from activities.steps.backorders import source_order
from activities.steps.choices import settle_sourcing, waits_for_rest
from activities.steps.order_step import OrderStep
from activities.steps.planning import plan_shipments
from activities.steps.promising import promise
from activities.steps.releasing import goes_by_itself, release_to_floor
from domain.events import EventKind
from domain.policy import HoldKind, Step


def advance(step: OrderStep, carrier: str) -> None:
    """Do every step that nothing blocks, then let the status follow the shipments."""
    state = step.state
    if state.ended:
        plan_shipments(step)
        return
    if not state.verified and all(h.kind == HoldKind.MANUAL for h in state.holds):
        state.verified = True
        step.record(EventKind.VERIFIED)
    if not state.sourced and not state.blocked_by(Step.ALLOCATE):
        source_order(step, carrier)
        if state.backordered:
            settle_sourcing(step)
    plan_shipments(step)
    if not state.blocked_by(Step.RELEASE) and not waits_for_rest(step):
        for subject in state.shipments:
            if goes_by_itself(step, subject):
                release_to_floor(step, subject)
    step.follow_shipments()
    promise(step)
