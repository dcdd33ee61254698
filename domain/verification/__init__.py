"""Verifying an order: facts in, one result for every check out."""

from domain.verification.facts import (
    ContactFindings,
    FieldProblem,
    Finding,
    FindingState,
    LikelyDuplicate,
    LineFacts,
    ListPrice,
    PaymentFacts,
    VerificationFacts,
)
from domain.verification.likeness import (
    OrderLikeness,
    contact_fingerprints,
    likely_duplicates,
    likeness,
    units_by_sku,
)
from domain.verification.results import CheckResult, Evidence
from domain.verification.verify import effective_mode, verify

__all__ = [
    "CheckResult",
    "ContactFindings",
    "Evidence",
    "FieldProblem",
    "Finding",
    "FindingState",
    "LikelyDuplicate",
    "LineFacts",
    "ListPrice",
    "OrderLikeness",
    "PaymentFacts",
    "VerificationFacts",
    "contact_fingerprints",
    "effective_mode",
    "likely_duplicates",
    "likeness",
    "units_by_sku",
    "verify",
]
