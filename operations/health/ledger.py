"""The books against each other: levels, movements, allocations, the staging place."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from operations.health.audit import LEDGER, examine
from operations.health.findings import Finding


def examine_ledger(connection: Connection) -> tuple[Finding, ...]:
    """Recompute what can be computed from something else."""
    return examine(connection, LEDGER, datetime.now(UTC))
