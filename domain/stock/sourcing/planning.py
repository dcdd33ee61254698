"""Sourcing: judge every way to fill an order, take the best, and say why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.policy.stock_terms import DEFAULT_RULES, SourcingRule
from domain.stock.sourcing.candidates import Candidate, Combinations
from domain.stock.sourcing.demand import (
    FreeStock,
    LineDemand,
    SourcingFacts,
    WarehouseFacts,
)
from domain.stock.sourcing.explanation import Explanation, explain
from domain.stock.sourcing.outcome import MissingStock, PlannedAllocation
from domain.stock.sourcing.rules import judge
from domain.stock.sourcing.shelves import Shelves

_NO_FACTS = SourcingFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingPlan:
    """What to take from where, and what is missing; explained if that was a choice."""

    allocations: tuple[PlannedAllocation, ...]
    missing: tuple[MissingStock, ...]
    # None where one warehouse alone had stock and had all of it.
    explanation: Explanation | None = None


def plan_sourcing(
    demands: Sequence[LineDemand],
    stock: Iterable[FreeStock],
    *,
    weights: Mapping[SourcingRule, int] = DEFAULT_RULES,
    facts: SourcingFacts = _NO_FACTS,
) -> SourcingPlan:
    """Fill the demand in the way the rules judge best.

    A bundle is taken whole from one warehouse or not at all; nothing is missing that a
    warehouse which serves has free.
    """
    shelves = Shelves(stock)
    serving, not_serving = _sorted_out(shelves.ranked_for(demands), facts)
    combinations = Combinations(demands, shelves, serving)
    chosen, explanation = _choose(combinations, serving, not_serving, weights, facts)
    missing = tuple(
        MissingStock(line_no=demand.line_no, sku=sku, quantity=units * quantity)
        for index, units in chosen.owed.items()
        for demand in (demands[index],)
        for sku, quantity in demand.parts
    )
    return SourcingPlan(
        allocations=shelves.take(demands, chosen.shares),
        missing=missing,
        explanation=explanation,
    )


def _sorted_out(
    ranked: Sequence[str], facts: SourcingFacts
) -> tuple[list[str], list[WarehouseFacts]]:
    serving = [each for each in ranked if facts.of(each).serves]
    refused = [facts.of(each) for each in sorted(ranked) if not facts.of(each).serves]
    return serving, refused


def _choose(
    combinations: Combinations,
    serving: Sequence[str],
    not_serving: Sequence[WarehouseFacts],
    weights: Mapping[SourcingRule, int],
    facts: SourcingFacts,
) -> tuple[Candidate, Explanation | None]:
    nothing = combinations.nothing()
    if not nothing.owed:
        return nothing, None
    if len(serving) == 1 and not not_serving:
        alone = combinations.extended_by(nothing, serving[0])
        if alone is not None and not alone.owed:
            return alone, None
    judged = judge(combinations.all(), weights, facts)
    explanation = explain(judged, not_serving, nothing.wanted)
    return (judged[0].candidate if judged else nothing), explanation
