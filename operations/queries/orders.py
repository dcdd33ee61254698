"""The list of orders: the read model, with orders whose run has not begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from domain.orders.status import ENDED, OrderStatus
from operations.queries.models import View
from persistence.history_lookup import unknown_order
from persistence.tables import order_progress, orders

WAITS_FOR_A_WORKER = "verification"
DEFAULT_LIMIT = 100
# Below the number of variables one statement may have on either database.
IDS_AT_ONCE = 500

_STATUS = func.coalesce(order_progress.c.status, OrderStatus.RECEIVED.value)
_ORDERS = select(
    orders.c.order_id,
    orders.c.source,
    orders.c.number,
    orders.c.channel,
    orders.c.service_level,
    orders.c.placed_at,
    orders.c.received_at,
    orders.c.asked_for_on,
    orders.c.promised_on,
    _STATUS.label("status"),
    order_progress.c.status_since,
    order_progress.c.waits_for,
    order_progress.c.due_at,
    order_progress.c.attention_reason,
    order_progress.c.ended_at,
).outerjoin(order_progress, order_progress.c.order_id == orders.c.order_id)

_STATUSES = (
    select(_STATUS.label("status"), func.count().label("orders"))
    .select_from(orders)
    .outerjoin(order_progress, order_progress.c.order_id == orders.c.order_id)
)


class OrderRow(View):
    """Where one order stands."""

    order_id: str
    source: str
    number: str
    channel: str
    service_level: str
    status: OrderStatus
    since: datetime
    waits_for: str
    due_at: datetime | None
    needs_attention: bool
    attention_reason: str | None
    placed_at: datetime
    # The day the source promised, and the day by which we do.
    asked_for_on: date | None
    promised_on: date | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders are wanted; what is not given does not matter."""

    statuses: tuple[OrderStatus, ...] = ()
    source: str | None = None
    needs_attention: bool | None = None
    limit: int = DEFAULT_LIMIT


def list_orders(connection: Connection, wanted: OrderFilter) -> list[OrderRow]:
    """Return orders, the newest first."""
    query: Select[tuple[object, ...]] = (
        _ORDERS.where(*_conditions(wanted))
        .order_by(orders.c.placed_at.desc(), orders.c.order_id)
        .limit(wanted.limit)
    )
    return [_row(found) for found in connection.execute(query).mappings()]


def count_orders(connection: Connection, wanted: OrderFilter) -> int:
    """Return how many orders a list without a limit would have."""
    joined = orders.outerjoin(
        order_progress, order_progress.c.order_id == orders.c.order_id
    )
    query = select(func.count()).select_from(joined).where(*_conditions(wanted))
    return connection.execute(query).scalar_one()


def order_row(connection: Connection, order_id: str) -> OrderRow:
    """Return where an order stands.

    Raises `NotFound` if it is not stored, `Refused` if it was imported as history.
    """
    query = _ORDERS.where(orders.c.order_id == order_id)
    found = connection.execute(query).mappings().first()
    if found is None:
        raise unknown_order(connection, order_id)
    return _row(found)


def _conditions(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.statuses:
        conditions.append(_STATUS.in_([status.value for status in wanted.statuses]))
    if wanted.source is not None:
        conditions.append(orders.c.source == wanted.source)
    if wanted.needs_attention is not None:
        reason = order_progress.c.attention_reason
        conditions.append(
            reason.is_not(None) if wanted.needs_attention else reason.is_(None)
        )
    return conditions


def _row(found: RowMapping) -> OrderRow:
    has_begun = found["status_since"] is not None
    return OrderRow(
        order_id=found["order_id"],
        source=found["source"],
        number=found["number"],
        channel=found["channel"],
        service_level=found["service_level"],
        status=OrderStatus(found["status"]),
        since=found["status_since"] if has_begun else found["received_at"],
        waits_for=found["waits_for"] if has_begun else WAITS_FOR_A_WORKER,
        due_at=found["due_at"],
        needs_attention=found["attention_reason"] is not None,
        attention_reason=found["attention_reason"],
        placed_at=found["placed_at"],
        asked_for_on=found["asked_for_on"],
        promised_on=found["promised_on"],
        ended_at=found["ended_at"],
    )


def count_by_status(
    connection: Connection, order_ids: Iterable[str]
) -> dict[OrderStatus, int]:
    """Return how many of these orders stand where."""
    counted: Counter[OrderStatus] = Counter()
    for chunk in _chunks(order_ids):
        query = (
            _STATUSES.where(orders.c.order_id.in_(chunk))
            .group_by(_STATUS)
            .order_by(_STATUS)
        )
        for row in connection.execute(query):
            counted[OrderStatus(row.status)] += row.orders
    return dict(counted)


def count_ended(connection: Connection, order_ids: Iterable[str]) -> int:
    """Return how many of these orders have ended."""
    return sum(
        count
        for status, count in count_by_status(connection, order_ids).items()
        if status in ENDED
    )


def _chunks(order_ids: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(order_ids))
    for start in range(0, len(wanted), IDS_AT_ONCE):
        yield wanted[start : start + IDS_AT_ONCE]
