"""Labels, and the rows a carrier's label is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from domain.events import EventKind
from persistence.progress import note_label
from persistence.tables import (
    address,
    customer,
    fulfillment_event,
    label,
    orders,
    package,
    shipment,
    warehouse,
)

_SHIP_TO = (
    select(
        orders.c.order_id,
        orders.c.number,
        orders.c.service_level,
        orders.c.currency,
        customer.c.phone,
        customer.c.email,
        address.c.name,
        address.c.street,
        address.c.street2,
        address.c.city,
        address.c.region,
        address.c.postcode,
        address.c.country,
        warehouse.c.name.label("from_name"),
        warehouse.c.street.label("from_street"),
        warehouse.c.city.label("from_city"),
        warehouse.c.postcode.label("from_postcode"),
        warehouse.c.country.label("from_country"),
    )
    .select_from(shipment)
    .join(orders, orders.c.order_id == shipment.c.order_id)
    .join(customer, customer.c.customer_id == orders.c.customer_id)
    .join(address, address.c.address_id == orders.c.ship_to_address_id)
    .join(warehouse, warehouse.c.warehouse_id == shipment.c.warehouse_id)
    .where(shipment.c.shipment_id == bindparam("shipment_id"))
)
_PACKAGES = (
    select(package)
    .where(package.c.shipment_id == bindparam("shipment_id"))
    .order_by(package.c.package_id)
)
_FIND = select(label.c.tracking_number).where(
    label.c.idempotency_key == bindparam("key"), label.c.voided_at.is_(None)
)
_LABELS_OF = select(label.c.idempotency_key, label.c.tracking_number).where(
    label.c.shipment_id == bindparam("shipment_id")
)
_NOTE_NUMBER = (
    update(shipment)
    .where(shipment.c.shipment_id == bindparam("id"))
    .values(tracking_number=bindparam("number"))
)
_VOID = (
    update(label)
    .where(label.c.idempotency_key == bindparam("key"), label.c.voided_at.is_(None))
    .values(voided_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLabel:
    """A label as it is stored, with its printable documents."""

    idempotency_key: str
    order_id: str
    shipment_id: str
    carrier: str
    service: str
    tracking_number: str | None
    cost: Decimal | None
    currency: str | None
    pdf: bytes
    zpl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRows:
    """Who sends what to whom."""

    ship_to: Row[*tuple[Any, ...]]
    packages: tuple[Row[*tuple[Any, ...]], ...]


def label_rows(connection: Connection, shipment_id: str) -> LabelRows:
    """Return what a label of the shipment is made of."""
    asked = {"shipment_id": shipment_id}
    return LabelRows(
        ship_to=connection.execute(_SHIP_TO, asked).one(),
        packages=tuple(connection.execute(_PACKAGES, asked)),
    )


def find_label(connection: Connection, key: str) -> Row[tuple[str | None]] | None:
    """Return the tracking number of the label bought with a key, if there is one."""
    return connection.execute(_FIND, {"key": key}).first()


def labels_of(connection: Connection, shipment_id: str) -> Mapping[str, str | None]:
    """Return the tracking number of each label of a shipment, by key."""
    rows = connection.execute(_LABELS_OF, {"shipment_id": shipment_id})
    return {row.idempotency_key: row.tracking_number for row in rows}


def store_label(connection: Connection, made: MadeLabel, at: datetime) -> None:
    """Keep a label, and show it at once."""
    connection.execute(
        insert(label),
        {
            "idempotency_key": made.idempotency_key,
            "shipment_id": made.shipment_id,
            "carrier": made.carrier,
            "service": made.service,
            "tracking_number": made.tracking_number,
            "cost": made.cost,
            "currency": made.currency,
            "pdf": made.pdf,
            "zpl": made.zpl,
            "made_at": at,
        },
    )
    connection.execute(
        _NOTE_NUMBER, {"id": made.shipment_id, "number": made.tracking_number}
    )
    _record(
        connection,
        EventKind.LABEL_MADE,
        made.order_id,
        made.shipment_id,
        made.idempotency_key,
        at,
    )
    note_label(connection, made.order_id, made.shipment_id, made.tracking_number)


def mark_voided(
    connection: Connection, key: str, *, order_id: str, shipment_id: str, at: datetime
) -> None:
    """Say that a label is void; once, however often it is said."""
    if connection.execute(_VOID, {"key": key, "at": at}).rowcount == 1:
        _record(connection, EventKind.LABEL_VOIDED, order_id, shipment_id, key, at)


def _record(
    connection: Connection,
    kind: EventKind,
    order_id: str,
    shipment_id: str,
    key: str,
    at: datetime,
) -> None:
    connection.execute(
        insert(fulfillment_event),
        {
            "order_id": order_id,
            "shipment_id": shipment_id,
            "kind": kind,
            "actor": "carrier",
            "cause": key,
            "data": {},
            "occurred_at": at,
            "recorded_at": at,
        },
    )
