"""The checks of who ordered: contact details, a repeated order, an awaited payment."""

from domain.policy import CheckName, SourcePolicy
from domain.verification.facts import Finding, FindingState, VerificationFacts
from domain.verification.results import (
    EvidenceRow,
    Verdict,
    failed,
    not_checked,
    passed,
    rows,
)


def check_email(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail when the e-mail address cannot be one."""
    found = facts.contact.email if facts.contact else None
    return _contact(CheckName.EMAIL, found)


def check_phone(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail when the phone number cannot be one of its country."""
    found = facts.contact.phone if facts.contact else None
    return _contact(CheckName.PHONE, found)


def check_address(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail when the address lacks what its country needs."""
    found = facts.contact.address if facts.contact else None
    return _contact(CheckName.ADDRESS, found)


def _contact(check: CheckName, finding: Finding | None) -> Verdict:
    if finding is None or finding.state is FindingState.ABSENT:
        return not_checked(f"the order has no {check.value}")
    if finding.state is FindingState.OK:
        return passed(f"the {check.value} is well formed")
    named: list[EvidenceRow] = [
        {"field": problem.field, "wanted": problem.wanted}
        for problem in finding.problems
    ]
    in_words = "; ".join(f"{one.field}: {one.wanted}" for one in finding.problems)
    return failed(in_words or f"the {check.value} is wrong", {"fields": rows(named)})


def check_duplicate(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail when another order of the same customer looks the same."""
    if facts.likely_duplicates is None:
        return not_checked("nothing names the customer, so no order can be compared")
    if not facts.likely_duplicates:
        return passed("no other order looks like this one")
    named: list[EvidenceRow] = [
        {
            "order_id": other.order_id,
            "shared_units_percent": format(other.shared_units_percent, "f"),
            "same_contact": ", ".join(other.same_contact),
            "minutes_apart": other.minutes_apart,
        }
        for other in facts.likely_duplicates
    ]
    return failed(
        f"looks like order {facts.likely_duplicates[0].order_id}: same customer, "
        "same goods, close together",
        {"orders": rows(named)},
    )


def check_payment(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail while a payment is awaited."""
    if facts.payment is None:
        return not_checked("the order says nothing about its payment")
    evidence = {"method": facts.payment.method}
    if facts.payment.awaited:
        return failed("the payment is still awaited", evidence)
    return passed("no payment is awaited", evidence)
