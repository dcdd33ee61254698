"""A count task that somebody works on: its rows locked, its level first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from domain.errors import NotFound
from domain.stock.counts import CountStatus
from operations.counting.messages import CountMessage
from operations.stock_places import Place, place_named
from persistence.shelves import LevelCounters, lock_level
from persistence.stock import MovementCause, levels_at
from persistence.tables import count_task

_BIN = select(count_task.c.location_id, count_task.c.sku).where(
    count_task.c.count_task_id == bindparam("id")
)
_TASK = select(count_task).where(count_task.c.count_task_id == bindparam("id"))
_LOCK = _TASK.with_for_update()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One count of one person."""

    quantity: int
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAtHand:
    """A count task, where it counts, and what the books say there now."""

    count_task_id: str
    status: CountStatus
    sku: str
    place: Place
    stock_level_id: int
    books: LevelCounters
    first: Count | None
    second: Count | None
    adjustment: int | None


def task_at_hand(connection: Connection, count_task_id: str) -> TaskAtHand:
    """Lock a task's level, then the task; raise `NotFound` if there is none."""
    asked = {"id": count_task_id}
    where = connection.execute(_BIN, asked).first()
    if where is None:
        raise NotFound(f"there is no count task {count_task_id}")
    level = levels_at(connection, where.location_id, [where.sku])[where.sku]
    books = lock_level(connection, level)
    row = connection.execute(_LOCK, asked).one()
    return TaskAtHand(
        count_task_id=count_task_id,
        status=CountStatus(row.status),
        sku=row.sku,
        place=place_named(connection, row.location_id, "location"),
        stock_level_id=level,
        books=books,
        first=_count(row.first_count, row.first_counted_by),
        second=_count(row.second_count, row.second_counted_by),
        adjustment=row.adjustment,
    )


def write_task(
    connection: Connection, task: TaskAtHand, **columns: str | int | datetime | None
) -> None:
    """Change columns of a task that is locked."""
    connection.execute(
        update(count_task)
        .where(count_task.c.count_task_id == task.count_task_id)
        .values(**columns)
    )


def cause_of_count(told: CountMessage, now: datetime) -> MovementCause:
    """Return why a count moves stock."""
    return MovementCause(
        cause=f"count:{told.count_task_id}:{told.message_id}",
        actor=told.actor,
        occurred_at=told.at or now,
        recorded_at=now,
        document=told.count_task_id,
    )


def _count(quantity: int | None, actor: str | None) -> Count | None:
    if quantity is None or actor is None:
        return None
    return Count(quantity=quantity, actor=actor)
