"""What the floor is asked to do: open tasks with their stops in pick sequence."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from domain.shipments.tasks import TaskKind, TaskStatus
from operations.queries.models import View
from persistence.tables import (
    location,
    order_progress,
    pick_line,
    pick_task,
    product,
    shipment,
)

_TASKS = (
    select(
        pick_task.c.pick_task_id,
        pick_task.c.kind,
        pick_task.c.warehouse_id,
        pick_task.c.released_at,
        shipment.c.shipment_id,
        shipment.c.order_id,
        order_progress.c.due_at,
    )
    .join(shipment, shipment.c.shipment_id == pick_task.c.shipment_id)
    .outerjoin(order_progress, order_progress.c.order_id == shipment.c.order_id)
    .where(pick_task.c.status == TaskStatus.OPEN)
    .order_by(pick_task.c.released_at, pick_task.c.pick_task_id)
)
_LINES = (
    select(
        pick_line.c.pick_task_id,
        pick_line.c.pick_line_no,
        pick_line.c.line_no,
        pick_line.c.sku,
        product.c.name,
        pick_line.c.location_id,
        pick_line.c.quantity,
        pick_line.c.done_quantity,
    )
    .join(product, product.c.sku == pick_line.c.sku)
    .join(location, location.c.location_id == pick_line.c.location_id)
    .order_by(
        pick_line.c.pick_task_id, location.c.pick_sequence, pick_line.c.pick_line_no
    )
)


class PickStop(View):
    """One stop; without `done_quantity` nobody has confirmed it yet."""

    pick_line_no: int
    line_no: int
    sku: str
    name: str
    location_id: str
    quantity: int
    done_quantity: int | None


class OpenTask(View):
    """A task of the floor; `due_at` is when the order's next deadline falls."""

    pick_task_id: str
    kind: TaskKind
    order_id: str
    shipment_id: str
    warehouse_id: str
    released_at: datetime
    due_at: datetime | None
    lines: tuple[PickStop, ...]


def open_tasks(
    connection: Connection,
    *,
    warehouse_id: str | None = None,
    shipment_id: str | None = None,
    kind: TaskKind | None = None,
) -> list[OpenTask]:
    """Return open tasks, the oldest first."""
    given = (
        (pick_task.c.warehouse_id, warehouse_id),
        (pick_task.c.shipment_id, shipment_id),
        (pick_task.c.kind, kind),
    )
    query = _TASKS.where(*_equal(given))
    tasks = list(connection.execute(query).mappings())
    stops = _stops(connection, _equal(given))
    return [
        OpenTask.model_validate({**task, "lines": stops[task["pick_task_id"]]})
        for task in tasks
    ]


def _equal(
    given: tuple[tuple[ColumnElement[str], str | None], ...],
) -> list[ColumnElement[bool]]:
    return [column == value for column, value in given if value is not None]


def _stops(
    connection: Connection, conditions: list[ColumnElement[bool]]
) -> dict[str, list[RowMapping]]:
    query = _LINES.join(
        pick_task, pick_task.c.pick_task_id == pick_line.c.pick_task_id
    ).where(pick_task.c.status == TaskStatus.OPEN, *conditions)
    stops: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        stops[row["pick_task_id"]].append(row)
    return stops
