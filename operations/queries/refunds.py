"""Refunds: what is owed to customers, and what was given back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, select

from domain.errors import NotFound
from operations.queries.models import View
from persistence.tables import refund_due


class RefundLine(View):
    """Units of one line that the customer does not pay for."""

    line_no: int
    quantity: int


class RefundRow(View):
    """One refund; without `confirmed_at` the customer still waits for the money.

    `amount` is empty where the order came without prices.
    """

    refund_id: str
    order_id: str
    lines: tuple[RefundLine, ...]
    amount: Decimal | None
    currency: str | None
    reason: str
    created_at: datetime
    confirmed_at: datetime | None
    confirmed_by: str | None


def list_refunds(
    connection: Connection, *, order_id: str | None = None, open_only: bool = True
) -> list[RefundRow]:
    """Return refunds, the oldest first."""
    conditions: list[ColumnElement[bool]] = []
    if order_id is not None:
        conditions.append(refund_due.c.order_id == order_id)
    if open_only:
        conditions.append(refund_due.c.confirmed_at.is_(None))
    query = (
        select(refund_due)
        .where(*conditions)
        .order_by(refund_due.c.created_at, refund_due.c.refund_id)
    )
    return [
        RefundRow.model_validate(row) for row in connection.execute(query).mappings()
    ]


def find_refund(connection: Connection, refund_id: str) -> RefundRow:
    """Return a refund; raise `NotFound` if there is none with that id."""
    query = select(refund_due).where(refund_due.c.refund_id == refund_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"there is no refund {refund_id}")
    return RefundRow.model_validate(row)
