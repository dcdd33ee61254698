"""Running every check of an order under its source's policy."""

from collections.abc import Callable, Mapping

from domain.policy import CheckMode, CheckName, SourcePolicy
from domain.verification.customer import (
    check_address,
    check_duplicate,
    check_email,
    check_payment,
    check_phone,
)
from domain.verification.facts import VerificationFacts
from domain.verification.goods import check_availability, check_known_skus
from domain.verification.prices import check_prices
from domain.verification.results import CheckResult, Verdict, not_checked, result_of

_CHECKS: Mapping[CheckName, Callable[[VerificationFacts, SourcePolicy], Verdict]] = {
    CheckName.AVAILABILITY: check_availability,
    CheckName.PRICE: check_prices,
    CheckName.EMAIL: check_email,
    CheckName.PHONE: check_phone,
    CheckName.ADDRESS: check_address,
    CheckName.DUPLICATE: check_duplicate,
    CheckName.PAYMENT: check_payment,
    CheckName.KNOWN_SKU: check_known_skus,
}


def verify(facts: VerificationFacts, policy: SourcePolicy) -> tuple[CheckResult, ...]:
    """Return one result for every check, in the order of `CheckName`."""
    return tuple(_run(check, facts, policy) for check in CheckName)


def _run(
    check: CheckName, facts: VerificationFacts, policy: SourcePolicy
) -> CheckResult:
    mode = effective_mode(check, facts, policy)
    if mode is CheckMode.OFF:
        return result_of(check, mode, not_checked("switched off for this source"))
    return result_of(check, mode, _CHECKS[check](facts, policy))


def effective_mode(
    check: CheckName, facts: VerificationFacts, policy: SourcePolicy
) -> CheckMode:
    """Return the source's mode, but hold what nothing else would guard.

    Two orders without a number cannot be told to be one by their number, so likeness
    is the only guard. An article nobody knows cannot be picked: the order would wait
    for nothing.
    """
    mode = policy.mode_of(check)
    unguarded = check is CheckName.DUPLICATE and facts.number_is_ours
    if unguarded and mode is CheckMode.OFF:
        return CheckMode.HOLD
    unknown = check is CheckName.KNOWN_SKU and bool(facts.unknown_skus)
    if unknown and mode is not CheckMode.REJECT:
        return CheckMode.HOLD
    return mode
