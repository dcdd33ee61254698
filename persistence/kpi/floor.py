"""What stations confirmed, hour by hour: from runs and from imported history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from domain.events import EventKind
from domain.kpi.floor import FloorActivity, FloorHour, station_of
from domain.kpi.question import Question
from persistence.tables import (
    fulfillment_event,
    history_line,
    history_order,
    history_shipment,
    kpi_left_out,
    orders,
    shipment,
)

_ACTIVITIES = {
    EventKind.PICKED: FloorActivity.PICK,
    EventKind.PACKED: FloorActivity.PACK,
    EventKind.HANDED_OVER: FloorActivity.SHIP,
}
_CONFIRMED = (
    fulfillment_event.c.order_id,
    fulfillment_event.c.kind,
    fulfillment_event.c.data,
    fulfillment_event.c.occurred_at,
)
_OF_RUNS = (
    select(*_CONFIRMED, shipment.c.warehouse_id)
    .join(shipment, shipment.c.shipment_id == fulfillment_event.c.shipment_id)
    .join(orders, orders.c.order_id == fulfillment_event.c.order_id)
)

# Where the shipped quantity is unknown, a line of which anything is told was sent.
_WAS_SENT = or_(
    history_line.c.quantity_shipped > 0,
    and_(
        history_line.c.quantity_shipped.is_(None),
        or_(
            history_line.c.sku.is_not(None),
            history_line.c.quantity_ordered.is_not(None),
        ),
    ),
)
_UNITS = func.coalesce(
    history_line.c.quantity_shipped, history_line.c.quantity_ordered, 0
)
_SENT = (
    select(
        history_line.c.order_id,
        history_line.c.shipment_no,
        func.sum(case((_WAS_SENT, 1), else_=0)).label("lines"),
        func.sum(_UNITS).label("units"),
    )
    .group_by(history_line.c.order_id, history_line.c.shipment_no)
    .subquery("sent")
)
# What was imported of an order before it was corrected counts no more.
_CORRECTED = (
    select(
        fulfillment_event.c.order_id,
        func.max(fulfillment_event.c.fulfillment_event_id).label("newest"),
    )
    .where(fulfillment_event.c.kind == EventKind.HISTORY_CORRECTED)
    .group_by(fulfillment_event.c.order_id)
    .subquery("corrected")
)
_SHIPMENT_ID = (
    history_shipment.c.order_id + "-" + cast(history_shipment.c.shipment_no, String)
)
_OF_HISTORY = (
    select(*_CONFIRMED, history_shipment.c.warehouse_id, _SENT.c.lines, _SENT.c.units)
    .join(history_order, history_order.c.order_id == fulfillment_event.c.order_id)
    .join(
        history_shipment,
        and_(
            history_shipment.c.order_id == fulfillment_event.c.order_id,
            fulfillment_event.c.shipment_id == _SHIPMENT_ID,
        ),
    )
    .outerjoin(
        _SENT,
        and_(
            _SENT.c.order_id == history_shipment.c.order_id,
            _SENT.c.shipment_no == history_shipment.c.shipment_no,
        ),
    )
    .outerjoin(_CORRECTED, _CORRECTED.c.order_id == fulfillment_event.c.order_id)
    .where(
        fulfillment_event.c.fulfillment_event_id > func.coalesce(_CORRECTED.c.newest, 0)
    )
)


@dataclass(slots=True)
class _Hour:
    """What a station confirmed so far; lines of orders in `unknown` are not known."""

    lines: int = 0
    units: int = 0
    order_ids: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def add(self, order_id: str, lines: int | None, units: int | None) -> None:
        self.order_ids.add(order_id)
        if not lines:
            self.unknown.add(order_id)
            return
        self.lines += lines
        self.units += units or 0


_Key = tuple[str | None, str, FloorActivity, datetime]
_EventRow = Row[*tuple[Any, ...]]


def load_floor(
    connection: Connection, question: Question, sources: Sequence[str]
) -> list[FloorHour]:
    """Return what was confirmed in the period; no sources mean all not left out."""
    hours: dict[_Key, _Hour] = defaultdict(_Hour)
    zone = ZoneInfo(question.period.zone)
    of_runs = _OF_RUNS.where(*_asked(question, sources, orders.c.source))
    for row in connection.execute(of_runs):
        # The events of a run say how much they were about.
        _add(hours, zone, row, row.data.get("lines"), row.data.get("units"))
    of_history = _OF_HISTORY.where(*_asked(question, sources, history_order.c.source))
    for told in connection.execute(of_history):
        _add(hours, zone, told, told.lines, told.units)
    return [
        FloorHour(
            warehouse=warehouse,
            station=station,
            activity=activity,
            hour=hour,
            lines=found.lines,
            units=found.units,
            order_ids=tuple(sorted(found.order_ids)),
            unknown_order_ids=tuple(sorted(found.unknown)),
        )
        for (warehouse, station, activity, hour), found in sorted(
            hours.items(), key=lambda item: (item[0][3], item[0][1], item[0][2])
        )
    ]


def _asked(
    question: Question, sources: Sequence[str], source: ColumnElement[str]
) -> list[ColumnElement[bool]]:
    at = fulfillment_event.c.occurred_at
    left_out = select(kpi_left_out.c.source)
    return [
        fulfillment_event.c.kind.in_(_ACTIVITIES),
        at >= question.period.starts_at,
        at < question.period.ends_at,
        at <= question.as_of,
        source.in_(sources) if sources else source.not_in(left_out),
    ]


def _add(
    hours: dict[_Key, _Hour],
    zone: ZoneInfo,
    row: _EventRow,
    lines: int | None,
    units: int | None,
) -> None:
    if row.data.get("inferred"):
        # Nobody confirmed it: the carrier's scan told of it later.
        return
    activity = _ACTIVITIES[EventKind(row.kind)]
    station = station_of(row.data.get("station"), row.warehouse_id, activity)
    key = row.warehouse_id, station, activity, _hour_of(row.occurred_at, zone)
    hours[key].add(row.order_id, lines, units)


def _hour_of(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clock hour of the zone began: not everywhere as in UTC."""
    local = at.astimezone(zone)
    return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
