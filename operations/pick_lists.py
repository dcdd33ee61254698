"""Pick lists: one walk for several shipments, each with a tote of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection, exists, insert, select, update

from domain.errors import NotFound, Refused
from domain.shipments.tasks import PickListKind, TaskKind, TaskStatus
from messages.order_document import Reference
from messages.order_messages import Message
from operations.queries.models import View
from operations.queries.pick_lists import PickListDetails, pick_list_details
from operations.repeats import done_once
from persistence.database import Database
from persistence.tables import (
    orders,
    pick_list,
    pick_list_task,
    pick_task,
    shipment,
    warehouse,
)
from persistence.upsert import insert_or_ignore

MOST_TASKS = 100
# Two who gather at one moment take different tasks; who lost some looks again.
_LOOKS = 5
_TOKEN_BYTES = 3

_UNLISTED = (
    select(pick_task.c.pick_task_id)
    .join(shipment, shipment.c.shipment_id == pick_task.c.shipment_id)
    .join(orders, orders.c.order_id == shipment.c.order_id)
    .where(
        pick_task.c.kind == TaskKind.PICK,
        pick_task.c.status == TaskStatus.OPEN,
        ~exists().where(pick_list_task.c.pick_task_id == pick_task.c.pick_task_id),
    )
    .order_by(
        orders.c.priority,
        shipment.c.ship_on.nulls_last(),
        pick_task.c.released_at,
        pick_task.c.pick_task_id,
    )
)


class GatherPicks(Message):
    """Gather open pick tasks of a warehouse into one list."""

    warehouse: Reference
    tasks: Annotated[int, Field(ge=1, le=MOST_TASKS)] = 8


class CancelPickList(Message):
    """Give the open tasks of a list free again."""

    pick_list: Reference


class GatheredPicks(View):
    """The list that was made: the same for a repeat of the message."""

    pick_list_id: str


class FreedTasks(View):
    """The tasks that another list may take now."""

    pick_list_id: str
    freed: tuple[str, ...]
    text: str


def gather_picks(
    database: Database, told: GatherPicks, clock: Callable[[], datetime]
) -> PickListDetails:
    """Gather tasks by priority, day and age into a list; each shipment gets a tote.

    Raises `NotFound` for an unknown warehouse, `Refused` if no task waits for a list.
    """
    made = done_once(database, told, clock, GatheredPicks, _gather)
    with database.read() as connection:
        return pick_list_details(connection, made.pick_list_id)


def cancel_pick_list(
    database: Database, told: CancelPickList, clock: Callable[[], datetime]
) -> FreedTasks:
    """Cancel a list: its open tasks may be gathered anew, what is done stays done.

    Raises `NotFound` for an unknown list, `Refused` if nothing of it is open.
    """
    return done_once(database, told, clock, FreedTasks, _cancel)


def _gather(connection: Connection, told: GatherPicks, now: datetime) -> GatheredPicks:
    _refuse_unknown(connection, told.warehouse)
    first = _unlisted(connection, told.warehouse, told.tasks)
    if not first:
        raise Refused(f"no open pick task of {told.warehouse} waits for a list")
    pick_list_id = f"{told.warehouse}-{now:%y%m%d}-{secrets.token_hex(_TOKEN_BYTES)}"
    connection.execute(
        insert(pick_list),
        {
            "pick_list_id": pick_list_id,
            "kind": PickListKind.SINGLE if len(first) == 1 else PickListKind.BATCH,
            "status": TaskStatus.OPEN,
            "warehouse_id": told.warehouse,
            "created_at": now,
            "created_by": told.actor,
        },
    )
    listed = _list(connection, pick_list_id, first)
    for _ in range(_LOOKS - 1):
        more = _unlisted(connection, told.warehouse, told.tasks - listed)
        if not more:
            break
        listed += _list(connection, pick_list_id, more, after=listed)
    if not listed:
        raise Refused(f"every open pick task of {told.warehouse} was just listed")
    return GatheredPicks(pick_list_id=pick_list_id)


def _refuse_unknown(connection: Connection, warehouse_id: str) -> None:
    query = select(warehouse.c.warehouse_id).where(
        warehouse.c.warehouse_id == warehouse_id
    )
    if connection.execute(query).first() is None:
        raise NotFound(f"there is no warehouse {warehouse_id}")


def _unlisted(connection: Connection, warehouse_id: str, most: int) -> list[str]:
    query = _UNLISTED.where(pick_task.c.warehouse_id == warehouse_id).limit(most)
    return list(connection.execute(query).scalars())


def _list(
    connection: Connection, pick_list_id: str, tasks: list[str], after: int = 0
) -> int:
    """Put tasks on the list that are on no other; return how many they are."""
    totes = {task: f"tote-{number}" for number, task in enumerate(tasks, after + 1)}
    # In key order: two who gather at one moment wait for each other in one direction.
    insert_or_ignore(
        connection,
        pick_list_task,
        [
            {"pick_list_id": pick_list_id, "pick_task_id": task, "tote": totes[task]}
            for task in sorted(tasks)
        ],
    )
    ours = select(pick_list_task.c.pick_task_id).where(
        pick_list_task.c.pick_list_id == pick_list_id,
        pick_list_task.c.pick_task_id.in_(tasks),
    )
    return len(connection.execute(ours).all())


def _cancel(connection: Connection, told: CancelPickList, now: datetime) -> FreedTasks:
    found = pick_list_details(connection, told.pick_list)
    if found.status is not TaskStatus.OPEN:
        raise Refused(f"pick list {told.pick_list} is {found.status}")
    freed = tuple(
        task.pick_task_id for task in found.tasks if task.status is TaskStatus.OPEN
    )
    ended = connection.execute(
        update(pick_list)
        .where(
            pick_list.c.pick_list_id == told.pick_list,
            pick_list.c.status == TaskStatus.OPEN,
        )
        .values(status=TaskStatus.CANCELLED, closed_at=now)
    )
    if ended.rowcount != 1:
        raise Refused(f"pick list {told.pick_list} was just cancelled")
    connection.execute(
        pick_list_task.delete().where(
            pick_list_task.c.pick_list_id == told.pick_list,
            pick_list_task.c.pick_task_id.in_(freed),
        )
    )
    return FreedTasks(
        pick_list_id=told.pick_list,
        freed=freed,
        text=f"pick list {told.pick_list} is cancelled: {len(freed)} tasks are free",
    )
