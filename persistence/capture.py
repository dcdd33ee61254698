"""Storing an order as it was received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from domain.errors import InvalidInput
from domain.verification import contact_fingerprints
from messages.order_document import DocumentLine, OrderDocument, placed_at_or
from persistence.catalog import Article, find_articles
from persistence.history_lookup import is_imported
from persistence.tables import (
    address,
    contact_fingerprint,
    customer,
    order_demand,
    order_line,
    orders,
)
from persistence.upsert import insert_or_ignore

_ADD_LINES = insert(order_line)
_ADD_DEMANDS = insert(order_demand)
_ADD_FINGERPRINTS = insert(contact_fingerprint)
# Not a secret: it keeps the hashes of one installation from being looked up in a
# table of common addresses made for another.
FINGERPRINT_SALT = b"orderwright contact fingerprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedOrder:
    """An order to store: its document, its identity and the policy it keeps."""

    order_id: str
    number: str
    document: OrderDocument
    policy: str
    received_at: datetime


_IS_STORED = select(orders.c.order_id).where(orders.c.order_id == bindparam("order_id"))
_STORED = select(orders.c.document).where(orders.c.order_id == bindparam("order_id"))


def is_stored(connection: Connection, order_id: str) -> bool:
    """Say whether an order is stored."""
    return connection.execute(_IS_STORED, {"order_id": order_id}).first() is not None


def stored_document(connection: Connection, order_id: str) -> OrderDocument | None:
    """Return the document an order was captured with; None if it is not stored."""
    raw = connection.execute(_STORED, {"order_id": order_id}).scalar_one_or_none()
    return None if raw is None else OrderDocument.model_validate(raw)


def store_order(connection: Connection, captured: CapturedOrder) -> bool:
    """Store the order unless it is there; return whether it was stored now.

    Raises `InvalidInput` naming the number if the order was imported as history.
    """
    order_id, document = captured.order_id, captured.document
    address_id = f"{order_id}.1"
    _store_contact(connection, captured, address_id)
    if not _insert_order(connection, captured, address_id):
        return False
    # After the insert, which waits for an import that is about to commit.
    if is_imported(connection, order_id):
        raise InvalidInput("number", "one that was not imported as history")
    articles = find_articles(
        connection, document.source, [line.sku for line in document.lines]
    )
    add_lines(connection, order_id, 1, document.lines, articles)
    fingerprints = contact_fingerprints(_contact(document), FINGERPRINT_SALT)
    if fingerprints:
        connection.execute(
            _ADD_FINGERPRINTS,
            [
                {"order_id": order_id, "field": field, "fingerprint": fingerprint}
                for field, fingerprint in fingerprints.items()
            ],
        )
    return True


def _store_contact(
    connection: Connection, captured: CapturedOrder, address_id: str
) -> None:
    contact = captured.document.customer
    insert_or_ignore(
        connection,
        customer,
        [
            {
                "customer_id": captured.order_id,
                "source": captured.document.source,
                "reference": contact.reference if contact else None,
                "name": contact.name if contact else None,
                "email": contact.email if contact else None,
                "phone": contact.phone if contact else None,
            }
        ],
    )
    insert_or_ignore(
        connection,
        address,
        [
            {
                "address_id": address_id,
                "order_id": captured.order_id,
                "created_at": captured.received_at,
                **captured.document.ship_to.model_dump(),
            }
        ],
    )


def _insert_order(
    connection: Connection, captured: CapturedOrder, address_id: str
) -> bool:
    document = captured.document
    row = {
        "order_id": captured.order_id,
        "source": document.source,
        "number": captured.number,
        "has_own_number": document.number is not None,
        "channel": document.channel,
        "service_level": document.service_level,
        "currency": document.currency,
        "prices_include_tax": document.prices_include_tax,
        "payment_status": document.payment.status if document.payment else None,
        "priority": document.priority,
        "when_missing": document.when_missing,
        "accepts_substitutes": document.accepts_substitutes,
        "asked_for_on": document.promised_on,
        "reservation_id": document.reservation_id,
        "placed_at": placed_at_or(document, captured.received_at),
        "received_at": captured.received_at,
        "customer_id": captured.order_id,
        "customer_group": document.customer.group if document.customer else None,
        "ship_to_address_id": address_id,
        "document": document.model_dump(mode="json", exclude_defaults=True),
        "policy": captured.policy,
    }
    if is_stored(connection, captured.order_id):
        return False
    insert_or_ignore(connection, orders, [row])
    # Another transaction may have stored it between the look and the insert.
    lines = select(order_line.c.line_no).where(
        order_line.c.order_id == captured.order_id
    )
    return connection.execute(lines.limit(1)).first() is None


def add_lines(
    connection: Connection,
    order_id: str,
    first_line_no: int,
    lines: Sequence[DocumentLine],
    known: Mapping[str, Article],
) -> None:
    """Store lines and what they take from the shelves."""
    numbered = list(enumerate(lines, start=first_line_no))
    connection.execute(
        _ADD_LINES,
        [
            {
                "order_id": order_id,
                "line_no": line_no,
                "ordered_sku": line.sku,
                "sku": known[line.sku].sku if line.sku in known else None,
                "quantity": line.quantity,
                "cancelled_quantity": 0,
                "unit_price": line.unit_price,
                "discount": line.discount,
            }
            for line_no, line in numbered
        ],
    )
    demands = [
        {
            "order_id": order_id,
            "line_no": line_no,
            "sku": sku,
            "quantity_per_unit": each,
        }
        for line_no, line in numbered
        if line.sku in known
        for sku, each in known[line.sku].parts
    ]
    if demands:
        connection.execute(_ADD_DEMANDS, demands)


def name_article(
    connection: Connection, order_id: str, line_no: int, article: Article
) -> None:
    """Say which article a line means that was unknown before."""
    connection.execute(
        update(order_line)
        .where(order_line.c.order_id == order_id, order_line.c.line_no == line_no)
        .values(sku=article.sku)
    )
    connection.execute(
        _ADD_DEMANDS,
        [
            {
                "order_id": order_id,
                "line_no": line_no,
                "sku": sku,
                "quantity_per_unit": each,
            }
            for sku, each in article.parts
        ],
    )


def _contact(document: OrderDocument) -> dict[str, str | None]:
    contact, ship_to = document.customer, document.ship_to
    where = "|".join(
        part
        for part in (ship_to.name, ship_to.street, ship_to.postcode, ship_to.country)
        if part
    )
    return {
        "email": contact.email if contact else None,
        "phone": contact.phone if contact else None,
        "reference": contact.reference if contact else None,
        "address": where if ship_to.street else None,
    }
