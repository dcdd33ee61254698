"""What suppliers will bring, as people read it: what remains, and what is late."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from operations.queries.models import View
from persistence.tables import expected_receipt, warehouse


class ExpectedRow(View):
    """Units of an article that were or are expected; late by the warehouse's date."""

    reference: str
    sku: str
    warehouse_id: str
    expected_on: date
    quantity: int
    received_quantity: int
    damaged_quantity: int
    remaining: int
    is_late: bool
    closed_at: datetime | None


def expected_receipts(
    connection: Connection,
    now: datetime,
    *,
    sku: str | None = None,
    warehouse_id: str | None = None,
    with_closed: bool = False,
) -> list[ExpectedRow]:
    """Return what is expected, the soonest first."""
    conditions: list[ColumnElement[bool]] = []
    if sku is not None:
        conditions.append(expected_receipt.c.sku == sku)
    if warehouse_id is not None:
        conditions.append(expected_receipt.c.warehouse_id == warehouse_id)
    if not with_closed:
        conditions.append(expected_receipt.c.closed_at.is_(None))
    query = (
        select(expected_receipt, warehouse.c.time_zone)
        .join(warehouse, warehouse.c.warehouse_id == expected_receipt.c.warehouse_id)
        .where(*conditions)
        .order_by(
            expected_receipt.c.expected_on,
            expected_receipt.c.reference,
            expected_receipt.c.warehouse_id,
            expected_receipt.c.sku,
        )
    )
    rows = []
    for row in connection.execute(query).mappings():
        today = now.astimezone(ZoneInfo(row["time_zone"])).date()
        remaining = max(row["quantity"] - row["received_quantity"], 0)
        is_open = row["closed_at"] is None
        rows.append(
            ExpectedRow.model_validate(
                {
                    **row,
                    "remaining": remaining if is_open else 0,
                    "is_late": is_open and row["expected_on"] < today,
                }
            )
        )
    return rows
