"""The warehouses: when they send, how much a day, and what is planned."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, func, select

from operations.queries.models import View
from persistence.tables import location, service_area, warehouse, warehouse_day


class WarehouseRow(View):
    """One warehouse; without a capacity it takes any number of shipments a day.

    `planned` counts the shipments that hold a place in a day from today on.
    """

    warehouse_id: str
    name: str
    city: str | None
    country: str | None
    time_zone: str
    cut_off: str | None
    daily_capacity: int | None
    locations: int
    areas: int
    planned: int
    frozen_at: datetime | None
    frozen_reason: str | None


def list_warehouses(connection: Connection, today: date) -> list[WarehouseRow]:
    """Return every warehouse."""
    of_this = warehouse.c.warehouse_id
    counted = [
        select(func.count())
        .where(table.c.warehouse_id == of_this)
        .scalar_subquery()
        .label(name)
        for name, table in (("locations", location), ("areas", service_area))
    ]
    planned = (
        select(func.coalesce(func.sum(warehouse_day.c.planned), 0))
        .where(warehouse_day.c.warehouse_id == of_this, warehouse_day.c.day >= today)
        .scalar_subquery()
        .label("planned")
    )
    query = select(warehouse, *counted, planned).order_by(of_this)
    return [
        WarehouseRow.model_validate(dict(row))
        for row in connection.execute(query).mappings()
    ]
