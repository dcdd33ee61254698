"""Count tasks as those who count read them: never what the books say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from operations.queries.models import View
from persistence.counts import UNSETTLED
from persistence.tables import count_task, location, product

_TASKS = (
    select(
        count_task.c.count_task_id,
        count_task.c.status,
        location.c.warehouse_id,
        count_task.c.location_id,
        count_task.c.sku,
        product.c.name,
        count_task.c.first_counted_by.label("counted_by"),
        count_task.c.opened_at,
    )
    .join(location, location.c.location_id == count_task.c.location_id)
    .join(product, product.c.sku == count_task.c.sku)
    .where(count_task.c.status.in_(UNSETTLED))
    .order_by(
        location.c.warehouse_id,
        location.c.pick_sequence,
        count_task.c.location_id,
        count_task.c.sku,
    )
)


class CountTaskRow(View):
    """One bin to count; `counted_by` has counted it and may not do so again."""

    count_task_id: str
    status: str
    warehouse_id: str
    location_id: str
    sku: str
    name: str
    counted_by: str | None
    opened_at: datetime


def open_counts(
    connection: Connection, *, warehouse_id: str | None = None
) -> list[CountTaskRow]:
    """Return what is to be counted or approved, on the way through the warehouse."""
    query = _TASKS
    if warehouse_id is not None:
        query = query.where(location.c.warehouse_id == warehouse_id)
    return [
        CountTaskRow.model_validate(row) for row in connection.execute(query).mappings()
    ]
