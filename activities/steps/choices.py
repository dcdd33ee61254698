"""What is done about missing goods: as agreed, as asked, or as the policy says."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from activities.steps.backorders import (
    add_backorders,
    backordered_units,
    close_backorders,
)
from activities.steps.cancelling import settle_cancel
from activities.steps.elsewhere import last_act
from activities.steps.order_lines import Owed, missing_of
from activities.steps.order_step import OrderStep
from activities.steps.refunding import cancel_units
from domain.errors import InvalidInput
from domain.events import EventKind
from domain.exceptions import HANDLING, ExceptionKind
from domain.policy import CUSTOMER_CHOICES, MissingAct, ShortAct, Step
from domain.shipments.status import BEFORE_HAND_OVER, ShipmentStatus
from domain.shipments.tasks import BackorderStatus
from messages.order_state import ExceptionState, ShipmentState
from persistence.tables import orders

MISSING = "missing"
NO_ANSWER = "no answer in time"
_AGREE = (
    update(orders)
    .where(orders.c.order_id == bindparam("id"))
    .values(when_missing=bindparam("choice"))
)
_OF_LAST_ACT = {
    ShortAct.WAIT: MissingAct.SHIP_AVAILABLE,
    ShortAct.CANCEL: MissingAct.CANCEL_REST,
    ShortAct.ASK: MissingAct.ASK_CUSTOMER,
}
_LEAVES = BEFORE_HAND_OVER | {ShipmentStatus.PUTTING_BACK}


def settle_sourcing(step: OrderStep) -> None:
    """Do what is agreed when not all of an order was there at its sourcing."""
    match _agreed(step) or step.policy.stock.missing.act:
        case MissingAct.CANCEL_REST:
            _cancel_backorders(step)
        case MissingAct.ASK_CUSTOMER:
            _ask_customer(step, None, backordered_units(step))
        case MissingAct.SHIP_AVAILABLE | MissingAct.WAIT_FOR_ALL:
            pass  # what is missing waits; `waits_for_rest` keeps the others back


def settle_shortage(step: OrderStep, subject: ShipmentState, owed: Owed) -> str:
    """Do what is agreed, or the policy's last act, with what no shelf gave."""
    if not owed:
        return ""
    act = _agreed(step) or _OF_LAST_ACT[last_act(step)]
    if step.state.cancel_reason is not None:
        act = MissingAct.CANCEL_REST
    elif step.state.blocked_by(Step.ALLOCATE):
        # Nobody has looked elsewhere: the release of the hold does.
        act = MissingAct.SHIP_AVAILABLE
    before = owed.total()
    if act is MissingAct.CANCEL_REST:
        owed = _cancel_owed(step, owed)
    add_backorders(step, missing_of(owed))
    if act is MissingAct.ASK_CUSTOMER:
        _ask_customer(step, subject.shipment_id, owed)
    _end_if_nothing_left(step)
    told = [
        f"; {units} units are {what}"
        for units, what in (
            (owed.total(), "owed again"),
            (before - owed.total(), "cancelled"),
        )
        if units
    ]
    return "".join(told)


def waits_for_rest(step: OrderStep) -> bool:
    """Say whether nothing goes to the floor while something is missing."""
    if not step.state.backordered:
        return False
    if any(_is_question(x) and x.shipment_id is None for x in step.state.exceptions):
        return True
    act = _agreed(step) or step.policy.stock.missing.act
    return act is MissingAct.WAIT_FOR_ALL


def choice_of(resolution: str) -> MissingAct:
    """Return what a customer chose; refuse what is no answer."""
    for choice in CUSTOMER_CHOICES:
        if resolution == choice:
            return choice
    raise InvalidInput("resolution", f"one of {', '.join(CUSTOMER_CHOICES)}")


def choose(step: OrderStep, choice: MissingAct, reason: str) -> None:
    """Do what was chosen; what is missing of the order later follows it too."""
    step.record(EventKind.CUSTOMER_ANSWERED, choice=choice, reason=reason)
    step.connection.execute(_AGREE, {"id": step.order_id, "choice": choice})
    step.forget_stored()
    if choice is MissingAct.CANCEL_REST:
        _cancel_backorders(step)


def answer_overdue(step: OrderStep) -> None:
    """Do the default of a question that nobody has answered in time."""
    for question in list(step.state.exceptions):
        if _is_question(question) and _is_due(step, question):
            default = choice_of(question.default or "")
            step.close_exception(question, default)
            choose(step, default, NO_ANSWER)


def _agreed(step: OrderStep) -> MissingAct | None:
    agreed = step.order.when_missing
    return MissingAct(agreed) if agreed else None


def _is_question(exception: ExceptionState) -> bool:
    return exception.kind is ExceptionKind.CUSTOMER_CHOICE


def _is_due(step: OrderStep, question: ExceptionState) -> bool:
    return question.due_at is not None and question.due_at <= step.why.now


def _ask_customer(step: OrderStep, shipment_id: str | None, owed: Owed) -> None:
    """Ask once: what goes missing while the question is open is part of it."""
    if not owed or any(_is_question(x) for x in step.state.exceptions):
        return
    terms = step.policy.stock.missing
    due_at = step.why.now + terms.ask_within
    told = ", ".join(
        f"{quantity} of {sku} (line {line_no})"
        for (line_no, sku), quantity in sorted(owed.items())
    )
    kind = ExceptionKind.CUSTOMER_CHOICE
    step.add_exception(
        ExceptionState(
            exception_id=step.next_exception_id,
            kind=kind,
            owner_role=HANDLING[kind].owner_role,
            cause=f"missing: {told}; without an answer by "
            f"{due_at:%Y-%m-%d %H:%M} UTC: {terms.default_act}",
            shipment_id=shipment_id,
            due_at=due_at,
            default=terms.default_act,
        )
    )
    step.record(EventKind.CUSTOMER_ASKED, shipment_id, reason=f"missing: {told}")


def _cancel_backorders(step: OrderStep) -> None:
    """Cancel all that waits for stock, and the order if nothing else is left."""
    owed = backordered_units(step)
    close_backorders(step, BackorderStatus.CANCELLED)
    add_backorders(step, missing_of(_cancel_owed(step, owed)), is_new=False)
    _end_if_nothing_left(step)


def _cancel_owed(step: OrderStep, owed: Owed) -> Owed:
    """Cancel whole units of the lines; return the rest, parts of begun bundles.

    The other parts of such a bundle may be picked: only a cancel of the order puts
    them back.
    """
    rest = Owed(owed)
    units: dict[int, int] = {}
    for line_no in sorted({line_no for line_no, _ in owed}):
        parts = step.parts[line_no]
        units[line_no] = min(owed[line_no, sku] // each for sku, each in parts)
        for sku, each in parts:
            rest[line_no, sku] -= units[line_no] * each
    cancel_units(step, units, MISSING)
    return +rest


def _end_if_nothing_left(step: OrderStep) -> None:
    state = step.state
    if state.backordered or any(s.status in _LEAVES for s in state.shipments):
        return
    settle_cancel(step, MISSING)
