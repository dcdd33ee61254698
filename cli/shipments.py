"""Which shipment a command is about, where it was given as an order."""

from __future__ import annotations

from collections.abc import Collection

from cli.context import Desk
from cli.options import Subject
from operations.floor import fitting_shipment_of


def shipment_in(desk: Desk, subject: Subject, statuses: Collection[str]) -> str:
    """Return the shipment that was named, or the order's only one in these statuses."""
    if subject.shipment_id is not None:
        return subject.shipment_id
    with desk.database.read() as connection:
        return fitting_shipment_of(connection, subject.order_id, frozenset(statuses))
