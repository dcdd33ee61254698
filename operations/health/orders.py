"""Orders against their rows: labels, shipments, backorders."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from operations.health.audit import ORDERS, examine
from operations.health.findings import Finding


def examine_orders(connection: Connection) -> tuple[Finding, ...]:
    """Compare orders with the rows that belong to them."""
    return examine(connection, ORDERS, datetime.now(UTC))
