"""The lines of a catalogue file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from messages.order_document import STORABLE, Price, Sku, Text
from operations.files.models import (
    AMOUNT,
    CURRENCY,
    SKU,
    SOURCE,
    Country,
    Currency,
    FileLine,
    LineFormat,
    SourceName,
)

_BETWEEN = "|"
_DEFAULT_COUNT = "1"

Millimetres = Annotated[int, Field(ge=1, le=100_000)]
Grams = Annotated[int, Field(ge=1, le=10_000_000)]
Position = Annotated[int, Field(ge=1, le=1_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Category = Annotated[str, StringConstraints(min_length=1, max_length=100), STORABLE]
Barcode = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]


def _several(separator: str) -> BeforeValidator:
    def split(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        return [_pair(part.strip(), separator) for part in cell.split(_BETWEEN)]

    return BeforeValidator(split)


def _pair(part: str, separator: str) -> tuple[str, str]:
    code, found, count = part.rpartition(separator)
    return (code.strip(), count.strip()) if found else (part, _DEFAULT_COUNT)


def _source_and_alias(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    return [part.strip().split(":", 1) for part in cell.split(_BETWEEN)]


class CatalogLine(FileLine):
    """One product; what it does not say stays as it is stored."""

    sku: Sku
    name: Text | None = None
    category: Category | None = None
    price: Price | None = None
    currency: Currency | None = None
    includes_tax: bool | None = None
    unit_cost: Price | None = None
    weight_grams: Grams | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    origin_country: Country | None = None
    hazardous: bool | None = None
    barcodes: Annotated[tuple[tuple[Barcode, Count], ...], _several(":")] = ()
    bundle: Annotated[tuple[tuple[Sku, Count], ...], _several("*")] = ()
    aliases: Annotated[
        tuple[tuple[SourceName, Sku], ...], BeforeValidator(_source_and_alias)
    ] = ()


class AliasLine(FileLine):
    """What one source calls a product."""

    source: SourceName
    alias: Sku
    sku: Sku


class SubstituteLine(FileLine):
    """What may be sent instead of an article; the lowest position is tried first."""

    sku: Sku
    substitute_sku: Sku
    position: Position


_YES_NO = "yes or no"
_SIDE = "a whole number of millimetres from 1"

CATALOG_FORMAT = LineFormat(
    model=CatalogLine,
    required=("sku",),
    wanted={
        "sku": SKU,
        "name": "a name of 1 to 300 characters",
        "category": "a category of 1 to 100 characters",
        "price": AMOUNT,
        "currency": CURRENCY,
        "includes_tax": _YES_NO,
        "unit_cost": AMOUNT,
        "weight_grams": "a whole number of grams from 1",
        "length_mm": _SIDE,
        "width_mm": _SIDE,
        "height_mm": _SIDE,
        "origin_country": "a country code of two letters (ISO 3166-1), such as DE",
        "hazardous": _YES_NO,
        "barcodes": "code or code:pack_quantity, several separated by |",
        "bundle": "SKU*quantity, several separated by |",
        "aliases": "source:alias, several separated by |",
    },
)
ALIAS_FORMAT = LineFormat(
    model=AliasLine,
    required=("source", "alias", "sku"),
    wanted={"source": SOURCE, "alias": SKU, "sku": SKU},
)
SUBSTITUTE_FORMAT = LineFormat(
    model=SubstituteLine,
    required=("sku", "substitute_sku", "position"),
    wanted={
        "sku": SKU,
        "substitute_sku": SKU,
        "position": "a whole number from 1; the lowest is tried first",
    },
)
