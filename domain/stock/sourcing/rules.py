"""The rules by which candidates are judged: a score from 0 to 1 and words for each.

No rule scores lower for a candidate that only adds units to another one, unless both
send all that can be sent; so what lies free is never left for the sake of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.policy.stock_terms import SourcingRule
from domain.stock.sourcing.candidates import Candidate
from domain.stock.sourcing.demand import SourcingFacts, WarehouseFacts

# A warehouse of the customer's country whose distance nobody has told.
SAME_COUNTRY_SCORE = 0.5
DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says about a candidate."""

    score: float
    weight: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCandidate:
    """A candidate, what each rule says, and the weighted total."""

    candidate: Candidate
    verdicts: Mapping[SourcingRule, Verdict]
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """What all candidates have in common."""

    facts: SourcingFacts
    most_units: int
    shortest_km: int | None


_Judged = tuple[float, str]
_Rule = Callable[[Candidate, _Comparison], _Judged]


def judge(
    candidates: Sequence[Candidate],
    weights: Mapping[SourcingRule, int],
    facts: SourcingFacts,
) -> list[JudgedCandidate]:
    """Judge the candidates, the best first.

    Of equal totals more units go first, then fewer shipments, then warehouse ids.
    """
    distances = [
        facts.of(warehouse_id).distance_km
        for candidate in candidates
        for warehouse_id in candidate.warehouses
    ]
    among = _Comparison(
        facts=facts,
        most_units=max((candidate.units for candidate in candidates), default=0),
        shortest_km=min((d for d in distances if d is not None), default=None),
    )
    judged = [_judge_one(candidate, weights, among) for candidate in candidates]
    return sorted(judged, key=_best_first)


def _judge_one(
    candidate: Candidate, weights: Mapping[SourcingRule, int], among: _Comparison
) -> JudgedCandidate:
    verdicts: dict[SourcingRule, Verdict] = {}
    for rule in SourcingRule:
        weight = weights.get(rule, 0)
        if weight:
            score, text = _RULES[rule](candidate, among)
            verdicts[rule] = Verdict(
                score=round(score, DIGITS), weight=weight, text=text
            )
    total = sum(verdict.score * verdict.weight for verdict in verdicts.values())
    return JudgedCandidate(
        candidate=candidate, verdicts=verdicts, total=round(total, DIGITS)
    )


def _best_first(judged: JudgedCandidate) -> tuple[float, int, int, tuple[str, ...]]:
    candidate = judged.candidate
    return (
        -judged.total,
        -candidate.units,
        len(candidate.shares),
        candidate.warehouses,
    )


def _most_units(candidate: Candidate, _: _Comparison) -> _Judged:
    score = candidate.units / candidate.wanted
    return score, f"{candidate.units} of {candidate.wanted} units"


def _keep_whole(candidate: Candidate, among: _Comparison) -> _Judged:
    behind = among.most_units - candidate.units
    if behind:
        return 0, _left_behind(behind)
    if len(candidate.shares) > 1:
        return 0, f"in {len(candidate.shares)} shipments"
    whole = "all" if not candidate.missing else "all there is"
    return 1, f"{whole} in one shipment"


def _fewest_parcels(candidate: Candidate, among: _Comparison) -> _Judged:
    behind = among.most_units - candidate.units
    if behind:
        return 0, _left_behind(behind)
    shipments = len(candidate.shares)
    words = "1 shipment" if shipments == 1 else f"{shipments} shipments"
    if candidate.missing:
        return 1 / (shipments + 1), f"{words}, another for what is missing"
    return 1 / shipments, words


def _left_behind(units: int) -> str:
    return f"leaves {units} units that could be sent"


def _nearest(candidate: Candidate, among: _Comparison) -> _Judged:
    score = 0.0
    words: list[str] = []
    for warehouse_id, units in candidate.units_by_warehouse:
        known = among.facts.of(warehouse_id)
        score += units * _nearness(known, among.shortest_km)
        words.append(f"{warehouse_id}: {_way_of(known)}")
    return score / candidate.wanted, ", ".join(words)


def _nearness(known: WarehouseFacts, shortest_km: int | None) -> float:
    if known.distance_km is not None and shortest_km is not None:
        return (1 + shortest_km) / (1 + known.distance_km)
    return SAME_COUNTRY_SCORE if known.same_country else 0


def _way_of(known: WarehouseFacts) -> str:
    if known.distance_km is not None:
        return f"{known.distance_km} km"
    return "same country" if known.same_country else "not the same country"


def _promise_met(candidate: Candidate, among: _Comparison) -> _Judged:
    asked_for_on = among.facts.asked_for_on
    if asked_for_on is None:
        return 1, "no date was asked for"
    days = [
        (units, among.facts.of(warehouse_id).earliest_delivery)
        for warehouse_id, units in candidate.units_by_warehouse
    ]
    if all(day is None for _, day in days):
        return 0, "not known when it would be there"
    # Of unknown arrival counts as late.
    in_time = sum(units for units, day in days if day and day <= asked_for_on)
    text = f"{in_time} of {candidate.wanted} units by {asked_for_on}"
    return in_time / candidate.wanted, text


_RULES: dict[SourcingRule, _Rule] = {
    SourcingRule.MOST_UNITS: _most_units,
    SourcingRule.KEEP_WHOLE: _keep_whole,
    SourcingRule.FEWEST_PARCELS: _fewest_parcels,
    SourcingRule.NEAREST: _nearest,
    SourcingRule.PROMISE_MET: _promise_met,
}
