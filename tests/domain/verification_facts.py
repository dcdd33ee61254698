"""Facts of an order that passes every check, for the tests of single checks."""

from dataclasses import replace
from decimal import Decimal

from domain.money import Money
from domain.policy import (
    DEFAULT_POLICY,
    CheckName,
    SourcePolicy,
)
from domain.verification import (
    CheckResult,
    ContactFindings,
    Finding,
    LikelyDuplicate,
    LineFacts,
    ListPrice,
    PaymentFacts,
    VerificationFacts,
    verify,
)

NET_SHOP = replace(DEFAULT_POLICY.default_source, prices_include_tax=False)
WELL = ContactFindings(email=Finding.ok(), phone=Finding.ok(), address=Finding.ok())
NOTHING_GIVEN = ContactFindings(
    email=Finding.absent(), phone=Finding.absent(), address=Finding.absent()
)
TWIN = LikelyDuplicate(
    order_id="shop-1001",
    shared_units_percent=Decimal(100),
    same_contact=("email", "phone"),
    minutes_apart=4,
)


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


def line(
    *,
    line_no: int = 1,
    sku: str = "MUG",
    quantity: int = 2,
    price: Money | None = None,
    includes_tax: bool | None = None,
) -> LineFacts:
    return LineFacts(
        line_no=line_no,
        sku=sku,
        quantity=quantity,
        unit_price=price,
        prices_include_tax=includes_tax,
    )


def good_facts() -> VerificationFacts:
    return VerificationFacts(
        lines=(line(price=euros("9.90")),),
        list_prices={"MUG": ListPrice(unit_price=euros("9.90"))},
        available={"MUG": 10},
        contact=WELL,
        likely_duplicates=(),
        payment=PaymentFacts(awaited=False),
        unknown_skus=(),
    )


def answer(
    check: CheckName, facts: VerificationFacts, policy: SourcePolicy = NET_SHOP
) -> CheckResult:
    return next(result for result in verify(facts, policy) if result.check is check)
