"""Why an order's goods come from where they do, in figures and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.policy.stock_terms import SourcingRule
from domain.stock.sourcing.demand import WarehouseFacts
from domain.stock.sourcing.rules import JudgedCandidate

# The best are kept with an explanation; how many were judged is told.
MOST_EXPLAINED = 12
_ADVANTAGE_OF = {
    SourcingRule.MOST_UNITS: "more units at once",
    SourcingRule.KEEP_WHOLE: "the order in one shipment",
    SourcingRule.FEWEST_PARCELS: "fewer parcels",
    SourcingRule.NEAREST: "a shorter way",
    SourcingRule.PROMISE_MET: "the date asked for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The candidates with their verdicts, the winner, and why it was split."""

    wanted: int
    missing: int
    considered: int
    candidates: tuple[JudgedCandidate, ...]
    not_serving: tuple[WarehouseFacts, ...]
    reason: str
    # None unless several warehouses send something.
    split_reason: str | None

    def as_json(self) -> dict[str, object]:
        """Return the explanation as it is stored and shown to programs."""
        winner = self.candidates[0].candidate if self.candidates else None
        return {
            "wanted": self.wanted,
            "missing": self.missing,
            "considered": self.considered,
            "candidates": [_candidate_json(judged) for judged in self.candidates],
            "not_serving": [
                {"warehouse": facts.warehouse_id, "reason": facts.reason}
                for facts in self.not_serving
            ],
            "winner": list(winner.warehouses) if winner else [],
            "reason": self.reason,
            "split_reason": self.split_reason,
        }


def explain(
    judged: Sequence[JudgedCandidate],
    not_serving: Sequence[WarehouseFacts],
    wanted: int,
) -> Explanation:
    """Explain a choice among judged candidates, the best first."""
    missing = judged[0].candidate.missing if judged else wanted
    reasons = [_choice(judged)]
    if missing and judged:
        reasons.append(f"{missing} of {wanted} units are missing")
    reasons += [f"{each.warehouse_id} {each.reason}" for each in not_serving]
    return Explanation(
        wanted=wanted,
        missing=missing,
        considered=len(judged),
        candidates=tuple(judged[:MOST_EXPLAINED]),
        not_serving=tuple(not_serving),
        reason="; ".join(reasons),
        split_reason=_split_reason(judged),
    )


def _choice(judged: Sequence[JudgedCandidate]) -> str:
    if not judged:
        return "no warehouse that serves has any of it free"
    winner, *others = judged
    name = _name(winner)
    if not others:
        return f"only {name} has any of it free"
    senders = set(winner.candidate.warehouses)
    second = next(
        (each for each in others if set(each.candidate.warehouses) != senders),
        others[0],
    )
    points = f"{name} {winner.total:g} points, {_name(second)} {second.total:g}"
    if winner.total == second.total:
        return f"{points}: equal by the rules"
    return f"{points}: {_advantages(winner, second)}"


def _split_reason(judged: Sequence[JudgedCandidate]) -> str | None:
    if not judged or len(judged[0].candidate.shares) == 1:
        return None
    winner = judged[0]
    alone = [each for each in judged if len(each.candidate.shares) == 1]
    whole = [each for each in alone if not each.candidate.missing]
    if whole:
        advantages = _advantages(winner, whole[0])
        return f"{_name(whole[0])} alone could send all; split for {advantages}"
    sent = winner.candidate
    found = sorted((each.candidate for each in alone), key=lambda c: c.warehouses)
    has = ", ".join(f"{c.warehouses[0]} {c.units}" for c in found)
    return f"no warehouse alone has all {sent.wanted} units: {has}"


def _advantages(better: JudgedCandidate, other: JudgedCandidate) -> str:
    ahead = {
        rule: (verdict.score - other.verdicts[rule].score) * verdict.weight
        for rule, verdict in better.verdicts.items()
    }
    ranked = sorted(ahead, key=lambda rule: -ahead[rule])
    return ", ".join(_ADVANTAGE_OF[rule] for rule in ranked if ahead[rule] > 0)


def _name(judged: JudgedCandidate) -> str:
    return " and ".join(judged.candidate.warehouses)


def _candidate_json(judged: JudgedCandidate) -> dict[str, object]:
    candidate = judged.candidate
    return {
        "warehouses": list(candidate.warehouses),
        "units": candidate.units,
        "units_by_warehouse": dict(candidate.units_by_warehouse),
        "shipments": len(candidate.shares),
        "verdicts": {
            rule.value: {
                "score": verdict.score,
                "weight": verdict.weight,
                "text": verdict.text,
            }
            for rule, verdict in judged.verdicts.items()
        },
        "total": judged.total,
    }
