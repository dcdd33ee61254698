"""Lines of orders that ran here, part by part; adding them up is `run_line_sums`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Subquery, and_, case, func, select

from domain.events import EventKind
from domain.stock.movements import MovementKind
from persistence.kpi.orders.backorders import OwedUnits
from persistence.kpi.orders.happenings import Happenings, fetched
from persistence.kpi.orders.instants import RawInstant, raw
from persistence.tables import (
    allocation,
    fulfillment_event,
    order_demand,
    order_line,
    product,
    refund_due,
    shipment,
    stock_level,
    stock_movement,
)

# The reason of a refund for units that were never there.
_MISSING = "missing"
_UNITS = (
    allocation.c.open_quantity
    + allocation.c.picked_quantity
    + allocation.c.shipped_quantity
)


class LinePart(NamedTuple):
    """A line and one article it needs, by what became of that article's units.

    `underway` counts where units are that have not been delivered. Without an article
    nobody knows what the line is.
    """

    line_no: int
    quantity: int
    cancelled_quantity: int
    substitutes_line_no: int | None
    category: str | None
    sku: str | None
    quantity_per_unit: int
    shipped: int
    underway: int
    delivered_at: RawInstant | None
    first_warehouse: str | None
    last_warehouse: str | None


class RunLines(NamedTuple):
    """The lines of one order, and what could not be had of them.

    `missing_first` holds units of articles by line, `never_there` units of lines,
    `returned` units that came back by article.
    """

    parts: list[LinePart]
    missing_first: dict[tuple[int, str], int]
    never_there: Mapping[int, int]
    returned: Mapping[str, int]
    open_lines: frozenset[int]


def load_run_lines(
    happenings: Happenings, backorders: Mapping[str, Sequence[OwedUnits]]
) -> dict[str, RunLines]:
    """Return the lines of the wanted orders that ran here."""
    parts = _parts(happenings)
    missing = _lines_missing_first(happenings)
    never_there = _never_there(happenings)
    returned = _returned(happenings)
    return {
        order_id: RunLines(
            parts=ours,
            missing_first=_units_missing(
                backorders.get(order_id, ()), missing.get(order_id, set())
            ),
            never_there=never_there.get(order_id, {}),
            returned=returned.get(order_id, {}),
            open_lines=frozenset(
                owed.line_no
                for owed in backorders.get(order_id, ())
                if owed.closed_at is None
            ),
        )
        for order_id, ours in parts.items()
    }


def _parts(happenings: Happenings) -> dict[str, list[LinePart]]:
    sent = _sent(happenings)
    query = (
        select(
            order_line.c.order_id,
            order_line.c.line_no,
            order_line.c.quantity,
            order_line.c.cancelled_quantity,
            order_line.c.substitutes_line_no,
            product.c.category,
            order_demand.c.sku,
            func.coalesce(order_demand.c.quantity_per_unit, 1),
            func.coalesce(sent.c.shipped, 0),
            func.coalesce(sent.c.underway, 0),
            sent.c.delivered_at,
            sent.c.first_warehouse,
            sent.c.last_warehouse,
        )
        .outerjoin(product, product.c.sku == order_line.c.sku)
        .outerjoin(
            order_demand,
            and_(
                order_demand.c.order_id == order_line.c.order_id,
                order_demand.c.line_no == order_line.c.line_no,
            ),
        )
        .outerjoin(
            sent,
            and_(
                sent.c.order_id == order_line.c.order_id,
                sent.c.line_no == order_line.c.line_no,
                sent.c.sku == order_demand.c.sku,
            ),
        )
        .where(happenings.population.has(order_line.c.order_id))
        .order_by(order_line.c.order_id, order_line.c.line_no)
    )
    found: dict[str, list[LinePart]] = defaultdict(list)
    for order_id, *told in fetched(happenings.connection.execute(query)):
        found[order_id].append(LinePart(*told))
    return found


def _sent(happenings: Happenings) -> Subquery:
    """Add up what left of each article of a line, and what is still underway."""
    as_of = happenings.as_of
    has_left = shipment.c.handed_over_at <= as_of
    has_come = func.coalesce(shipment.c.delivered_at <= as_of, False)
    has_units = _UNITS > 0
    return (
        select(
            allocation.c.order_id,
            allocation.c.line_no,
            allocation.c.sku,
            func.sum(case((has_left, allocation.c.shipped_quantity), else_=0)).label(
                "shipped"
            ),
            func.sum(case((and_(has_units, ~has_come), 1), else_=0)).label("underway"),
            func.max(case((has_come, raw(shipment.c.delivered_at)))).label(
                "delivered_at"
            ),
            func.min(case((has_units, shipment.c.warehouse_id))).label(
                "first_warehouse"
            ),
            func.max(case((has_units, shipment.c.warehouse_id))).label(
                "last_warehouse"
            ),
        )
        .join(shipment, shipment.c.shipment_id == allocation.c.shipment_id)
        .where(happenings.population.has(allocation.c.order_id))
        .group_by(allocation.c.order_id, allocation.c.line_no, allocation.c.sku)
        .subquery("sent")
    )


def _lines_missing_first(happenings: Happenings) -> dict[str, set[int]]:
    """Return the lines that had no stock when it was first sought for their order.

    What is missing after a first allocation had been promised from stock.
    """
    event = fulfillment_event.c
    told = list(
        happenings.rows(
            [EventKind.BACKORDERED], event.order_id, raw(event.occurred_at), event.data
        )
    )
    promised_at = _first_allocated(happenings) if told else {}
    found: dict[str, set[int]] = defaultdict(set)
    for order_id, at, data in told:
        if at <= promised_at.get(order_id, at):
            found[order_id].update(data.get("lines", ()))
    return found


def _first_allocated(happenings: Happenings) -> dict[str, RawInstant]:
    event = fulfillment_event.c
    backordered = select(event.order_id).where(event.kind == EventKind.BACKORDERED)
    query = (
        happenings.of_all_kinds(event.order_id, func.min(raw(event.occurred_at)))
        .where(event.kind == EventKind.ALLOCATED, event.order_id.in_(backordered))
        .group_by(event.order_id)
    )
    return {row[0]: row[1] for row in happenings.connection.execute(query)}


def _units_missing(
    owed: Sequence[OwedUnits], lines: set[int]
) -> dict[tuple[int, str], int]:
    """Return what each article lacked at first; later rows are what was left of it."""
    first: dict[tuple[int, str], int] = {}
    for one in owed:
        if one.line_no in lines:
            first.setdefault((one.line_no, one.sku), one.quantity)
    return first


def _never_there(happenings: Happenings) -> dict[str, Counter[int]]:
    """Return units taken off lines because there was no stock for them."""
    query = select(refund_due.c.order_id, refund_due.c.lines).where(
        refund_due.c.reason == _MISSING,
        refund_due.c.created_at <= happenings.as_of,
        happenings.population.has(refund_due.c.order_id),
    )
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for order_id, lines in happenings.connection.execute(query):
        for line in lines:
            found[order_id][line["line_no"]] += line["quantity"]
    return found


def _returned(happenings: Happenings) -> dict[str, dict[str, int]]:
    """Return the units of each article that came back from a customer."""
    order_id = stock_movement.c.order_id
    query = (
        select(order_id, stock_level.c.sku, func.sum(stock_movement.c.on_hand_change))
        .join(
            stock_level, stock_level.c.stock_level_id == stock_movement.c.stock_level_id
        )
        .where(
            stock_movement.c.kind == MovementKind.RETURNED,
            stock_movement.c.occurred_at <= happenings.as_of,
            order_id.is_not(None),
            happenings.population.has(order_id),
        )
        .group_by(order_id, stock_level.c.sku)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for order, sku, units in happenings.connection.execute(query):
        found[order][sku] = int(units)
    return found
