"""Which orders a question is about, as one condition the other queries share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
    and_,
    func,
    or_,
    select,
    true,
    union_all,
)

from domain.events import EventKind
from domain.kpi.definitions import DueKind
from domain.kpi.question import Window
from persistence.kpi.orders.wanted import OrdersWanted
from persistence.tables import (
    fulfillment_event,
    history_order,
    orders,
    shipment,
    warehouse,
)

_SPAN_KINDS = (
    EventKind.PLACED,
    EventKind.HANDED_OVER,
    EventKind.FIRST_SCAN,
    EventKind.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class Population:
    """The orders wanted: those that ran here and those that were imported.

    Where they are most of all orders, reading everything is quicker than picking.
    """

    live: ColumnElement[bool]
    history: ColumnElement[bool]
    are_most: bool = False

    def has(self, order_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return which rows to read; those of other orders may be among them."""
        return true() if self.are_most else order_id.in_(self._ids)

    @property
    def _ids(self) -> CompoundSelect[str]:
        return union_all(
            select(orders.c.order_id).where(self.live),
            select(history_order.c.order_id).where(self.history),
        )


def population_of(wanted: OrdersWanted) -> Population:
    """Return the orders placed in the period, or with a window's instant in it.

    They may be a few more than those: figures look at each exactly.
    """
    return Population(
        live=_among(wanted, orders, _due_of_runs(wanted)),
        history=_among(wanted, history_order, _due_of_history(wanted)),
    )


def count_orders(connection: Connection) -> int:
    """Return how many orders there are, those of the history among them."""
    counts = (
        select(func.count()).select_from(table).scalar_subquery()
        for table in (orders, history_order)
    )
    return sum(connection.execute(select(*counts)).one())


def event_span(connection: Connection) -> tuple[datetime, datetime] | None:
    """Return when the first order was placed and when the last stage was passed."""
    event = fulfillment_event.c
    ends = [
        select(end(event.occurred_at, type_=event.occurred_at.type))
        .where(event.kind == kind)
        .scalar_subquery()
        for kind in _SPAN_KINDS
        for end in (func.min, func.max)
    ]
    known = [one for one in connection.execute(select(*ends)).one() if one is not None]
    return (min(known), max(known)) if known else None


def warehouse_zones(connection: Connection) -> dict[str, str]:
    """Return the zone of each warehouse."""
    rows = connection.execute(select(warehouse.c.warehouse_id, warehouse.c.time_zone))
    return {row.warehouse_id: row.time_zone for row in rows}


def _among(
    wanted: OrdersWanted, table: FromClause, due: Iterator[ColumnElement[bool]]
) -> ColumnElement[bool]:
    placed_at = table.c.placed_at
    inside = [_in_period(wanted, placed_at), *due]
    if any(window is Window.DELIVERED for window, _ in wanted.windows):
        inside.append(table.c.order_id.in_(_delivered(wanted)))
    conditions = [placed_at <= wanted.as_of, or_(*inside)]
    if wanted.sources:
        conditions.append(table.c.source.in_(wanted.sources))
    return and_(*conditions)


def _delivered(wanted: OrdersWanted) -> Select[str]:
    event = fulfillment_event.c
    return select(event.order_id).where(
        event.kind == EventKind.DELIVERED, _in_period(wanted, event.occurred_at)
    )


def _due_of_runs(wanted: OrdersWanted) -> Iterator[ColumnElement[bool]]:
    if (Window.DUE, DueKind.DELIVERY) in wanted.windows:
        yield _on_days(wanted, orders.c.promised_on)
        yield _on_days(wanted, orders.c.asked_for_on)
    if (Window.DUE, DueKind.SHIPMENT) in wanted.windows:
        planned = select(shipment.c.order_id).where(
            _on_days(wanted, shipment.c.ship_on)
        )
        yield orders.c.order_id.in_(planned)


def _due_of_history(wanted: OrdersWanted) -> Iterator[ColumnElement[bool]]:
    if (Window.DUE, DueKind.DELIVERY) in wanted.windows:
        yield _in_period(wanted, history_order.c.promised_at)
        yield _on_days(wanted, history_order.c.promised_on)
    if (Window.DUE, DueKind.SHIPMENT) in wanted.windows:
        yield _in_period(wanted, history_order.c.due_ship_at)
        yield _on_days(wanted, history_order.c.due_ship_on)


def _in_period(
    wanted: OrdersWanted, instant: ColumnElement[datetime]
) -> ColumnElement[bool]:
    period = wanted.period
    return and_(instant >= period.starts_at, instant < period.ends_at)


def _on_days(wanted: OrdersWanted, day: ColumnElement[object]) -> ColumnElement[bool]:
    return day.between(wanted.period.first_day, wanted.period.last_day)
