"""One order of the history, as its source told of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from domain.identity import shipment_id_of
from domain.kpi.history import HistoryStatus
from domain.stock.valuation import amount_of
from operations.queries.models import View
from persistence.tables import history_line, history_order, history_shipment


class HistoryLineView(View):
    """One line; what is empty is not known."""

    line_no: int
    shipment_no: int
    sku: str | None
    category: str | None
    quantity_ordered: int | None
    quantity_shipped: int | None
    quantity_rejected: int | None
    unit_price: Decimal | None
    unit_cost: Decimal | None
    error_kind: str | None
    error_found_at: datetime | None


class HistoryShipmentView(View):
    """One shipment; its other stages are in the timeline."""

    shipment_id: str
    shipment_no: int
    warehouse_id: str | None
    carrier: str | None
    handed_over_at: datetime | None
    delivered_at: datetime | None


class HistoryDetails(View):
    """An imported order with its parts; no run belongs to it."""

    order_id: str
    source: str
    number: str
    import_id: str
    status: HistoryStatus
    channel: str | None
    service_level: str | None
    customer_group: str | None
    ship_to_zone: str | None
    currency: str | None
    placed_at: datetime
    cancel_cause: str | None
    promised_at: datetime | None
    promised_on: date | None
    due_ship_at: datetime | None
    due_ship_on: date | None
    lines: tuple[HistoryLineView, ...]
    shipments: tuple[HistoryShipmentView, ...]


_PARTS = frozenset({"lines", "shipments"})
_ORDER_FIELDS = [name for name in HistoryDetails.model_fields if name not in _PARTS]


def history_details(connection: Connection, order_id: str) -> HistoryDetails | None:
    """Return an imported order; None if it is not of the history."""
    query = select(*(history_order.c[name] for name in _ORDER_FIELDS)).where(
        history_order.c.order_id == order_id
    )
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    return HistoryDetails(
        **found,
        lines=_lines(connection, order_id),
        shipments=_shipments(connection, order_id),
    )


def has_history_of(connection: Connection, source: str) -> bool:
    """Say whether any order of a source was imported."""
    query = select(history_order.c.order_id).where(history_order.c.source == source)
    return connection.execute(query.limit(1)).first() is not None


def _lines(connection: Connection, order_id: str) -> tuple[HistoryLineView, ...]:
    query = (
        select(history_line)
        .where(history_line.c.order_id == order_id)
        .order_by(history_line.c.line_no)
    )
    return tuple(
        HistoryLineView.model_validate(
            {
                **row,
                "unit_price": _amount(row["unit_price_micros"]),
                "unit_cost": _amount(row["unit_cost_micros"]),
            }
        )
        for row in connection.execute(query).mappings()
    )


def _shipments(
    connection: Connection, order_id: str
) -> tuple[HistoryShipmentView, ...]:
    query = (
        select(history_shipment)
        .where(history_shipment.c.order_id == order_id)
        .order_by(history_shipment.c.shipment_no)
    )
    return tuple(
        HistoryShipmentView.model_validate(
            {**row, "shipment_id": shipment_id_of(order_id, row["shipment_no"])}
        )
        for row in connection.execute(query).mappings()
    )


def _amount(micros: int | None) -> Decimal | None:
    return None if micros is None else amount_of(micros)
