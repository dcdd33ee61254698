"""The price check: the unit price before discount against the source's price list."""

from decimal import Decimal
from typing import NamedTuple

from domain.policy import PriceTolerance, SourcePolicy
from domain.verification.facts import LineFacts, ListPrice, VerificationFacts
from domain.verification.results import (
    EvidenceRow,
    Verdict,
    failed,
    not_checked,
    passed,
    rows,
)

# A net price worked out from a gross one may have no last decimal.
SHOWN_DECIMALS = 6


class _Compared(NamedTuple):
    agrees: bool | None  # None: could not be compared
    row: EvidenceRow


def check_prices(facts: VerificationFacts, policy: SourcePolicy) -> Verdict:
    """Compare every line with the list; a line without a list price is not passed."""
    compared = [
        _compare(line, facts.list_prices.get(line.sku), policy) for line in facts.lines
    ]
    off = [one.row for one in compared if one.agrees is False]
    unknown = [one.row for one in compared if one.agrees is None]
    if off:
        return failed(
            f"{len(off)} of {len(compared)} lines differ from the price list",
            {"lines": rows(off), "lines_not_compared": len(unknown)},
        )
    if unknown or not compared:
        return not_checked(
            f"{len(unknown)} of {len(compared)} lines could not be compared",
            {"lines": rows(unknown)},
        )
    return passed(
        "every unit price agrees with the price list",
        {"lines_compared": len(compared)},
    )


def _compare(
    line: LineFacts, listed: ListPrice | None, policy: SourcePolicy
) -> _Compared:
    if line.unit_price is None:
        return _not_compared(line, "the order names no unit price")
    if listed is None:
        return _not_compared(line, "the source's price list has no price for it")
    if line.unit_price.currency != listed.unit_price.currency:
        return _Compared(
            agrees=False,
            row={
                "line_no": line.line_no,
                "sku": line.sku,
                "currency": line.unit_price.currency,
                "list_currency": listed.unit_price.currency,
            },
        )
    return _compare_amounts(line, line.unit_price.amount, listed, policy)


def _compare_amounts(
    line: LineFacts, ordered: Decimal, listed: ListPrice, policy: SourcePolicy
) -> _Compared:
    of_order = _first_known(line.prices_include_tax, policy.prices_include_tax)
    of_list = _first_known(listed.includes_tax, policy.prices_include_tax)
    if of_order is None or of_list is None:
        return _not_compared(line, "it is not known whether prices include tax")
    wanted = listed.unit_price.amount
    if of_order != of_list:
        if listed.tax_percent is None:
            return _not_compared(line, "prices include tax on one side only")
        ordered = _net(ordered, listed.tax_percent, includes_tax=of_order)
        wanted = _net(wanted, listed.tax_percent, includes_tax=of_list)
    return _Compared(
        agrees=abs(ordered - wanted) <= _allowed(wanted, policy.price_tolerance),
        row={
            "line_no": line.line_no,
            "sku": line.sku,
            "unit_price": _plain(ordered),
            "list_price": _plain(wanted),
            "currency": listed.unit_price.currency,
        },
    )


def _not_compared(line: LineFacts, why: str) -> _Compared:
    return _Compared(
        agrees=None, row={"line_no": line.line_no, "sku": line.sku, "why": why}
    )


def _first_known(own: bool | None, of_source: bool | None) -> bool | None:
    return of_source if own is None else own


def _net(price: Decimal, tax_percent: Decimal, *, includes_tax: bool) -> Decimal:
    if not includes_tax:
        return price
    return price * 100 / (100 + tax_percent)


def _allowed(listed: Decimal, tolerance: PriceTolerance) -> Decimal:
    return max(tolerance.absolute, abs(listed) * tolerance.percent / 100)


def _plain(amount: Decimal) -> str:
    exponent = amount.as_tuple().exponent
    endless = isinstance(exponent, int) and exponent < -SHOWN_DECIMALS
    return format(round(amount, SHOWN_DECIMALS) if endless else amount, "f")
