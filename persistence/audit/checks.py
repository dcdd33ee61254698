"""Every check of the auditor, in the order in which it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from persistence.audit import ledger, orders, reservations, shipments
from persistence.audit.findings import AuditCheck, AuditFinding
from persistence.audit.reading import one_moment
from persistence.database import Database

Check = Callable[[Connection, datetime], list[AuditFinding]]

CHECKS: Mapping[AuditCheck, Check] = {
    AuditCheck.STOCK_COUNTERS: ledger.check_counters,
    AuditCheck.STOCK_BOUNDS: ledger.check_bounds,
    AuditCheck.ALLOCATIONS: ledger.check_promises,
    AuditCheck.STAGING: ledger.check_staging,
    AuditCheck.ENDED_ORDERS: ledger.check_ended_orders,
    AuditCheck.ENDED_SHIPMENTS: shipments.check_ended_shipments,
    AuditCheck.ALLOCATION_OWNERS: shipments.check_owners,
    AuditCheck.RESERVATIONS: reservations.check_reserved,
    AuditCheck.ENDED_RESERVATIONS: reservations.check_ended_reservations,
    AuditCheck.EXPIRED_RESERVATIONS: reservations.check_expired_reservations,
    AuditCheck.LABELS: shipments.check_labels,
    AuditCheck.SHIPMENTS: shipments.check_shipments,
    AuditCheck.HANDED_OVER: shipments.check_handed_over,
    AuditCheck.PICK_TASKS: shipments.check_pick_tasks,
    AuditCheck.BACKORDERS: orders.check_backorders,
    AuditCheck.ORDER_LINES: orders.check_order_lines,
    AuditCheck.STUCK_ORDERS: orders.check_stuck_orders,
}


def run_check(
    database: Database, check: AuditCheck, now: datetime
) -> list[AuditFinding]:
    """Ask one question as of one moment, whatever moves meanwhile."""
    with one_moment(database) as connection:
        return CHECKS[check](connection, now)
