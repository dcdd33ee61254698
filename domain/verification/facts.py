"""What is known about an order when it is verified. `None` means: nobody told us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Self

from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """One line as ordered; the price is per unit and before any discount."""

    line_no: int
    sku: str
    quantity: int
    unit_price: Money | None = None
    prices_include_tax: bool | None = None  # None: what the source says counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """The price of one SKU in the source's own price list, per unit."""

    unit_price: Money
    includes_tax: bool | None = None  # None: what the source says counts
    tax_percent: Decimal | None = None


class FindingState(StrEnum):
    """What a look at one contact detail found."""

    OK = "ok"
    PROBLEM = "problem"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """A field that is wrong and what is wanted of it, never its value."""

    field: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about the e-mail, the phone or the address."""

    state: FindingState
    problems: tuple[FieldProblem, ...] = ()

    @classmethod
    def ok(cls) -> Self:
        """Return a finding without complaint."""
        return cls(state=FindingState.OK)

    @classmethod
    def absent(cls) -> Self:
        """Return a finding that there was nothing to look at."""
        return cls(state=FindingState.ABSENT)

    @classmethod
    def problem(cls, *problems: FieldProblem) -> Self:
        """Return a finding that names what is wrong."""
        return cls(state=FindingState.PROBLEM, problems=problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFindings:
    """What was found about each contact detail of an order."""

    email: Finding
    phone: Finding
    address: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyDuplicate:
    """Another order that looks like this one, and why."""

    order_id: str
    shared_units_percent: Decimal
    same_contact: tuple[str, ...]  # which fingerprints agree: email, phone, ...
    minutes_apart: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    """What the order says about its payment."""

    awaited: bool
    method: str | None = None  # such as bank_transfer; no account, no name


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFacts:
    """Everything the checks look at.

    A SKU absent from `list_prices` or `available` has no known price or stock;
    one that is known to be out of stock is there with 0.
    """

    lines: tuple[LineFacts, ...]
    list_prices: Mapping[str, ListPrice] = field(default_factory=dict)
    available: Mapping[str, int] = field(default_factory=dict)
    contact: ContactFindings | None = None
    likely_duplicates: tuple[LikelyDuplicate, ...] | None = None
    number_is_ours: bool = False  # the order came without a number of its own
    payment: PaymentFacts | None = None
    unknown_skus: tuple[str, ...] | None = None
