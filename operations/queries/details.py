"""One order with everything that hangs on it; no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from messages.waiting import waiting_of
from operations.queries.exceptions import ExceptionRow, order_exceptions
from operations.queries.models import View
from operations.queries.orders import OrderRow, order_row
from operations.queries.refunds import RefundRow, list_refunds
from persistence.progress import load_state
from persistence.tables import check_result, hold, label, order_line, shipment

_A_WORKER_TAKES_IT = "nothing: a worker takes it"


class LineView(View):
    """One line as ordered; `sku` is ours and empty while the article is unknown."""

    line_no: int
    ordered_sku: str
    sku: str | None
    quantity: int
    cancelled_quantity: int
    unit_price: Decimal | None
    discount: Decimal | None


class ShipmentView(View):
    """Where a shipment stands; `has_label` counts labels that are not void.

    It is planned to leave on `ship_on`, a local day of its warehouse.
    """

    shipment_id: str
    warehouse_id: str
    status: str
    carrier: str
    tracking_number: str | None
    milestone: str | None
    has_label: bool
    created_at: datetime
    ship_on: date | None
    deliver_by: date | None
    handed_over_at: datetime | None
    delivered_at: datetime | None


class HoldView(View):
    """A hold; one without `released_at` still stands."""

    hold_id: str
    kind: str
    blocks: tuple[str, ...]
    owner_role: str
    reason: str
    placed_at: datetime
    placed_by: str
    expires_at: datetime | None
    released_at: datetime | None
    released_by: str | None


class CheckView(View):
    """What a check answered last, and on what evidence."""

    check: str
    mode: str
    outcome: str
    reason: str
    evidence: Mapping[str, object]
    checked_at: datetime


class OrderDetails(OrderRow):
    """Where an order stands, with its parts."""

    what_to_do: str
    lines: tuple[LineView, ...]
    shipments: tuple[ShipmentView, ...]
    holds: tuple[HoldView, ...]
    checks: tuple[CheckView, ...]
    exceptions: tuple[ExceptionRow, ...]
    refunds: tuple[RefundRow, ...]


def order_details(connection: Connection, order_id: str, now: datetime) -> OrderDetails:
    """Return an order and its parts; raise `NotFound` if it is not stored."""
    row = order_row(connection, order_id)
    state = load_state(connection, order_id)
    return OrderDetails(
        **row.model_dump(),
        what_to_do=waiting_of(state).what_to_do if state else _A_WORKER_TAKES_IT,
        lines=_lines(connection, order_id),
        shipments=_shipments(connection, order_id),
        holds=_holds(connection, order_id),
        checks=_checks(connection, order_id),
        exceptions=tuple(order_exceptions(connection, order_id, now)),
        refunds=tuple(list_refunds(connection, order_id=order_id, open_only=False)),
    )


def _lines(connection: Connection, order_id: str) -> tuple[LineView, ...]:
    query = (
        select(*(order_line.c[name] for name in LineView.model_fields))
        .where(order_line.c.order_id == order_id)
        .order_by(order_line.c.line_no)
    )
    return tuple(LineView(**row._mapping) for row in connection.execute(query))


def _shipments(connection: Connection, order_id: str) -> tuple[ShipmentView, ...]:
    labelled = (
        select(func.count())
        .where(
            label.c.shipment_id == shipment.c.shipment_id, label.c.voided_at.is_(None)
        )
        .scalar_subquery()
    )
    query = (
        select(shipment, labelled.label("has_label"))
        .where(shipment.c.order_id == order_id)
        .order_by(shipment.c.created_at, shipment.c.shipment_id)
    )
    return tuple(
        ShipmentView.model_validate({**row, "has_label": bool(row["has_label"])})
        for row in connection.execute(query).mappings()
    )


def _holds(connection: Connection, order_id: str) -> tuple[HoldView, ...]:
    query = (
        select(*(hold.c[name] for name in HoldView.model_fields))
        .where(hold.c.order_id == order_id)
        .order_by(hold.c.placed_at, hold.c.hold_id)
    )
    return tuple(
        HoldView.model_validate(row) for row in connection.execute(query).mappings()
    )


def _checks(connection: Connection, order_id: str) -> tuple[CheckView, ...]:
    query = (
        select(check_result)
        .where(check_result.c.order_id == order_id)
        .order_by(check_result.c.check_result_id)
    )
    last = {row["check_name"]: row for row in connection.execute(query).mappings()}
    return tuple(
        CheckView.model_validate({**row, "check": name}) for name, row in last.items()
    )
