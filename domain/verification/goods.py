"""The checks of what was ordered: known SKUs, and units to fulfil it from."""

from collections import Counter

from domain.policy import SourcePolicy
from domain.verification.facts import VerificationFacts
from domain.verification.results import (
    EvidenceRow,
    Verdict,
    failed,
    not_checked,
    passed,
    rows,
)


def check_known_skus(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail when the catalogue and its aliases do not know a SKU of the order."""
    if facts.unknown_skus is None:
        return not_checked("there is no catalogue to look SKUs up in")
    if not facts.unknown_skus:
        return passed("every SKU is in the catalogue", {"lines": len(facts.lines)})
    unknown = set(facts.unknown_skus)
    named: list[EvidenceRow] = [
        {"line_no": line.line_no, "sku": line.sku}
        for line in facts.lines
        if line.sku in unknown
    ]
    return failed(
        f"{len(unknown)} SKUs are not in the catalogue: add an alias or the product",
        {"lines": rows(named)},
    )


def check_availability(facts: VerificationFacts, _policy: SourcePolicy) -> Verdict:
    """Fail when the lines together ask for more units of a SKU than are available."""
    wanted: Counter[str] = Counter()
    for line in facts.lines:
        wanted[line.sku] += line.quantity
    short: list[EvidenceRow] = [
        {
            "line_no": line.line_no,
            "sku": line.sku,
            "wanted": wanted[line.sku],
            "available": facts.available[line.sku],
        }
        for line in facts.lines
        if facts.available.get(line.sku, wanted[line.sku]) < wanted[line.sku]
    ]
    unknown: list[EvidenceRow] = [
        {"line_no": line.line_no, "sku": line.sku}
        for line in facts.lines
        if line.sku not in facts.available
    ]
    if short:
        return failed(
            f"{len(short)} of {len(facts.lines)} lines want more than is available",
            {"lines": rows(short), "lines_without_stock_record": len(unknown)},
        )
    if unknown or not facts.lines:
        return not_checked(
            f"{len(unknown)} of {len(facts.lines)} lines have no stock record",
            {"lines": rows(unknown)},
        )
    return passed("every line is available", {"lines": len(facts.lines)})
