"""The lines of a stock file: how many units lie, or arrived, where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic import ValidationError as Wrong

from domain.errors import InvalidInput
from domain.stock.movements import LocationKind
from messages.order_document import Price, Sku
from operations.files.models import (
    AMOUNT,
    CURRENCY,
    SKU,
    Currency,
    FileLine,
    LineFormat,
)

MAX_UNITS = 10_000_000

WarehouseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
LocationId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,79}$")
]


class StockLine(FileLine):
    """Units of one SKU at one location; 0 says that there are none."""

    sku: Sku
    location: LocationId
    quantity: Annotated[int, Field(ge=0, le=MAX_UNITS)]
    unit_cost: Price | None = None
    currency: Currency | None = None
    warehouse: WarehouseId | None = None
    location_kind: Literal[
        LocationKind.PICK_FACE, LocationKind.BULK, LocationKind.QUARANTINE, None
    ] = None
    pick_sequence: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    # Of the quantity; only goods that arrive have it.
    damaged_quantity: Annotated[int, Field(ge=0)] = 0

    @field_validator("damaged_quantity")
    @classmethod
    def _at_most_what_arrived(cls, damaged: int, info: ValidationInfo) -> int:
        if damaged > info.data.get("quantity", MAX_UNITS):
            raise ValueError("more than arrived")
        return damaged


class ReceivedLine(StockLine):
    """Units of one SKU that arrived at one location."""

    quantity: Annotated[int, Field(ge=1, le=MAX_UNITS)]


WAREHOUSE = "1 to 40 small letters, digits, _ and -, such as main"
_WANTED = {
    "sku": SKU,
    "location": "1 to 80 letters, digits and . _ / -, such as A-01-2",
    "quantity": f"a whole number of units from 0 to {MAX_UNITS}",
    "unit_cost": AMOUNT,
    "currency": CURRENCY,
    "warehouse": WAREHOUSE,
    "location_kind": "pick_face, bulk or quarantine",
    "pick_sequence": "a whole number from 0, the order in which pickers pass",
}
STOCK_FORMAT = LineFormat(
    model=StockLine, required=("sku", "location", "quantity"), wanted=_WANTED
)
RECEIPT_FORMAT = LineFormat(
    model=ReceivedLine,
    required=("sku", "location", "quantity"),
    wanted={
        **_WANTED,
        "quantity": f"a whole number of units from 1 to {MAX_UNITS}",
        "damaged_quantity": "a whole number of units from 0 to the quantity",
    },
)


def received_line(raw: Mapping[str, object]) -> ReceivedLine:
    """Read one line given by hand; raise `InvalidInput` naming what is wrong."""
    try:
        return ReceivedLine.model_validate(raw)
    except Wrong as error:
        column = str(error.errors()[0]["loc"][0])
        raise InvalidInput(column, RECEIPT_FORMAT.wanted[column]) from None
