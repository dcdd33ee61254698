"""What a mapping file says: which column means what, and which rows are no goods."""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from messages.order_document import (
    CustomerContact,
    DocumentLine,
    OrderDocument,
    Payment,
    ShipTo,
)
from operations.files.countries import country_codes

_PARTS: dict[str, type[BaseModel]] = {
    "customer": CustomerContact,
    "payment": Payment,
    "ship_to": ShipTo,
}
LINES = "lines."
# The source is said by whoever imports: the same file may come from two accounts.
_NOT_MAPPED = frozenset({"source", "lines", *_PARTS})
TARGETS = frozenset(
    {name for name in OrderDocument.model_fields if name not in _NOT_MAPPED}
    | {
        f"{part}.{name}"
        for part, model in _PARTS.items()
        for name in model.model_fields
    }
    | {f"{LINES}{name}" for name in DocumentLine.model_fields}
)
_NEEDED = ("number", "ship_to.country", "lines.sku", "lines.quantity")
_NEEDED_AS_COLUMN = ("number", "lines.sku", "lines.quantity")


def _flat(table: object) -> object:
    """Let `ship_to.country` be written with or without quotes."""
    if not isinstance(table, dict):
        return table
    flat: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": deep for inner, deep in value.items()}
        else:
            flat[name] = value
    return flat


Value = TypeVar("Value")


def _targets(table: dict[str, Value]) -> dict[str, Value]:
    unknown = sorted(table.keys() - TARGETS)
    if unknown:
        known = ", ".join(sorted(TARGETS))
        raise ValueError(f"fields of an order document ({known}); not {unknown[0]}")
    return table


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise ValueError("a regular expression") from None
    return text


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("a text encoding, such as utf-8 or cp1252") from None
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("an IANA time zone, such as Europe/London") from None
    return name


def _country(code: str) -> str:
    if code not in country_codes():
        raise ValueError("a country code of two capitals (ISO 3166-1)")
    return code


class Part(BaseModel):
    """Base of the parts: a key nobody reads is a mistake to be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Grouping(StrEnum):
    """Where the rows of one order stand."""

    ADJACENT = "adjacent"  # one after another; the file is read once
    WHOLE_FILE = "whole_file"  # anywhere; the file is read twice


class Condition(Part):
    """What one column holds; exactly one of the tests."""

    column: str
    equals: tuple[str, ...] | None = None
    matches: Annotated[str, AfterValidator(_pattern)] | None = None
    less_than: Decimal | None = None
    at_most: Decimal | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        given = (self.equals, self.matches, self.less_than, self.at_most)
        if sum(test is not None for test in given) != 1:
            raise ValueError("exactly one of equals, matches, less_than and at_most")
        return self


class SkipRule(Part):
    """Rows that are left out on purpose, counted under a reason."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]


class FileForm(Part):
    """How the file is written; what is left out is found out."""

    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    group: Grouping = Grouping.WHOLE_FILE


class Dates(Part):
    """How moments are written, and in which zone if they name none."""

    format: str | None = None
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"


class Numbers(Part):
    """How decimals are written."""

    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ".", ",", " ", "'"] = ""

    @model_validator(mode="after")
    def _two_separators(self) -> Numbers:
        if self.decimal_separator == self.thousands_separator:
            raise ValueError("a thousands separator other than the decimal separator")
        return self


class Countries(Part):
    """Names the file uses for countries, beside codes and the usual English names."""

    codes: dict[str, Annotated[str, AfterValidator(_country)]] = {}
    refused: dict[str, str] = {}


class CatalogColumns(Part):
    """Where a catalogue made of the orders finds what an order has no place for."""

    name: str


class Mapping(Part):
    """How one source's rows become order documents."""

    file: FileForm = FileForm()
    columns: Annotated[dict[str, str], BeforeValidator(_flat), AfterValidator(_targets)]
    constants: Annotated[
        dict[str, str | int | bool],
        BeforeValidator(_flat),
        AfterValidator(_targets),
    ] = {}
    upper_case: tuple[str, ...] = ()
    dates: Dates = Dates()
    numbers: Numbers = Numbers()
    countries: Countries = Countries()
    skip: tuple[SkipRule, ...] = ()
    catalog: CatalogColumns | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Mapping:
        for needed in _NEEDED_AS_COLUMN:
            if needed not in self.columns:
                raise ValueError(f"columns.{needed} is required")
        for needed in _NEEDED:
            if needed not in self.columns and needed not in self.constants:
                raise ValueError(f"columns.{needed} or constants.{needed} is required")
        both = sorted(self.columns.keys() & self.constants.keys())
        if both:
            raise ValueError(f"a column or a constant, not both: {', '.join(both)}")
        stray = sorted(set(self.upper_case) - self.columns.keys())
        if stray:
            raise ValueError(f"upper_case names mapped fields; not {', '.join(stray)}")
        return self

    def used_columns(self) -> frozenset[str]:
        """Return every column the file must have."""
        conditions = (each for rule in self.skip for each in rule.when)
        catalog = [self.catalog.name] if self.catalog else []
        return frozenset(
            [*self.columns.values(), *(each.column for each in conditions), *catalog]
        )
