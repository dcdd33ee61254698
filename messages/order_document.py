"""The order document: an order as another system sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from domain.errors import InvalidInput

MAX_LINES = 2000
MAX_QUANTITY = 1_000_000
SHOWN_PROBLEMS = 10

EARLIEST_YEAR = 1970
LATEST_YEAR = 2999


def _storable(text: str) -> str:
    # PostgreSQL holds every character but this one.
    if "\0" in text:
        raise ValueError("text without NUL characters")
    return text


def _of_our_time(moment: datetime) -> datetime:
    # Terms are counted from it, and must not run off the calendar.
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(f"a moment between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return moment


_TEXT = StringConstraints(strip_whitespace=True, min_length=1, max_length=300)
STORABLE = AfterValidator(_storable)
Text = Annotated[str, _TEXT, STORABLE]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    STORABLE,
]
Sku = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    STORABLE,
]
Price = Annotated[
    Decimal, Field(ge=0, max_digits=18, decimal_places=6, allow_inf_nan=False)
]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=300), STORABLE]
Word = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
]


class DocumentPart(BaseModel):
    """Base of every part: frozen, and open for fields of newer senders."""

    model_config = ConfigDict(frozen=True)


class ShipTo(DocumentPart):
    """Where the order goes; `country` is ISO 3166-1 alpha-2.

    A source that holds no addresses gives the country alone; any other gives all of
    name, street, city and postcode (empty where a country has none).
    """

    name: Text | None = None
    street: Text | None = None
    street2: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postcode: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, max_length=30), STORABLE
        ]
        | None
    ) = None
    country: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$"
        ),
    ]

    def missing_field(self) -> str | None:
        """Name the first field that an address of a source that has them lacks."""
        if not (self.street or self.street2 or self.city or self.postcode):
            return "street" if self.name else None
        wanted = {"name", "street", "city", "postcode"}
        return next(
            (
                f
                for f in type(self).model_fields
                if f in wanted and getattr(self, f) is None
            ),
            None,
        )


class CustomerContact(DocumentPart):
    """Who ordered; every part is optional, as sources differ in what they hold."""

    reference: Text | None = None
    name: Text | None = None
    email: Text | None = None
    phone: Phone | None = None
    # What kind of customer it is, such as retail or wholesale; the KPIs group by it.
    group: Word | None = None


class PaymentStatus(StrEnum):
    """What the source says of the money."""

    PAID = "paid"
    AWAITED = "awaited"


class Payment(DocumentPart):
    """The state of payment at the source."""

    status: PaymentStatus
    method: Text | None = None


class WhenMissing(StrEnum):
    """What the customer wants done when not everything is there."""

    SHIP_AVAILABLE = "ship_available"
    WAIT_FOR_ALL = "wait_for_all"
    CANCEL_REST = "cancel_rest"
    ASK_CUSTOMER = "ask_customer"


class DocumentLine(DocumentPart):
    """One article and how many; `unit_price` is net of discount's effect, per unit."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    unit_price: Price | None = None
    discount: Price | None = None

    @field_validator("quantity", mode="before")
    @classmethod
    def _no_booleans(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("a whole number from 1")
        return value


class OrderDocument(DocumentPart):
    """An order as received; the smallest has source, number, ship_to and lines."""

    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,40}$")]
    number: (
        Annotated[str, StringConstraints(min_length=1, max_length=200), STORABLE] | None
    ) = None
    channel: Word = "api"
    service_level: Word = "standard"
    placed_at: Moment | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    prices_include_tax: bool | None = None
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    customer: CustomerContact | None = None
    payment: Payment | None = None
    # What was agreed with the customer; without it the shop's policy counts.
    when_missing: WhenMissing | None = None
    accepts_substitutes: bool | None = None
    promised_on: date | None = None
    # Units kept for this order before it was placed.
    reservation_id: Reference | None = None
    ship_to: ShipTo
    lines: Annotated[
        tuple[DocumentLine, ...], Field(min_length=1, max_length=MAX_LINES)
    ]

    @field_validator("number", mode="before")
    @classmethod
    def _number_as_text(cls, value: object) -> object:
        """Accept a bare JSON number as an order number."""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value


_WANTED = {
    "missing": "is required",
    "string_too_short": "must not be empty",
    "too_short": "needs at least one item",
    "extra_forbidden": "is not a known field",
}


def parse_order_document(raw: Mapping[str, object]) -> OrderDocument:
    """Read a document; raise `InvalidInput` naming each wrong field and what is wanted.

    The refusal never repeats a value, as it may be personal.
    """
    try:
        document = OrderDocument.model_validate(raw)
    except ValidationError as error:
        raise invalid_input_of(error) from None
    missing = document.ship_to.missing_field()
    if missing:
        raise InvalidInput(f"ship_to.{missing}", "is required")
    return document


def invalid_input_of(error: ValidationError) -> InvalidInput:
    """Turn a pydantic refusal into ours: fields and wants, without values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    locations = [details["loc"] for details in found]
    inner = {loc[:depth] for loc in locations for depth in range(len(loc))}
    problems = [
        (_path(details["loc"]), _wanted(details["type"], details["msg"]))
        for details in found
        # A list whose items are all wrong is not too short as well.
        if details["loc"] not in inner
    ]
    field, wanted = problems[0]
    rest = "".join(f"; {other}: {want}" for other, want in problems[1:SHOWN_PROBLEMS])
    if len(problems) > SHOWN_PROBLEMS:
        rest += f"; and {len(problems) - SHOWN_PROBLEMS} more"
    return InvalidInput(field, wanted + rest)


def _wanted(kind: str, told: str) -> str:
    return _WANTED.get(kind, told.removeprefix("Value error, "))


def _path(location: tuple[int | str, ...]) -> str:
    path = ".".join(str(part) for part in location) or "document"
    return re.sub(r"\.(\d+)", r"[\1]", path)


def unknown_fields(raw: Mapping[str, object]) -> list[str]:
    """Name the fields of a raw document that no part of ours knows."""
    unknown = _unknown(raw, OrderDocument, "")
    for name, model in (
        ("ship_to", ShipTo),
        ("customer", CustomerContact),
        ("payment", Payment),
    ):
        unknown += _unknown(raw.get(name), model, f"{name}.")
    lines = raw.get("lines")
    if isinstance(lines, list):
        for index, line in enumerate(lines):
            unknown += _unknown(line, DocumentLine, f"lines[{index}].")
    return unknown


def _unknown(raw: object, model: type[BaseModel], prefix: str) -> list[str]:
    if not isinstance(raw, Mapping):
        return []
    return [f"{prefix}{name}" for name in raw if name not in model.model_fields]


def differing_fields(first: OrderDocument, second: OrderDocument) -> list[str]:
    """Name the fields in which a repeat differs from the order that is kept.

    Channel and time of placing are no content: one order may come by two channels.
    """
    no_content = {"channel", "placed_at"}
    return [
        name
        for name in OrderDocument.model_fields
        if name not in no_content and getattr(first, name) != getattr(second, name)
    ]


def placed_at_or(document: OrderDocument, now: datetime) -> datetime:
    """Return when the order was placed, by its source's word or else now."""
    return document.placed_at or now
