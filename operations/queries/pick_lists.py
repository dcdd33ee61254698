"""Pick lists as pickers walk them: stops in pick sequence, each with its tote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from domain.errors import NotFound
from domain.shipments.tasks import PickListKind, TaskStatus
from operations.queries.models import View
from persistence.tables import (
    location,
    pick_line,
    pick_list,
    pick_list_task,
    pick_task,
    product,
    shipment,
)

_OPEN = func.sum(case((pick_task.c.status == TaskStatus.OPEN, 1), else_=0))
_LISTS = (
    select(
        pick_list.c.pick_list_id,
        pick_list.c.kind,
        pick_list.c.status.label("stored_status"),
        pick_list.c.warehouse_id,
        pick_list.c.created_at,
        pick_list.c.created_by,
        pick_list.c.closed_at.label("cancelled_at"),
        func.count(pick_task.c.pick_task_id).label("tasks"),
        func.coalesce(_OPEN, 0).label("open_tasks"),
        func.max(pick_task.c.closed_at).label("last_closed_at"),
    )
    .outerjoin(
        pick_list_task, pick_list_task.c.pick_list_id == pick_list.c.pick_list_id
    )
    .outerjoin(pick_task, pick_task.c.pick_task_id == pick_list_task.c.pick_task_id)
    .group_by(*pick_list.c)
    .order_by(pick_list.c.created_at, pick_list.c.pick_list_id)
)
_TASKS = (
    select(
        pick_list_task.c.tote,
        pick_task.c.pick_task_id,
        pick_task.c.shipment_id,
        pick_task.c.status,
        shipment.c.order_id,
    )
    .join(pick_task, pick_task.c.pick_task_id == pick_list_task.c.pick_task_id)
    .join(shipment, shipment.c.shipment_id == pick_task.c.shipment_id)
    .order_by(func.length(pick_list_task.c.tote), pick_list_task.c.tote)
)
_STOPS = (
    select(
        pick_line.c.location_id,
        pick_line.c.sku,
        product.c.name,
        pick_line.c.quantity,
        pick_line.c.done_quantity,
        pick_list_task.c.tote,
        pick_task.c.shipment_id,
        pick_line.c.line_no,
    )
    .join(pick_task, pick_task.c.pick_task_id == pick_list_task.c.pick_task_id)
    .join(pick_line, pick_line.c.pick_task_id == pick_task.c.pick_task_id)
    .join(product, product.c.sku == pick_line.c.sku)
    .join(location, location.c.location_id == pick_line.c.location_id)
    .order_by(
        location.c.pick_sequence,
        pick_line.c.location_id,
        pick_line.c.sku,
        func.length(pick_list_task.c.tote),
        pick_list_task.c.tote,
        pick_line.c.pick_line_no,
    )
)


class PickListRow(View):
    """A list; it is done when every task of it is closed."""

    pick_list_id: str
    kind: PickListKind
    status: TaskStatus
    warehouse_id: str
    tasks: int
    open_tasks: int
    created_at: datetime
    created_by: str
    closed_at: datetime | None


class ListedTask(View):
    """A shipment's task on a list, and the tote that takes its goods."""

    tote: str
    pick_task_id: str
    shipment_id: str
    order_id: str
    status: TaskStatus


class ListStop(View):
    """One thing to take: how many, into which tote; done when it was confirmed."""

    location_id: str
    sku: str
    name: str
    quantity: int
    done_quantity: int | None
    tote: str
    shipment_id: str
    line_no: int


class PickListDetails(View):
    """A list with its totes and its stops, as the picker passes them."""

    pick_list_id: str
    kind: PickListKind
    status: TaskStatus
    warehouse_id: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    tasks: tuple[ListedTask, ...]
    stops: tuple[ListStop, ...]


def pick_lists(
    connection: Connection, *, warehouse_id: str | None = None, open_only: bool = True
) -> list[PickListRow]:
    """Return pick lists, the oldest first."""
    conditions: list[ColumnElement[bool]] = []
    if warehouse_id is not None:
        conditions.append(pick_list.c.warehouse_id == warehouse_id)
    if open_only:
        conditions.append(pick_list.c.status == TaskStatus.OPEN)
    rows = _rows(connection, _LISTS.where(and_(True, *conditions)))
    return [row for row in rows if row.status is TaskStatus.OPEN or not open_only]


def pick_list_details(connection: Connection, pick_list_id: str) -> PickListDetails:
    """Return a list with its stops; raise `NotFound` if there is none of that id."""
    rows = _rows(connection, _LISTS.where(pick_list.c.pick_list_id == pick_list_id))
    if not rows:
        raise NotFound(f"there is no pick list {pick_list_id}")
    of_list = pick_list_task.c.pick_list_id == pick_list_id
    return PickListDetails(
        **rows[0].model_dump(exclude={"tasks", "open_tasks"}),
        tasks=tuple(
            ListedTask(**row._mapping)
            for row in connection.execute(_TASKS.where(of_list))
        ),
        stops=tuple(
            ListStop(**row._mapping)
            for row in connection.execute(_STOPS.where(of_list))
        ),
    )


def _rows(
    connection: Connection, query: Select[tuple[object, ...]]
) -> Sequence[PickListRow]:
    return [
        PickListRow(
            pick_list_id=row["pick_list_id"],
            kind=row["kind"],
            status=_status(row["stored_status"], row["open_tasks"]),
            warehouse_id=row["warehouse_id"],
            tasks=row["tasks"],
            open_tasks=row["open_tasks"],
            created_at=row["created_at"],
            created_by=row["created_by"],
            closed_at=row["cancelled_at"]
            or (None if row["open_tasks"] else row["last_closed_at"]),
        )
        for row in connection.execute(query).mappings()
    ]


def _status(stored: str, open_tasks: int) -> TaskStatus:
    if stored == TaskStatus.CANCELLED:
        return TaskStatus.CANCELLED
    return TaskStatus.OPEN if open_tasks else TaskStatus.DONE
