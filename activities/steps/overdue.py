"""What falls due: missed deadlines, their escalation, and holds that expire."""

from __future__ import annotations

from activities.steps.advancing import advance
from activities.steps.cancelling import cancel_what_is_left
from activities.steps.choices import answer_overdue
from activities.steps.order_step import OrderStep
from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.policy import ExpiryAction, HoldKind, Stage
from messages.order_state import DeadlineLevel, DeadlineState, HoldState
from persistence.exceptions import escalate_exception, expire_hold


def reach_due(step: OrderStep, carrier: str) -> None:
    """Do once whatever falls due at or before now, then what follows by itself."""
    for one in list(step.state.holds):
        if not one.expired and one.expires_at and one.expires_at <= step.why.now:
            _expire(step, one)
    for deadline in list(step.state.deadlines):
        if deadline.level is DeadlineLevel.WAITING and deadline.due_at <= step.why.now:
            _miss(step, deadline)
        if (
            deadline.level is DeadlineLevel.MISSED
            and deadline.escalate_at <= step.why.now
        ):
            _escalate(step, deadline)
    answer_overdue(step)
    advance(step, carrier)


def _miss(step: OrderStep, deadline: DeadlineState) -> None:
    deadline.level = DeadlineLevel.MISSED
    terms = step.policy.deadlines[Stage(deadline.stage)]
    step.record(
        EventKind.DEADLINE_MISSED,
        deadline.shipment_id,
        at=deadline.due_at,
        stage=deadline.stage,
        owner_role=terms.owner_role,
    )
    subject = deadline.shipment_id or step.order_id
    step.open_exception(
        ExceptionKind.DEADLINE_MISSED,
        f"{deadline.stage} of {subject} was due at {deadline.due_at.isoformat()}",
        owner_role=terms.owner_role,
        shipment_id=deadline.shipment_id,
        stage=Stage(deadline.stage),
    )


def _escalate(step: OrderStep, deadline: DeadlineState) -> None:
    deadline.level = DeadlineLevel.ESCALATED
    terms = step.policy.deadlines[Stage(deadline.stage)]
    step.record(
        EventKind.DEADLINE_ESCALATED,
        deadline.shipment_id,
        at=deadline.escalate_at,
        stage=deadline.stage,
        owner_role=terms.escalate_to,
    )
    for exception in step.state.exceptions:
        if (exception.stage, exception.shipment_id) == (
            deadline.stage,
            deadline.shipment_id,
        ):
            exception.owner_role = terms.escalate_to
            escalate_exception(
                step.connection,
                exception.exception_id,
                owner_role=terms.escalate_to,
                at=step.why.now,
            )


def _expire(step: OrderStep, one: HoldState) -> None:
    one.expired = True
    expire_hold(step.connection, one.hold_id, at=step.why.now)
    step.record(
        EventKind.HOLD_EXPIRED, at=one.expires_at, hold_id=one.hold_id, kind=one.kind
    )
    terms = step.policy.holds.get(HoldKind(one.kind))
    if terms is not None and terms.when_expired is ExpiryAction.CANCEL_ORDER:
        if step.state.cancel_reason is None:
            cancel_what_is_left(step, f"{one.kind}_expired")
        return
    step.open_exception(
        ExceptionKind.HOLD_EXPIRED,
        f"hold {one.hold_id} ({one.kind}) expired and still stands",
        owner_role=one.owner_role,
        hold_id=one.hold_id,
    )
