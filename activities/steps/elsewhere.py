"""What a shelf did not give is sought elsewhere, in the order of the policy's acts.

It ends: each act allocates units that are free somewhere or gives up, and a place that
failed is not asked again for the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import bindparam, select

from activities.steps.order_lines import Owed, demands_of_owed, owed_of
from activities.steps.order_step import OrderStep
from activities.steps.sourcing import allocate
from activities.steps.substituting import substitute
from domain.policy import ShortAct, Step
from domain.policy.stock_terms import LAST_ACTS
from messages.order_state import ShipmentState
from persistence.tables import warehouse

_OTHER_WAREHOUSES = (
    select(warehouse.c.warehouse_id)
    .where(warehouse.c.warehouse_id != bindparam("here"))
    .order_by(warehouse.c.warehouse_id)
)


def fill_elsewhere(
    step: OrderStep, subject: ShipmentState, owed: Owed, carrier: str
) -> Owed:
    """Try the policy's acts in their order; return what none of them could fill."""
    if step.state.cancel_reason is not None or step.state.blocked_by(Step.ALLOCATE):
        return owed
    for act in _trying(step):
        if owed:
            owed = _ACTS[act](step, subject, owed, carrier)
    return owed


def last_act(step: OrderStep) -> ShortAct:
    """Return what the policy does with units that nothing could fill."""
    return next(act for act in step.policy.stock.short_acts if act in LAST_ACTS)


def _trying(step: OrderStep) -> Sequence[ShortAct]:
    acts = step.policy.stock.short_acts
    return acts[: acts.index(last_act(step))]


def _reallocate(
    step: OrderStep, subject: ShipmentState, owed: Owed, carrier: str
) -> Owed:
    """Let the picker go on to other bins of the same warehouse."""
    plan = allocate(
        step,
        demands_of_owed(step.parts, owed),
        carrier,
        into=subject,
    )
    return owed_of(plan.missing)


def _substitute(
    step: OrderStep, subject: ShipmentState, owed: Owed, carrier: str
) -> Owed:
    here = subject.warehouse_id
    return substitute(step, owed, carrier, warehouse_id=here, into=subject)


def _split(step: OrderStep, subject: ShipmentState, owed: Owed, carrier: str) -> Owed:
    """Let another warehouse send it, or send instead what may be sent instead."""
    asked = {"here": subject.warehouse_id}
    others = list(step.connection.execute(_OTHER_WAREHOUSES, asked).scalars())
    if not others:
        return owed
    before = len(step.state.shipments)
    demands = demands_of_owed(step.parts, owed)
    plan = allocate(step, demands, carrier, warehouse_ids=frozenset(others))
    owed = owed_of(plan.missing)
    if ShortAct.SUBSTITUTE not in _trying(step):
        return owed
    opened = {s.warehouse_id: s for s in step.state.shipments[before:]}
    # What goes from one warehouse anyway goes in one parcel.
    for warehouse_id in sorted(others, key=lambda each: (each not in opened, each)):
        if owed:
            into = opened.get(warehouse_id)
            owed = substitute(step, owed, carrier, warehouse_id=warehouse_id, into=into)
    return owed


_Act = Callable[[OrderStep, ShipmentState, Owed, str], Owed]
_ACTS: dict[ShortAct, _Act] = {
    ShortAct.REALLOCATE: _reallocate,
    ShortAct.SUBSTITUTE: _substitute,
    ShortAct.SPLIT: _split,
}
