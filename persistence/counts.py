"""Count tasks: one open question for each bin and article, and what hangs on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from domain.exceptions import HANDLING, ExceptionKind
from domain.stock.counts import CountStatus
from messages.order_state import ExceptionState
from persistence.exceptions import insert_exception
from persistence.tables import count_task, exception_table
from persistence.upsert import insert_or_ignore

UNSETTLED = (CountStatus.OPEN, CountStatus.RECOUNT, CountStatus.APPROVAL)
_OF_BIN = (
    count_task.c.location_id == bindparam("location_id"),
    count_task.c.sku == bindparam("sku"),
)
# Locked, so that a task cannot be settled while a second short pick joins it.
_UNSETTLED_OF_BIN = (
    select(count_task.c.count_task_id)
    .where(*_OF_BIN, count_task.c.status.in_(UNSETTLED))
    .order_by(count_task.c.opened_at, count_task.c.count_task_id)
    .with_for_update()
)
_TASKS_OF_BIN = select(func.count()).select_from(count_task).where(*_OF_BIN)
_QUESTIONS = (
    select(func.count())
    .select_from(exception_table)
    .where(
        func.substr(exception_table.c.exception_id, 1, bindparam("length"))
        == bindparam("prefix")
    )
)
_ANSWERED = (
    update(exception_table)
    .where(
        exception_table.c.resolved_at.is_(None),
        exception_table.c.kind.in_(bindparam("kinds", expanding=True)),
        func.substr(exception_table.c.exception_id, 1, bindparam("length"))
        == bindparam("prefix"),
    )
    .values(
        resolved_at=bindparam("at"),
        resolved_by=bindparam("by"),
        resolution=bindparam("how"),
    )
)


def open_count_task(
    connection: Connection, *, location_id: str, sku: str, cause: str, at: datetime
) -> str:
    """Ask for a count of an article in a bin; return the task, a new or a joined one.

    Call it after the stock levels of the transaction are changed: a count locks the
    level first, then its task.
    """
    asked = {"location_id": location_id, "sku": sku}
    number = 0
    while True:
        found: str | None = (
            connection.execute(_UNSETTLED_OF_BIN, asked).scalars().first()
        )
        if found is not None:
            return found
        # A rival who opens one at the same moment makes the same id: one row, not two.
        # It is counted on where that id belongs to a task that was settled meanwhile.
        earlier = connection.execute(_TASKS_OF_BIN, asked).scalar_one()
        number = max(number, earlier) + 1
        insert_or_ignore(
            connection,
            count_task,
            [
                {
                    **asked,
                    "count_task_id": f"count-{location_id}-{sku}-{number}",
                    "status": CountStatus.OPEN,
                    "cause": cause,
                    "opened_at": at,
                }
            ],
        )


def ask_about_count(
    connection: Connection,
    count_task_id: str,
    kind: ExceptionKind,
    cause: str,
    *,
    at: datetime,
    shipment_id: str | None = None,
) -> str:
    """Open an exception that the count task closes; return its id.

    It is about the bin, not about an order. The caller holds the task's row, as
    `open_count_task` does, so that two get two numbers.
    """
    prefix = _prefix_of(count_task_id)
    asked = {"prefix": prefix, "length": len(prefix)}
    number = connection.execute(_QUESTIONS, asked).scalar_one() + 1
    opened = ExceptionState(
        exception_id=f"{prefix}{number}",
        kind=kind,
        owner_role=HANDLING[kind].owner_role,
        cause=cause,
        shipment_id=shipment_id,
    )
    insert_exception(connection, opened, order_id=None, opened_at=at)
    return opened.exception_id


def close_count_exceptions(
    connection: Connection,
    count_task_id: str,
    *kinds: ExceptionKind,
    actor: str,
    resolution: str,
    at: datetime,
) -> None:
    """Close the open exceptions of these kinds that a count task has answered."""
    prefix = _prefix_of(count_task_id)
    connection.execute(
        _ANSWERED,
        {
            "prefix": prefix,
            "length": len(prefix),
            "kinds": list(kinds),
            "at": at,
            "by": actor,
            "how": resolution,
        },
    )


def _prefix_of(count_task_id: str) -> str:
    return f"{count_task_id}.x"
