"""Sources whose orders are no business, such as a test account: KPIs leave them out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from persistence.tables import kpi_left_out
from persistence.upsert import insert_or_replace


def leave_out(
    connection: Connection, source: str, reason: str, at: datetime, actor: str
) -> None:
    """Leave a source out of KPIs from now on; a repeat changes the reason."""
    row = {"source": source, "reason": reason, "since": at, "actor": actor}
    insert_or_replace(connection, kpi_left_out, [row])


def count_in(connection: Connection, source: str) -> None:
    """Count the orders of a source again."""
    connection.execute(delete(kpi_left_out).where(kpi_left_out.c.source == source))


def left_out_sources(connection: Connection) -> dict[str, str]:
    """Return the sources left out, each with the reason."""
    rows = connection.execute(
        select(kpi_left_out.c.source, kpi_left_out.c.reason).order_by(
            kpi_left_out.c.source
        )
    )
    return {row.source: row.reason for row in rows}
