"""Sourcing: take what is free where the rules say, and keep the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select

from activities.steps.allocating import open_shipments
from activities.steps.order_step import OrderStep
from activities.steps.planning import earliest_deliveries
from domain.events import EventKind
from domain.stock.sourcing import (
    LineDemand,
    SourcingFacts,
    SourcingPlan,
    plan_sourcing,
)
from messages.order_state import ShipmentState
from persistence.backlog import wake_later
from persistence.sourcing import destination_of, service_facts, store_decision
from persistence.stock import free_stock, take_stock
from persistence.tables import allocation

# A lost race re-plans on fresh figures; then the rest waits for stock.
MOST_PLANS = 5

_PROMISED = select(
    allocation.c.line_no, allocation.c.sku, allocation.c.open_quantity
).where(
    allocation.c.shipment_id == bindparam("shipment_id"), allocation.c.open_quantity > 0
)


def allocate(
    step: OrderStep,
    demands: Sequence[LineDemand],
    carrier: str,
    *,
    warehouse_ids: frozenset[str] | None = None,
    into: ShipmentState | None = None,
) -> SourcingPlan:
    """Take stock for the demand; open a shipment for each warehouse it comes from.

    Only from these warehouses, if some are named; or only from the warehouse of a
    shipment that is still open, and into it.
    """
    if into is not None:
        warehouse_ids = frozenset({into.warehouse_id})
    skus = [sku for demand in demands for sku, _ in demand.parts]
    plan = SourcingPlan(allocations=(), missing=())
    for _ in range(MOST_PLANS):
        plan = _plan(step, demands, skus, warehouse_ids)
        wanted: Counter[int] = Counter()
        for planned in plan.allocations:
            wanted[planned.stock.stock_level_id] += planned.quantity
        if take_stock(step.connection, wanted):
            break
    else:
        plan = plan_sourcing(demands, [])
        at, cause = step.why.recorded_at, step.why.cause
        wake_later(step.connection, step.order_id, skus, cause=cause, at=at)
    _explain(step, plan)
    open_shipments(step, plan.allocations, carrier, into=into)
    return plan


def warehouse_facts(step: OrderStep, warehouse_ids: Iterable[str]) -> SourcingFacts:
    """Return what the rules look at beside the stock, for this order's customer."""
    ids = sorted(set(warehouse_ids))
    to = destination_of(step.connection, step.order.ship_to_address_id)
    facts = service_facts(step.connection, ids, to)
    asked_for_on = step.order.asked_for_on
    if asked_for_on is not None:
        serving = [each for each in ids if facts[each].serves]
        for warehouse_id, day in earliest_deliveries(step, serving).items():
            facts[warehouse_id] = replace(facts[warehouse_id], earliest_delivery=day)
    return SourcingFacts(warehouses=facts, asked_for_on=asked_for_on)


def _plan(
    step: OrderStep,
    demands: Sequence[LineDemand],
    skus: Sequence[str],
    warehouse_ids: frozenset[str] | None,
) -> SourcingPlan:
    levels = free_stock(step.connection, skus, order_id=step.order_id) if skus else []
    stock = [
        level
        for level in levels
        if warehouse_ids is None or level.warehouse_id in warehouse_ids
    ]
    weights = step.policy.stock.rules
    having = {level.warehouse_id for level in stock}
    # One warehouse that sends everywhere is no choice: its facts are not read.
    if len(having) <= 1 and all(level.serves_everywhere for level in stock):
        return plan_sourcing(demands, stock, weights=weights)
    facts = warehouse_facts(step, having)
    return plan_sourcing(demands, stock, weights=weights, facts=facts)


def _explain(step: OrderStep, plan: SourcingPlan) -> None:
    """Keep the reasons where there was a choice, a split or something missing.

    What still waits in vain was explained when it first was missing.
    """
    explanation = plan.explanation
    if explanation is None or (step.state.sourced and not plan.allocations):
        return
    store_decision(
        step.connection,
        step.order_id,
        explanation.as_json(),
        cause=step.why.cause,
        at=step.why.recorded_at,
    )
    step.record(
        EventKind.SOURCED,
        reason=explanation.reason,
        split_reason=explanation.split_reason,
    )


def allocated_units(step: OrderStep, shipment_id: str) -> Counter[tuple[int, str]]:
    """Return the units a shipment still has promised, by line and article."""
    units: Counter[tuple[int, str]] = Counter()
    rows = step.connection.execute(_PROMISED, {"shipment_id": shipment_id})
    for row in rows:
        units[row.line_no, row.sku] += row.open_quantity
    return units
