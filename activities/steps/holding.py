"""Holds: placed, lifted one by one, and never released by expiry."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, update

from activities.steps.order_step import OrderStep
from domain.errors import InvalidInput, Refused
from domain.events import EventKind
from domain.orders.status import OrderStatus
from domain.policy import HoldKind, Stage, Step
from messages.order_messages import PlaceHold, ReleaseHold
from messages.order_state import HoldState
from persistence.tables import hold

_RELEASE = (
    update(hold)
    .where(hold.c.hold_id == bindparam("id"))
    .values(
        released_at=bindparam("at"),
        released_by=bindparam("by"),
        release_reason=bindparam("why"),
    )
)
_BEFORE_THE_FLOOR = frozenset(
    {
        OrderStatus.RECEIVED,
        OrderStatus.VERIFYING,
        OrderStatus.VERIFIED,
        OrderStatus.BACKORDERED,
        OrderStatus.ALLOCATED,
    }
)


def place_check_hold(step: OrderStep, kind: HoldKind, reason: str) -> None:
    """Hold the order because a check failed."""
    terms = step.policy.holds[kind]
    expires_at = None
    if terms.expires_after is not None:
        expires_at = step.why.now + terms.expires_after
    placed = HoldState(
        hold_id=_next_id(step),
        kind=kind,
        blocks=[blocked.value for blocked in terms.blocks],
        owner_role=terms.owner_role,
        expires_at=expires_at,
    )
    _place(step, placed, reason)


def place_hold(step: OrderStep, message: PlaceHold) -> str:
    """Hold the order because a person says so."""
    known = {s.value for s in Step}
    for index, blocked in enumerate(message.blocks):
        if blocked not in known:
            raise InvalidInput(f"blocks[{index}]", f"one of {', '.join(sorted(known))}")
    if not message.blocks:
        raise InvalidInput("blocks", "at least one step")
    if message.expires_at is not None and message.expires_at <= step.why.now:
        raise InvalidInput("expires_at", "a moment to come")
    placed = HoldState(
        hold_id=_next_id(step),
        kind=HoldKind.MANUAL,
        blocks=sorted(set(message.blocks)),
        owner_role=message.owner_role,
        expires_at=message.expires_at,
    )
    _place(step, placed, message.reason, message.note_reference)
    return f"hold {placed.hold_id} blocks {', '.join(placed.blocks)}"


def release_hold(step: OrderStep, message: ReleaseHold) -> str:
    """Release one hold, or those of one kind."""
    chosen = [
        h
        for h in step.state.holds
        if (message.hold_id is None or h.hold_id == message.hold_id)
        and (message.kind is None or h.kind == message.kind)
    ]
    is_named = message.hold_id is not None or message.kind is not None
    if not is_named and len(chosen) != 1:
        open_ones = ", ".join(h.hold_id for h in chosen) or "none"
        raise InvalidInput("hold_id", f"one of the open holds: {open_ones}")
    if not chosen:
        raise Refused("there is no such open hold")
    for one in chosen:
        lift_hold(step, one, "released", message.note_reference)
    rest = ", ".join(h.hold_id for h in step.state.holds)
    return f"released {', '.join(h.hold_id for h in chosen)}" + (
        f"; still held by {rest}" if rest else "; nothing holds the order"
    )


def lift_hold(
    step: OrderStep, lifted: HoldState, reason: str, note: str | None = None
) -> None:
    """End a hold and what hangs on it."""
    step.state.holds.remove(lifted)
    step.connection.execute(
        _RELEASE,
        {
            "id": lifted.hold_id,
            "at": step.why.now,
            "by": step.why.actor,
            "why": reason,
        },
    )
    step.record(
        EventKind.HOLD_RELEASED,
        hold_id=lifted.hold_id,
        kind=lifted.kind,
        reason=reason,
        note_reference=note,
    )
    for exception in list(step.state.exceptions):
        if exception.hold_id == lifted.hold_id:
            step.close_exception(exception, reason)
    if not step.state.holds:
        step.disarm(Stage.VERIFY)


def refuse_if_held(step: OrderStep, blocked: Step) -> None:
    """Refuse an act that an open hold blocks, naming the hold."""
    holds = step.state.blocked_by(blocked)
    if holds:
        named = ", ".join(f"{h.hold_id} ({h.kind})" for h in holds)
        raise Refused(f"{blocked} is blocked by hold {named}: release it first")


def _next_id(step: OrderStep) -> str:
    number = step.state.next_hold
    step.state.next_hold += 1
    return f"{step.order_id}.h{number}"


def _place(
    step: OrderStep, placed: HoldState, reason: str, note: str | None = None
) -> None:
    if not step.state.holds and step.state.status in _BEFORE_THE_FLOOR:
        step.arm(Stage.VERIFY)
    step.state.holds.append(placed)
    step.connection.execute(
        insert(hold),
        {
            "hold_id": placed.hold_id,
            "order_id": step.order_id,
            "kind": placed.kind,
            "blocks": placed.blocks,
            "owner_role": placed.owner_role,
            "reason": reason,
            "note_reference": note,
            "placed_at": step.why.now,
            "placed_by": step.why.actor,
            "expires_at": placed.expires_at,
        },
    )
    step.record(
        EventKind.HOLD_PLACED,
        hold_id=placed.hold_id,
        kind=placed.kind,
        blocks=placed.blocks,
        owner_role=placed.owner_role,
    )
