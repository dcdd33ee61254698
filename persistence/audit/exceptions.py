"""Findings as open exceptions: opened once, and closed when the row is right again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from domain.exceptions import HANDLING, ExceptionKind
from persistence.audit.findings import AuditCheck, AuditFinding, finding_prefix
from persistence.tables import exception_table
from persistence.upsert import insert_or_ignore

AUDITOR = "auditor"
GONE = "gone"
_KIND = ExceptionKind.STOCK_DIFFERENCE
_SET_CAUSE = (
    update(exception_table)
    .where(exception_table.c.exception_id == bindparam("id"))
    .values(cause=bindparam("told"))
)
_CLOSE = (
    update(exception_table)
    .where(
        exception_table.c.exception_id == bindparam("id"),
        exception_table.c.resolved_at.is_(None),
    )
    .values(resolved_at=bindparam("at"), resolved_by=AUDITOR, resolution=GONE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFindings:
    """What became of a check's findings."""

    found: int
    opened: int
    gone: int


def keep_findings(
    connection: Connection,
    check: AuditCheck,
    findings: Sequence[AuditFinding],
    *,
    read_at: datetime,
) -> KeptFindings:
    """Open an exception for each new finding, and close those of findings gone.

    A finding that comes again after its exception was closed opens the next one.
    `read_at` is when the check began: what was opened later is left alone.
    """
    rows = _known(connection, check)
    found = {one.finding_id: one for one in findings}
    earlier = Counter(_finding_of(row.exception_id) for row in rows)
    is_open = {
        _finding_of(row.exception_id): row for row in rows if row.resolved_at is None
    }
    new = [one for key, one in found.items() if key not in is_open]
    _open(connection, new, earlier, read_at)
    moved = [
        {"id": is_open[key].exception_id, "told": cause_of(one)}
        for key, one in found.items()
        if key in is_open and is_open[key].cause != cause_of(one)
    ]
    if moved:
        connection.execute(_SET_CAUSE, moved)
    gone = [
        {"id": row.exception_id, "at": read_at}
        for key, row in is_open.items()
        if key not in found and row.opened_at <= read_at
    ]
    if gone:
        connection.execute(_CLOSE, gone)
    return KeptFindings(found=len(found), opened=len(new), gone=len(gone))


def cause_of(finding: AuditFinding) -> str:
    """Return what the exception says: the question, both figures and the row."""
    return f"{finding.check.in_words}: {finding.text} ({finding.row})"


def _known(
    connection: Connection, check: AuditCheck
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return every exception that findings of this check ever opened."""
    mine = exception_table.c.exception_id.startswith(
        finding_prefix(check), autoescape=True
    )
    return connection.execute(
        select(
            exception_table.c.exception_id,
            exception_table.c.cause,
            exception_table.c.opened_at,
            exception_table.c.resolved_at,
        ).where(exception_table.c.kind == _KIND, mine)
    ).all()


def _open(
    connection: Connection,
    findings: Sequence[AuditFinding],
    earlier: Counter[str],
    at: datetime,
) -> None:
    insert_or_ignore(
        connection,
        exception_table,
        [
            {
                "exception_id": f"{one.finding_id}.{earlier[one.finding_id] + 1}",
                # About the books, not about a step of an order's run: its run knows
                # nothing of it, and so must not be asked to close it.
                "order_id": None,
                "shipment_id": one.shipment_id,
                "kind": _KIND,
                "owner_role": HANDLING[_KIND].owner_role,
                "cause": cause_of(one),
                "suggested_act": one.mend,
                "opened_at": at,
            }
            for one in findings
        ],
    )


def _finding_of(exception_id: str) -> str:
    return exception_id.rpartition(".")[0]
