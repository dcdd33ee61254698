"""Small writes on exceptions and holds that fall due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, update

from domain.exceptions import HANDLING
from messages.order_state import ExceptionState
from persistence.tables import exception_table, hold


def insert_exception(
    connection: Connection,
    opened: ExceptionState,
    *,
    order_id: str | None,
    opened_at: datetime,
) -> None:
    """Store an open exception with the act its kind suggests."""
    connection.execute(
        insert(exception_table),
        {
            "exception_id": opened.exception_id,
            "order_id": order_id,
            "shipment_id": opened.shipment_id,
            "kind": opened.kind,
            "owner_role": opened.owner_role,
            "cause": opened.cause,
            "suggested_act": HANDLING[opened.kind].suggested_act,
            "opened_at": opened_at,
        },
    )


def escalate_exception(
    connection: Connection, exception_id: str, *, owner_role: str, at: datetime
) -> None:
    """Hand an exception one level up."""
    connection.execute(
        update(exception_table)
        .where(exception_table.c.exception_id == exception_id)
        .values(owner_role=owner_role, escalated_at=at)
    )


def expire_hold(connection: Connection, hold_id: str, *, at: datetime) -> None:
    """Mark a hold as expired; it still stands."""
    connection.execute(
        update(hold).where(hold.c.hold_id == hold_id).values(expired_at=at)
    )


def resolve_exception_row(
    connection: Connection,
    exception_id: str,
    *,
    actor: str,
    resolution: str,
    note_reference: str | None,
    at: datetime,
) -> bool:
    """Close an open exception; return whether there was one."""
    closed = connection.execute(
        update(exception_table)
        .where(
            exception_table.c.exception_id == exception_id,
            exception_table.c.resolved_at.is_(None),
        )
        .values(
            resolved_at=at,
            resolved_by=actor,
            resolution=resolution,
            note_reference=note_reference,
        )
    )
    return closed.rowcount == 1
