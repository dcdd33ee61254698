"""Whose orders KPIs count: every source there is, and those that are left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, func, select, union_all

from domain.errors import NotFound
from domain.identity import order_id_of
from operations.queries.models import View
from persistence.database import Database
from persistence.kpi.left_out import count_in, leave_out, left_out_sources
from persistence.tables import history_order, orders

_ANY_NUMBER = "1"


class SourceView(View):
    """One source: its orders, and why they do not count if they do not."""

    source: str
    orders: int
    is_left_out: bool
    reason: str | None


def list_sources(connection: Connection) -> list[SourceView]:
    """Return every source that has orders or is left out, by name."""
    counts = _orders_by_source(connection)
    left_out = left_out_sources(connection)
    return [
        SourceView(
            source=source,
            orders=counts.get(source, 0),
            is_left_out=source in left_out,
            reason=left_out.get(source),
        )
        for source in sorted({*counts, *left_out})
    ]


def _orders_by_source(connection: Connection) -> dict[str, int]:
    every = union_all(
        select(orders.c.source.label("source")), select(history_order.c.source)
    ).subquery()
    counted = select(every.c.source, func.count().label("orders"))
    rows = connection.execute(counted.group_by(every.c.source))
    return {row.source: row.orders for row in rows}


def leave_source_out(
    database: Database,
    source: str,
    reason: str,
    *,
    actor: str,
    clock: Callable[[], datetime],
) -> SourceView:
    """Leave a source out of KPIs; a repeat changes the reason.

    Raises `InvalidInput` for what cannot be the name of a source.
    """
    order_id_of(source, _ANY_NUMBER)
    with database.write() as connection:
        leave_out(connection, source, reason, clock(), actor)
        return _view(connection, source)


def count_source_in(database: Database, source: str) -> SourceView:
    """Count the orders of a source again; raises `NotFound` if it is not left out."""
    with database.write() as connection:
        if source not in left_out_sources(connection):
            raise NotFound(f"no source {source} is left out")
        count_in(connection, source)
        return _view(connection, source)


def _view(connection: Connection, source: str) -> SourceView:
    found = {one.source: one for one in list_sources(connection)}
    nothing = SourceView(source=source, orders=0, is_left_out=False, reason=None)
    return found.get(source, nothing)
