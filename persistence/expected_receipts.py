"""What suppliers said they will bring: how much of it is still to come, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, case, select, update

from persistence.tables import expected_receipt
from persistence.upsert import POSTGRESQL

_REMAINING = expected_receipt.c.quantity - expected_receipt.c.received_quantity
_OPEN = (
    select(
        expected_receipt.c.reference,
        expected_receipt.c.sku,
        expected_receipt.c.warehouse_id,
        expected_receipt.c.expected_on,
        _REMAINING.label("remaining"),
    )
    .where(expected_receipt.c.closed_at.is_(None), _REMAINING > 0)
    .order_by(
        expected_receipt.c.expected_on,
        expected_receipt.c.reference,
        expected_receipt.c.warehouse_id,
    )
)
_OPEN_OF_ARTICLE = _OPEN.where(expected_receipt.c.sku == bindparam("article"))
_OPEN_OF_REFERENCE = select(
    expected_receipt.c.sku,
    expected_receipt.c.warehouse_id,
    _REMAINING.label("remaining"),
).where(
    expected_receipt.c.reference == bindparam("reference"),
    expected_receipt.c.closed_at.is_(None),
)
_KEY = (expected_receipt.c.warehouse_id, expected_receipt.c.sku)
_LOCK = _OPEN_OF_REFERENCE.order_by(*_KEY).with_for_update()
_LOCK_ON_POSTGRESQL = _OPEN_OF_REFERENCE.order_by(
    *(column.collate("C") for column in _KEY)
).with_for_update()
_ARRIVE = (
    update(expected_receipt)
    .where(
        expected_receipt.c.reference == bindparam("of_reference"),
        expected_receipt.c.warehouse_id == bindparam("at_warehouse"),
        expected_receipt.c.sku == bindparam("article"),
    )
    .values(
        received_quantity=expected_receipt.c.received_quantity + bindparam("units"),
        damaged_quantity=expected_receipt.c.damaged_quantity + bindparam("damaged"),
        closed_at=case(
            (
                bindparam("units") >= _REMAINING,
                bindparam("at", type_=expected_receipt.c.closed_at.type),
            )
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedUnits:
    """Units of an article that are still to come into a warehouse.

    `expected_on` is the warehouse's local date; it may have passed.
    """

    reference: str
    sku: str
    warehouse_id: str
    expected_on: date
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedUnits:
    """Units that came, and how many of them are damaged."""

    units: int
    damaged: int = 0


def expected_for(
    connection: Connection, sku: str, *, warehouse_id: str | None = None
) -> list[ExpectedUnits]:
    """Return what of an article is still to come, the soonest first."""
    rows = connection.execute(_OPEN_OF_ARTICLE, {"article": sku})
    return [
        ExpectedUnits(**row._mapping)
        for row in rows
        if warehouse_id in (None, row.warehouse_id)
    ]


def locked_expectations(
    connection: Connection, reference: str
) -> dict[tuple[str, str], int]:
    """Lock what is open under a reference; return what remains, by warehouse and SKU.

    Call it after the stock levels and their values.
    """
    on_postgresql = connection.dialect.name == POSTGRESQL
    statement = _LOCK_ON_POSTGRESQL if on_postgresql else _LOCK
    rows = connection.execute(statement, {"reference": reference})
    return {(row.warehouse_id, row.sku): row.remaining for row in rows}


def add_arrived(
    connection: Connection,
    reference: str,
    arrived: Mapping[tuple[str, str], ArrivedUnits],
    *,
    at: datetime,
) -> None:
    """Say what came of locked expectations; those that are complete are closed."""
    rows = [
        {
            "of_reference": reference,
            "at_warehouse": warehouse_id,
            "article": sku,
            "units": arrived[warehouse_id, sku].units,
            "damaged": arrived[warehouse_id, sku].damaged,
            "at": at,
        }
        for warehouse_id, sku in sorted(arrived)
    ]
    if rows:
        connection.execute(_ARRIVE, rows)
