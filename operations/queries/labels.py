"""The label that is stuck on a shipment."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from domain.errors import NotFound
from persistence.tables import label


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDocuments:
    """A label's printable documents; they hold the customer's address."""

    shipment_id: str
    carrier: str
    tracking_number: str | None
    pdf: bytes
    zpl: str


def valid_label(connection: Connection, shipment_id: str) -> LabelDocuments:
    """Return the newest label that is not void; raise `NotFound` if there is none."""
    row = connection.execute(
        select(
            label.c.shipment_id,
            label.c.carrier,
            label.c.tracking_number,
            label.c.pdf,
            label.c.zpl,
        )
        .where(label.c.shipment_id == shipment_id, label.c.voided_at.is_(None))
        .order_by(label.c.made_at.desc(), label.c.idempotency_key.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(f"shipment {shipment_id} has no valid label")
    return LabelDocuments(**row._mapping)
