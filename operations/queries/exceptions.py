"""Exceptions as people read them: who should do what, and for how long it waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from operations.queries.models import View
from persistence.tables import exception_table


class ExceptionRow(View):
    """One exception; `age_seconds` counts from its opening to its end or now."""

    exception_id: str
    order_id: str | None
    shipment_id: str | None
    kind: str
    owner_role: str
    cause: str
    suggested_act: str
    opened_at: datetime
    age_seconds: int
    taken_by: str | None
    escalated_at: datetime | None
    resolved_at: datetime | None
    resolution: str | None


def open_exceptions(
    connection: Connection, now: datetime, owner_role: str | None = None
) -> list[ExceptionRow]:
    """Return what waits for a person, the oldest first."""
    conditions: list[ColumnElement[bool]] = [exception_table.c.resolved_at.is_(None)]
    if owner_role is not None:
        conditions.append(exception_table.c.owner_role == owner_role)
    return _select(connection, now, conditions)


def order_exceptions(
    connection: Connection, order_id: str, now: datetime
) -> list[ExceptionRow]:
    """Return every exception of an order, the oldest first."""
    return _select(connection, now, [exception_table.c.order_id == order_id])


def _select(
    connection: Connection, now: datetime, conditions: list[ColumnElement[bool]]
) -> list[ExceptionRow]:
    query = (
        select(exception_table)
        .where(*conditions)
        .order_by(exception_table.c.opened_at, exception_table.c.exception_id)
    )
    rows = connection.execute(query).mappings()
    return [
        ExceptionRow.model_validate(
            {
                **row,
                "age_seconds": int(
                    ((row["resolved_at"] or now) - row["opened_at"]).total_seconds()
                ),
            }
        )
        for row in rows
    ]
