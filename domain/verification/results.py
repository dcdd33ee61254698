"""What a check answers, and how a failing check becomes an outcome by its mode."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.policy import CheckMode, CheckName, CheckOutcome, HoldKind

EvidenceRow = Mapping[str, str | int | None]
Evidence = Mapping[str, str | int | tuple[EvidenceRow, ...] | None]

# An order of a thousand lines must not carry a thousand rows of evidence.
SHOWN_ROWS = 20

_OUTCOME_OF_FAILURE = {
    CheckMode.WARN: CheckOutcome.WARN,
    CheckMode.HOLD: CheckOutcome.HOLD,
    CheckMode.REJECT: CheckOutcome.REJECT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The answer of one check, with a reason for people and its evidence.

    Neither holds personal data: fields are named, values are not shown.
    """

    check: CheckName
    outcome: CheckOutcome
    mode: CheckMode
    reason: str
    evidence: Evidence = field(default_factory=dict)

    @property
    def hold_kind(self) -> HoldKind | None:
        """The hold this result places, if it places one."""
        if self.outcome is not CheckOutcome.HOLD:
            return None
        return HoldKind.of_check(self.check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found before the source's mode is applied."""

    passed: bool | None  # None: a fact was missing
    reason: str
    evidence: Evidence = field(default_factory=dict)


def passed(reason: str, evidence: Evidence | None = None) -> Verdict:
    """Return a verdict that every fact was there and good."""
    return Verdict(passed=True, reason=reason, evidence=evidence or {})


def failed(reason: str, evidence: Evidence | None = None) -> Verdict:
    """Return a verdict that something is wrong."""
    return Verdict(passed=False, reason=reason, evidence=evidence or {})


def not_checked(reason: str, evidence: Evidence | None = None) -> Verdict:
    """Return a verdict that a fact was missing."""
    return Verdict(passed=None, reason=reason, evidence=evidence or {})


def rows(every: Iterable[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return the first rows of the evidence."""
    return tuple(every)[:SHOWN_ROWS]


def result_of(check: CheckName, mode: CheckMode, verdict: Verdict) -> CheckResult:
    """Return what a verdict means under the mode the source wants."""
    return CheckResult(
        check=check,
        outcome=_outcome(mode, verdict),
        mode=mode,
        reason=verdict.reason,
        evidence=verdict.evidence,
    )


def _outcome(mode: CheckMode, verdict: Verdict) -> CheckOutcome:
    if verdict.passed is None or mode is CheckMode.OFF:
        return CheckOutcome.NOT_CHECKED
    return CheckOutcome.PASS if verdict.passed else _OUTCOME_OF_FAILURE[mode]
