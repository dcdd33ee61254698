"""Imported lines, added up by the database for each shipment of an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, null, select

from domain.kpi.facts import LineSums
from persistence.kpi.orders.happenings import Happenings, fetched
from persistence.kpi.orders.instants import instant_of, raw
from persistence.tables import history_line, history_shipment, product


def _count(is_meant: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((is_meant, 1)))


def _sum(
    is_meant: ColumnElement[bool], quantity: ColumnElement[int]
) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((is_meant, quantity))), 0)


_ORDERED = history_line.c.quantity_ordered
_SHIPPED = history_line.c.quantity_shipped
_REJECTED = func.coalesce(history_line.c.quantity_rejected, 0)
_IS_KNOWN = and_(_ORDERED.is_not(None), _SHIPPED.is_not(None))
_IS_UNSENT = and_(_ORDERED.is_not(None), _SHIPPED.is_(None))
# What was sent beyond the order fills nothing of another line.
_FILLED_UNITS = case((_SHIPPED > _ORDERED, _ORDERED), else_=_SHIPPED)
_CATEGORY = func.coalesce(history_line.c.category, product.c.category)
_SUMS = (
    _count(_IS_KNOWN),
    _sum(_IS_KNOWN, _ORDERED),
    _count(_SHIPPED >= _ORDERED),
    _sum(_IS_KNOWN, _FILLED_UNITS),
    _count(_REJECTED > 0),
    func.coalesce(func.sum(_REJECTED), 0),
    _count(_IS_UNSENT),
    _sum(_IS_UNSENT, _ORDERED),
    _count(_ORDERED.is_(None)),
)


class _Shipment(NamedTuple):
    """Where a shipment came from, and when it left and came, if that is known."""

    warehouse: str | None
    left_at: datetime | None
    delivered_at: datetime | None
    is_to_come: bool


class ShipmentLines(NamedTuple):
    """Sums of the lines of one shipment, and of one category if asked for.

    Of `unsent` lines the ordered quantity is known but not the shipped one.
    """

    shipment: _Shipment
    shipment_no: int
    category: str | None
    lines: int
    units_ordered: int
    lines_filled: int
    units_shipped: int
    lines_rejected: int
    units_rejected: int
    unsent: int
    unsent_units: int
    unknown: int


def load_history_lines(
    happenings: Happenings, *, by_category: bool
) -> dict[str, list[ShipmentLines]]:
    """Return the sums of the imported lines, by order."""
    shipments = _shipments(happenings)
    key: list[ColumnElement[Any]] = [
        history_line.c.order_id,
        history_line.c.shipment_no,
    ]
    query = select(*key, null(), *_SUMS)
    if by_category:
        key.append(_CATEGORY)
        query = select(*key, *_SUMS).outerjoin(
            product, product.c.sku == history_line.c.sku
        )
    query = query.where(happenings.population.has(history_line.c.order_id))
    rows = happenings.connection.execute(query.group_by(*key))
    found: dict[str, list[ShipmentLines]] = defaultdict(list)
    for order_id, number, *sums in fetched(rows):
        sent = shipments[order_id, number]
        found[order_id].append(ShipmentLines(sent, number, *sums))
    return found


def sum_shipments(
    sent: Sequence[ShipmentLines], *, is_cancelled: bool
) -> tuple[LineSums, ...]:
    """Return the sums of an order; with the first shipment went what was there first.

    Of a cancelled order nothing was sent where nobody says how much.
    """
    first = min(sent, key=_departure).shipment_no if sent else 0
    return tuple(
        _line_sums(one, is_first=one.shipment_no == first, is_cancelled=is_cancelled)
        for one in sent
    )


def _line_sums(sent: ShipmentLines, *, is_first: bool, is_cancelled: bool) -> LineSums:
    was_sent = not sent.shipment.is_to_come
    unsent = sent.unsent if was_sent else sent.unsent + sent.lines
    unsent_units = sent.unsent_units + (0 if was_sent else sent.units_ordered)
    return LineSums(
        category=sent.category,
        warehouse=sent.shipment.warehouse,
        delivered_at=sent.shipment.delivered_at,
        lines=was_sent * sent.lines + is_cancelled * unsent,
        units_ordered=was_sent * sent.units_ordered + is_cancelled * unsent_units,
        lines_filled_first=is_first * was_sent * sent.lines_filled,
        units_filled_first=is_first * was_sent * sent.units_shipped,
        lines_filled=was_sent * sent.lines_filled,
        units_shipped=was_sent * sent.units_shipped,
        lines_rejected=was_sent * sent.lines_rejected,
        units_rejected=was_sent * sent.units_rejected,
        lines_unknown=sent.unknown + (0 if is_cancelled else unsent),
    )


def _departure(sent: ShipmentLines) -> tuple[float, int]:
    left_at = sent.shipment.left_at
    return left_at.timestamp() if left_at else inf, sent.shipment_no


def _shipments(happenings: Happenings) -> dict[tuple[str, int], _Shipment]:
    query = select(
        history_shipment.c.order_id,
        history_shipment.c.shipment_no,
        history_shipment.c.warehouse_id,
        raw(history_shipment.c.handed_over_at),
        raw(history_shipment.c.delivered_at),
    ).where(happenings.population.has(history_shipment.c.order_id))
    as_of = happenings.as_of
    found = {}
    for row in fetched(happenings.connection.execute(query)):
        order_id, number, warehouse, *ends = row
        handed_over_at, delivered_at = map(instant_of, ends)
        left_at = handed_over_at or delivered_at
        known = delivered_at if delivered_at and delivered_at <= as_of else None
        is_to_come = left_at is not None and left_at > as_of
        found[order_id, number] = _Shipment(warehouse, left_at, known, is_to_come)
    return found
