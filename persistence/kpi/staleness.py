"""Whether the record of a closed period has changed behind a report of it.

Facts come late: a claim, a carrier's scan, an import that corrects an earlier one, a
movement of stock. That open orders go on is no change of what was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)

from domain.events import EventKind
from domain.kpi.periods import Period
from persistence.kpi.snapshots import Snapshot
from persistence.tables import (
    fulfillment_event,
    history_movement,
    history_order,
    kpi_left_out,
    order_progress,
    orders,
    shipment,
    stock_movement,
)

STOCK = "stock"
# So many changes are named; all are counted.
NAMED = 100
# Events that change a number of some KPI; the others tell of reminders and refusals.
COUNTED = (
    EventKind.PLACED,
    EventKind.VERIFIED,
    EventKind.ALLOCATED,
    EventKind.RELEASED,
    EventKind.PICKED,
    EventKind.PACKED,
    EventKind.HANDED_OVER,
    EventKind.FIRST_SCAN,
    EventKind.DELIVERED,
    EventKind.REJECTED,
    EventKind.HOLD_PLACED,
    EventKind.HOLD_RELEASED,
    EventKind.SOURCED,
    EventKind.BACKORDERED,
    EventKind.BACKORDER_FILLED,
    EventKind.PROMISED,
    EventKind.PROMISE_CHANGED,
    EventKind.SUBSTITUTED,
    EventKind.CUSTOMER_ASKED,
    EventKind.CUSTOMER_ANSWERED,
    EventKind.SHIPMENT_RESOURCED,
    EventKind.SHORT_PICKED,
    EventKind.PACK_ERROR_FOUND,
    EventKind.LABEL_MADE,
    EventKind.LABEL_VOIDED,
    EventKind.CANCELLED,
    EventKind.LINES_CHANGED,
    EventKind.SHIPMENT_CANCELLED,
    EventKind.CLAIM_RECORDED,
    EventKind.HISTORY_CORRECTED,
)
_OF_WINDOWS = (EventKind.PLACED, EventKind.DELIVERED)
_PROMISES = (EventKind.PROMISED, EventKind.PROMISE_CHANGED)
_EVENT = fulfillment_event.c


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFact:
    """A fact written down after a report was made; `order_id` may say `stock`."""

    order_id: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """How many facts have changed since, and the first of them that can be named."""

    is_stale: bool
    changes: tuple[LateFact, ...] = ()
    count: int = 0


def staleness(connection: Connection, snapshot: Snapshot) -> Staleness:
    """Compare a report with the record as it is now.

    A fact that was written down before the report, but whose transaction ended only
    after it, has no late date of its own: such facts show by their count alone.
    """
    late = _late_facts(snapshot)
    count = int(
        connection.execute(
            select(func.count()).select_from(late.subquery())
        ).scalar_one()
    )
    unseen = abs(
        count_facts(connection, snapshot.period, snapshot.read_at) - snapshot.facts
    )
    named = connection.execute(
        late.order_by("recorded_at", "occurred_at", "order_id", "kind").limit(NAMED)
    )
    return Staleness(
        is_stale=count + unseen > 0,
        changes=tuple(LateFact(**row._mapping) for row in named) if count else (),
        count=count + unseen,
    )


def count_facts(connection: Connection, period: Period, read_at: datetime) -> int:
    """Return how many facts about the period's orders were written down by then.

    The orders are found by what does not change while they go on.
    """
    members = _members(period, _EVENT.recorded_at <= read_at)
    query = select(func.count()).where(
        _EVENT.order_id.in_(select(members.c.order_id)),
        _EVENT.kind.in_(COUNTED),
        _EVENT.recorded_at <= read_at,
    )
    return int(connection.execute(query).scalar_one())


def _late_facts(snapshot: Snapshot) -> Select[Any]:
    """Return facts of orders and of stock, told alike."""
    moved = (
        (stock_movement, stock_movement.c.on_hand_change != 0),
        (history_movement, literal(True)),
    )
    facts = [_late_events(snapshot)]
    for table, counts in moved:
        facts.append(
            select(
                literal(STOCK).label("order_id"),
                table.c.kind,
                table.c.occurred_at,
                table.c.recorded_at,
            ).where(
                counts,
                table.c.occurred_at < snapshot.period.ends_at,
                table.c.occurred_at <= snapshot.as_of,
                table.c.recorded_at > snapshot.read_at,
            )
        )
    return select(union_all(*facts).subquery())


def _late_events(snapshot: Snapshot) -> Select[Any]:
    """Return late facts of orders that count in the period.

    They happened by the moment the report shows, or to an order that had ended by then:
    whatever is said of that one later changes what it was.
    """
    members = _members(snapshot.period, literal(True), _planned(snapshot.period))
    had_ended = exists().where(
        order_progress.c.order_id == _EVENT.order_id,
        order_progress.c.ended_at <= snapshot.as_of,
    )
    return select(
        _EVENT.order_id, _EVENT.kind, _EVENT.occurred_at, _EVENT.recorded_at
    ).where(
        _EVENT.order_id.in_(select(members.c.order_id)),
        _EVENT.kind.in_(COUNTED),
        _EVENT.recorded_at > snapshot.read_at,
        or_(
            _EVENT.occurred_at <= snapshot.as_of,
            _EVENT.kind == EventKind.HISTORY_CORRECTED,
            had_ended,
        ),
    )


def _members(period: Period, is_known: ColumnElement[bool], *more: Select[Any]) -> CTE:
    """Return the orders placed, delivered or due in a period, whose source counts."""
    found = union(
        _by_events(period, is_known), *_by_promises(period, is_known), *more
    ).subquery()
    is_left_out = exists().where(
        found.c.order_id.startswith(kpi_left_out.c.source + "-")
    )
    return select(found.c.order_id).where(~is_left_out).cte("member")


def _by_events(period: Period, is_known: ColumnElement[bool]) -> Select[Any]:
    return select(_EVENT.order_id).where(
        _EVENT.kind.in_(_OF_WINDOWS),
        _EVENT.occurred_at >= period.starts_at,
        _EVENT.occurred_at < period.ends_at,
        is_known,
    )


def _by_promises(
    period: Period, is_known: ColumnElement[bool]
) -> tuple[Select[Any], ...]:
    day = _EVENT.data["promised_on"].as_string()
    first, last = period.first_day, period.last_day
    imported = history_order.c
    return (
        select(_EVENT.order_id).where(
            _EVENT.kind.in_(_PROMISES),
            day.between(first.isoformat(), last.isoformat()),
            is_known,
        ),
        select(orders.c.order_id).where(orders.c.asked_for_on.between(first, last)),
        select(imported.order_id).where(
            or_(
                _within(imported.promised_at, period),
                _within(imported.due_ship_at, period),
                imported.promised_on.between(first, last),
                imported.due_ship_on.between(first, last),
            )
        ),
    )


def _planned(period: Period) -> Select[Any]:
    """Return the orders of which a shipment is planned for the period."""
    return select(shipment.c.order_id).where(
        shipment.c.ship_on.between(period.first_day, period.last_day)
    )


def _within(column: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    return and_(column >= period.starts_at, column < period.ends_at)
