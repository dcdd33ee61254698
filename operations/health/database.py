"""The database itself: revision, integrity, constraints, and the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Table,
    select,
    text,
)

from operations.health.findings import Finding, finding_of, unreachable
from persistence.database import Database, StorageFailed
from persistence.migrations import current_revision, newest_revision
from persistence.tables import metadata, outbox

# A caller delivers at once and the relay twice a second: a minute is long.
LATE = timedelta(minutes=1)
_SHOWN_ROWS = 100

_NOT_VALIDATED = text(
    "SELECT conrelid::regclass || '.' || conname FROM pg_constraint"
    " WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
    " ORDER BY 1"
)


def examine_database(database: Database, now: datetime) -> tuple[Finding, ...]:
    """Look at the database; stops at its revision if that is not this program's."""
    try:
        revision = check_revision(database)
        if not revision.is_ok:
            return (revision,)
        with database.read() as connection:
            return (
                revision,
                check_integrity(connection),
                check_constraints(connection),
                check_outbox(connection, now),
            )
    except StorageFailed as failure:
        return (
            unreachable(
                "database",
                str(failure),
                "check ORDERWRIGHT_DATABASE_URL and that the database runs",
            ),
        )


def check_revision(database: Database) -> Finding:
    """Compare the database's revision with the one this program is written for."""
    path = database.url.database
    if database.is_sqlite and path and not Path(path).is_file():
        found = None
    else:
        found = current_revision(database)
    newest = newest_revision()
    if found == newest:
        return Finding(check="database revision", is_ok=True, text=f"revision {newest}")
    state = f"at revision {found}, wanted {newest}" if found else "no tables yet"
    return Finding(
        check="database revision",
        is_ok=False,
        text=state,
        mend="orderwright db upgrade",
    )


def check_integrity(connection: Connection) -> Finding:
    """Ask the database whether its files and references are whole."""
    if connection.dialect.name == "sqlite":
        rows = _sqlite_damage(connection)
    else:
        rows = [
            f"{name} is not validated"
            for name in connection.execute(_NOT_VALIDATED).scalars()
        ]
    return finding_of(
        "database integrity",
        rows,
        well="files and references are whole",
        mend="restore from a backup, or correct the named rows and, on PostgreSQL, "
        "ALTER TABLE ... VALIDATE CONSTRAINT",
    )


def check_constraints(connection: Connection) -> Finding:
    """Look for rows that break a CHECK, in case it was off when they were written."""
    rows = [
        broken
        for table in metadata.sorted_tables
        for rule in sorted(_checks_of(table), key=lambda rule: str(rule.name))
        for broken in _rows_breaking(connection, table, rule)
    ]
    return finding_of(
        "database constraints",
        rows,
        well="no row breaks a rule",
        mend="correct the named rows by hand: no program of ours writes such",
    )


def check_outbox(connection: Connection, now: datetime) -> Finding:
    """Look for messages that nobody has delivered for a while."""
    late = connection.execute(
        select(outbox.c.order_id, outbox.c.name, outbox.c.created_at)
        .where(outbox.c.delivered_at.is_(None), outbox.c.created_at < now - LATE)
        .order_by(outbox.c.outbox_id)
    )
    rows = [
        f"{row.name or 'start'} of order {row.order_id} waits since "
        f"{row.created_at:%Y-%m-%d %H:%M:%S} UTC"
        for row in late
    ]
    return finding_of(
        "outbox",
        rows,
        well="nothing waits longer than a minute",
        mend="start a worker: its relay delivers them (orderwright worker)",
    )


def _sqlite_damage(connection: Connection) -> list[str]:
    told = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    rows = [str(line) for line in told if line != "ok"]
    rows += [
        f"{row[0]} row {row[1]} refers to a missing row of {row[2]}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
    ]
    return rows


def _checks_of(table: Table) -> list[CheckConstraint]:
    return [one for one in table.constraints if isinstance(one, CheckConstraint)]


def _rows_breaking(
    connection: Connection, table: Table, rule: CheckConstraint
) -> list[str]:
    key = list(table.primary_key.columns)
    found = connection.execute(
        select(*key).where(text(f"NOT ({rule.sqltext})")).limit(_SHOWN_ROWS)
    )
    return [
        f"{table.name} {'/'.join(str(part) for part in row)} breaks {rule.name}"
        for row in found
    ]
