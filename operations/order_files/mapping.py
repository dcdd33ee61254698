"""What a mapping file says: which column means what, and which rows are no goods."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from messages.order_document import (
    CustomerContact,
    DocumentLine,
    OrderDocument,
    Payment,
    ShipTo,
)
from operations.files.countries import country_codes
from operations.files.mapping_parts import Part, TableMapping

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


def _country(code: str) -> str:
    if code not in country_codes():
        raise ValueError("a country code of two capitals (ISO 3166-1)")
    return code


class Countries(Part):
    """Names the file uses for countries, beside codes and the usual English names."""

    codes: dict[str, Annotated[str, AfterValidator(_country)]] = Field(
        default_factory=dict
    )
    refused: dict[str, str] = Field(default_factory=dict)


class CatalogColumns(Part):
    """Where a catalogue made of the orders finds what an order has no place for."""

    name: str


class Mapping(TableMapping):
    """How one source's rows become order documents."""

    columns: Annotated[dict[str, str], BeforeValidator(_flat), AfterValidator(_targets)]
    constants: Annotated[
        dict[str, str | int | bool],
        BeforeValidator(_flat),
        AfterValidator(_targets),
    ] = Field(default_factory=dict)
    countries: Countries = Countries()
    catalog: CatalogColumns | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Mapping:
        for needed in _NEEDED_AS_COLUMN:
            if needed not in self.columns:
                raise ValueError(f"columns.{needed} is required")
        for needed in _NEEDED:
            if needed not in self.columns and needed not in self.constants:
                raise ValueError(f"columns.{needed} or constants.{needed} is required")
        return self

    def used_columns(self) -> frozenset[str]:
        """Return every column the file must have."""
        catalog = [self.catalog.name] if self.catalog else []
        return super().used_columns() | frozenset(catalog)
