"""The promised day of an order: said once, and every change of it with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, bindparam, func, or_, select, update

from activities.steps.order_step import OrderStep
from activities.steps.planning import backorder_delivery, catch_up
from domain.events import EventKind
from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import BackorderStatus
from domain.stock.promise import latest_promise
from persistence.expected_receipts import ExpectedUnits, expected_for
from persistence.tables import backorder, fulfillment_event, orders
from persistence.types import Instant

_SET_PROMISE = (
    update(orders)
    .where(orders.c.order_id == bindparam("id"))
    .values(promised_on=bindparam("day"))
)
_WAS_PROMISED = (
    select(fulfillment_event.c.fulfillment_event_id)
    .where(
        fulfillment_event.c.order_id == bindparam("order_id"),
        fulfillment_event.c.kind == EventKind.PROMISED,
    )
    .limit(1)
)
_OWED = (
    select(backorder.c.sku, backorder.c.quantity, backorder.c.created_at)
    .where(
        backorder.c.order_id == bindparam("order_id"),
        backorder.c.status == BackorderStatus.OPEN,
    )
    .order_by(backorder.c.created_at.desc())
)
# What comes in goes by priority, then age.
_AHEAD = select(func.coalesce(func.sum(backorder.c.quantity), 0)).where(
    backorder.c.sku == bindparam("sku"),
    backorder.c.status == BackorderStatus.OPEN,
    backorder.c.order_id != bindparam("order_id"),
    or_(
        backorder.c.priority < bindparam("priority"),
        and_(
            backorder.c.priority == bindparam("priority"),
            backorder.c.created_at < bindparam("since", type_=Instant),
        ),
    ),
)
_NOT_AWAITED = frozenset({ShipmentStatus.CANCELLED, ShipmentStatus.UNDELIVERED})
# The first of what the step has said is why the promise changed.
_REASONS = (
    (EventKind.SHORT_PICKED, "fewer were picked than asked"),
    (EventKind.SUBSTITUTED, "another article is sent instead"),
    (EventKind.CUSTOMER_ANSWERED, "what to do about missing goods was decided"),
    (EventKind.LINES_CHANGED, "the lines were changed"),
    (EventKind.SHIP_TO_CHANGED, "the address was changed"),
    (EventKind.SHIPMENT_RESOURCED, "a shipment was sourced again"),
    (EventKind.BACKORDER_FILLED, "stock came for what was missing"),
    (EventKind.BACKORDERED, "stock is missing"),
    (EventKind.HANDED_OVER, "the carrier took it later than planned"),
    (EventKind.DEADLINE_MISSED, "a deadline was missed"),
    (EventKind.SHIPMENT_CANCELLED, "a shipment was cancelled"),
    (EventKind.ALLOCATED, "stock was allocated"),
    (EventKind.RELEASED, "it came to the floor later than planned"),
)
_EXPECTED = "what is expected to arrive changed"
_PLANNED_DAY_OVER = "it did not leave on its planned day"


def promise(step: OrderStep) -> None:
    """Say by when all of the order should be at the door, if that has changed."""
    state = step.state
    catch_up(step)
    promised_on = latest_promise(_days(step))
    if promised_on == state.promised_on:
        return
    is_first = state.promised_on is None and not _was_promised(step)
    before, state.promised_on = state.promised_on, promised_on
    step.connection.execute(_SET_PROMISE, {"id": step.order_id, "day": promised_on})
    reasons = [] if is_first else [_reason(step)]
    asked: date | None = step.order.asked_for_on
    if asked is not None and promised_on is not None and promised_on > asked:
        reasons.append(f"later than {asked}, which the source promised")
    step.record(
        EventKind.PROMISED if is_first else EventKind.PROMISE_CHANGED,
        promised_on=_text(promised_on),
        before=_text(before),
        asked_for_on=_text(asked),
        reason="; ".join(reasons) or None,
    )


def _days(step: OrderStep) -> Iterator[date | None]:
    for subject in step.state.shipments:
        if subject.status not in _NOT_AWAITED:
            yield subject.deliver_by
    if step.state.backordered:
        yield from _days_of_backorders(step)


def _days_of_backorders(step: OrderStep) -> Iterator[date | None]:
    owed: Counter[str] = Counter()
    oldest: dict[str, datetime] = {}
    for row in step.connection.execute(_OWED, {"order_id": step.order_id}):
        owed[row.sku] += row.quantity
        oldest[row.sku] = row.created_at
    for sku in sorted(owed):
        expected = expected_for(step.connection, sku)
        if not expected:
            yield None
            return
        yield _day_of_backorder(step, expected, owed[sku] + _ahead(step, sku, oldest))


def _day_of_backorder(
    step: OrderStep, expected: Sequence[ExpectedUnits], needed: int
) -> date | None:
    """Return when the expected units that are this order's could be at the door."""
    for coming in expected:
        needed -= coming.remaining
        if needed <= 0:
            return backorder_delivery(step, coming.warehouse_id, coming.expected_on)
    return None


def _ahead(step: OrderStep, sku: str, oldest: Mapping[str, datetime]) -> int:
    """Return the units of those who stand before this order in line."""
    asked = {
        "sku": sku,
        "order_id": step.order_id,
        "priority": step.order.priority,
        "since": oldest[sku],
    }
    return int(step.connection.execute(_AHEAD, asked).scalar_one())


def _was_promised(step: OrderStep) -> bool:
    """Say whether a day was promised before; the first step of an order has none."""
    if not step.state.revision:
        return False
    asked = {"order_id": step.order_id}
    return step.connection.execute(_WAS_PROMISED, asked).first() is not None


def _reason(step: OrderStep) -> str:
    for kind, text in _REASONS:
        if step.recorded(kind):
            return text
    return _EXPECTED if step.state.backordered else _PLANNED_DAY_OVER


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
