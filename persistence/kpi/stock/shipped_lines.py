"""Shipped lines of imported orders, where no movement tells of the shipments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    select,
)

from domain.stock.movements import MovementKind
from persistence.kpi.stock.flows import LEFT_OUT, UNKNOWN_ARTICLE, StockFlow, when
from persistence.tables import (
    history_line,
    history_movement,
    history_order,
    history_shipment,
)


def lines_flow(
    left: CTE, warehouses: Collection[str], *, has_unknown: bool
) -> StockFlow:
    """Return the shipped lines of the imported orders in `left_shipments`.

    Lines of articles without a movement in the warehouse are of a kind of their own;
    looking for them is dear, so say whether there are any (`has_unknown_articles`).
    """
    units, cost = history_line.c.quantity_shipped, history_line.c.unit_cost_micros
    worth = func.coalesce(units * cost, 0)
    rows: FromClause = history_line.join(
        left,
        and_(
            left.c.order_id == history_line.c.order_id,
            left.c.shipment_no == history_line.c.shipment_no,
        ),
    )
    kind: ColumnElement[Any] = left.c.kind
    if has_unknown:
        articles = _articles(warehouses)
        is_of = and_(
            articles.c.warehouse_id == left.c.warehouse_id,
            articles.c.sku == history_line.c.sku,
        )
        rows = rows.outerjoin(articles, is_of)
        kind = case((articles.c.sku.is_(None), UNKNOWN_ARTICLE), else_=kind)
    return StockFlow(
        rows=rows,
        at=left.c.left_at,
        warehouse=left.c.warehouse_id,
        sku=history_line.c.sku,
        kind=kind,
        currency=left.c.currency,
        order_id=left.c.order_id,
        units=-units,
        value=-worth,
        cost=worth,
        without_cost=when(cost.is_(None), units),
        where=(units > 0,),
    )


def shipments_flow(left: CTE) -> StockFlow:
    """Return the same as `lines_flow`, each shipment as one row without its articles.

    It takes half the time; for questions that do not ask for articles.
    """
    units, cost = history_line.c.quantity_shipped, history_line.c.unit_cost_micros
    sent = (
        select(
            history_line.c.order_id,
            history_line.c.shipment_no,
            func.sum(units).label("units"),
            func.sum(func.coalesce(units * cost, 0)).label("worth"),
            func.sum(when(cost.is_(None), units)).label("without_cost"),
        )
        .where(units > 0)
        .group_by(history_line.c.order_id, history_line.c.shipment_no)
        .cte("sent")
        .prefix_with("MATERIALIZED")
    )
    is_of = and_(
        sent.c.order_id == left.c.order_id, sent.c.shipment_no == left.c.shipment_no
    )
    return StockFlow(
        rows=sent.join(left, is_of),
        at=left.c.left_at,
        warehouse=left.c.warehouse_id,
        sku=literal(None),
        kind=left.c.kind,
        currency=left.c.currency,
        order_id=left.c.order_id,
        units=-sent.c.units,
        value=-sent.c.worth,
        cost=sent.c.worth,
        without_cost=sent.c.without_cost,
        where=(),
    )


def left_shipments(
    warehouses: Collection[str], only: str | None, left_out: Collection[str]
) -> CTE:
    """Return the imported shipments that left some warehouses.

    An order that names no warehouse is of the `only` one there is.
    """
    warehouse: ColumnElement[Any] = history_shipment.c.warehouse_id
    if only is not None:
        warehouse = func.coalesce(warehouse, only)
    at = func.coalesce(
        history_shipment.c.handed_over_at, history_shipment.c.delivered_at
    )
    is_left_out = history_order.c.source.in_(sorted(left_out))
    return (
        select(
            history_shipment.c.order_id,
            history_shipment.c.shipment_no,
            warehouse.label("warehouse_id"),
            at.label("left_at"),
            history_order.c.currency,
            case((is_left_out, LEFT_OUT), else_=MovementKind.SHIPPED.value).label(
                "kind"
            ),
        )
        .join(history_order, history_order.c.order_id == history_shipment.c.order_id)
        .where(at.is_not(None), warehouse.in_(sorted(warehouses)))
        .cte("left_shipment")
        # Looked at once for each shipment, not once for each of its lines.
        .prefix_with("MATERIALIZED")
    )


def has_unknown_articles(warehouses: Collection[str]) -> Select[bool]:
    """Ask whether an article of shipped lines may lack movements in a warehouse."""
    shipped = (
        select(history_line.c.sku)
        .where(history_line.c.quantity_shipped > 0)
        .distinct()
        .subquery("shipped_article")
    )
    places = (
        select(history_movement.c.warehouse_id)
        .where(history_movement.c.warehouse_id.in_(sorted(warehouses)))
        .distinct()
        .subquery("place")
    )
    is_known = exists().where(
        history_movement.c.warehouse_id == places.c.warehouse_id,
        history_movement.c.sku == shipped.c.sku,
    )
    return select(
        exists().select_from(shipped.join(places, literal(True))).where(~is_known)
    )


def _articles(warehouses: Collection[str]) -> CTE:
    return (
        select(history_movement.c.warehouse_id, history_movement.c.sku)
        .where(history_movement.c.warehouse_id.in_(sorted(warehouses)))
        .distinct()
        .cte("imported_article")
    )
