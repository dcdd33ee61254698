"""The auditor's findings as the doctor tells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from operations.health.findings import Finding, finding_of
from persistence.audit.checks import CHECKS
from persistence.audit.findings import WORDS, AuditCheck

LEDGER = (
    AuditCheck.STOCK_COUNTERS,
    AuditCheck.ALLOCATIONS,
    AuditCheck.STAGING,
    AuditCheck.ENDED_ORDERS,
)
ORDERS = (AuditCheck.LABELS, AuditCheck.SHIPMENTS, AuditCheck.BACKORDERS)
_ELSEWHERE = frozenset((*LEDGER, *ORDERS))


def examine(
    connection: Connection, checks: Iterable[AuditCheck], now: datetime
) -> tuple[Finding, ...]:
    """Ask these questions of the auditor over one connection."""
    return tuple(
        finding_of(
            check.in_words,
            [one.text for one in CHECKS[check](connection, now)],
            well=WORDS[check].well,
            mend=WORDS[check].mend,
        )
        for check in checks
    )


def examine_rest(connection: Connection, now: datetime) -> tuple[Finding, ...]:
    """Ask what neither the ledger's nor the orders' examination asks."""
    return examine(connection, (c for c in CHECKS if c not in _ELSEWHERE), now)
