"""Reports as they were made: versions of a period, and the rows of each.

A version never changes once it is finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from domain.errors import NotFound
from domain.kpi.periods import Period, PeriodKind
from domain.kpi.question import KpiTerms
from persistence.tables import kpi_snapshot, kpi_snapshot_figure

_TERMS = TypeAdapter(KpiTerms)
# Rows of the n-th section stand at n times this and behind.
_SECTION = 10_000
_LIVE = kpi_snapshot.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One version of the report of a period."""

    snapshot_id: str
    kind: PeriodKind
    period: Period
    version: int
    reason: str | None
    as_of: datetime
    read_at: datetime
    facts: int
    terms: KpiTerms
    finished_at: datetime | None = None

    @property
    def is_provisional(self) -> bool:
        """Return whether its period went on after it."""
        return self.as_of < self.period.ends_at


def snapshot_id_of(kind: PeriodKind, period: Period, version: int) -> str:
    """Return the id of a version."""
    zone = period.zone.replace("/", ".")
    return f"{kind}.{period.first_day}.{period.last_day}.{zone}.v{version}"


def insert_snapshot(connection: Connection, made: Snapshot) -> None:
    """Store a version without figures; one that is there already is refused."""
    connection.execute(
        insert(kpi_snapshot),
        {
            "snapshot_id": made.snapshot_id,
            "period_kind": made.kind,
            "first_day": made.period.first_day,
            "last_day": made.period.last_day,
            "zone": made.period.zone,
            "version": made.version,
            "reason": made.reason,
            "as_of": made.as_of,
            "read_at": made.read_at,
            "facts": made.facts,
            "terms": _TERMS.dump_python(made.terms, mode="json"),
            "finished_at": made.finished_at,
        },
    )


def find_snapshot(connection: Connection, snapshot_id: str) -> Snapshot:
    """Return a version; raises `NotFound`."""
    query = select(kpi_snapshot).where(_LIVE.snapshot_id == snapshot_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no report {snapshot_id} is stored")
    return _snapshot(row)


def versions_of(
    connection: Connection, kind: PeriodKind, period: Period
) -> list[Snapshot]:
    """Return every version of a period's report, the newest first."""
    query = select(kpi_snapshot).where(
        _LIVE.period_kind == kind,
        _LIVE.first_day == period.first_day,
        _LIVE.last_day == period.last_day,
        _LIVE.zone == period.zone,
    )
    return _snapshots(connection, query.order_by(_LIVE.version.desc()))


def finished_snapshots(
    connection: Connection, kind: PeriodKind | None = None, *, limit: int
) -> list[Snapshot]:
    """Return finished versions, those of the newest periods first."""
    query = select(kpi_snapshot).where(_LIVE.finished_at.is_not(None))
    if kind is not None:
        query = query.where(_LIVE.period_kind == kind)
    newest = query.order_by(
        _LIVE.last_day.desc(),
        _LIVE.first_day.desc(),
        _LIVE.period_kind,
        _LIVE.zone,
        _LIVE.version.desc(),
    )
    return _snapshots(connection, newest.limit(limit))


def store_section(
    connection: Connection,
    snapshot_id: str,
    section: int,
    rows: Sequence[Mapping[str, object]],
) -> bool:
    """Store the rows of a section, all at once and only once; return whether it did.

    A worker that was thought dead and comes late changes nothing.
    """
    if not _is_open(connection, snapshot_id):
        return False
    if section in stored_sections(connection, snapshot_id) or not rows:
        return False
    connection.execute(
        insert(kpi_snapshot_figure),
        [
            {
                "snapshot_id": snapshot_id,
                "figure": row["figure"],
                "group_key": key,
                "position": section * _SECTION + number,
                "content": row,
            }
            for number, (key, row) in enumerate(zip(_keys(rows), rows, strict=True))
        ],
    )
    return True


def stored_sections(connection: Connection, snapshot_id: str) -> set[int]:
    """Return the sections whose rows are stored."""
    query = select(kpi_snapshot_figure.c.position).where(
        kpi_snapshot_figure.c.snapshot_id == snapshot_id
    )
    return {position // _SECTION for position in connection.scalars(query)}


def finish_snapshot(connection: Connection, snapshot_id: str, at: datetime) -> bool:
    """Close a version; return whether it was open."""
    closed = connection.execute(
        update(kpi_snapshot)
        .where(_LIVE.snapshot_id == snapshot_id, _LIVE.finished_at.is_(None))
        .values(finished_at=at)
    )
    return closed.rowcount == 1


def rows_of(
    connection: Connection, snapshot_id: str, figure: str | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a version as they were told, or those of one KPI."""
    query = select(kpi_snapshot_figure.c.content).where(
        kpi_snapshot_figure.c.snapshot_id == snapshot_id
    )
    if figure is not None:
        query = query.where(kpi_snapshot_figure.c.figure == figure)
    return list(connection.scalars(query.order_by(kpi_snapshot_figure.c.position)))


def count_rows(connection: Connection, snapshot_id: str) -> int:
    """Return how many rows a version has."""
    query = select(func.count()).where(kpi_snapshot_figure.c.snapshot_id == snapshot_id)
    return int(connection.execute(query).scalar_one())


def group_key_of(row: Mapping[str, object]) -> str:
    """Return the group of a row as one text; empty: of everything."""
    group = row["group"]
    if not isinstance(group, Mapping):
        raise TypeError("the group of a row is a table")
    return ",".join(f"{dimension}={value}" for dimension, value in group.items())


def _keys(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return a key for each row; a second currency of a group is told apart."""
    taken: set[tuple[object, str]] = set()
    keys = []
    for row in rows:
        key = group_key_of(row)
        if (row["figure"], key) in taken:
            key = f"{key};{row.get('currency')}"
        taken.add((row["figure"], key))
        keys.append(key)
    return keys


def _is_open(connection: Connection, snapshot_id: str) -> bool:
    # Locked, so that of two workers at one section the second sees the first's rows.
    query = (
        select(_LIVE.finished_at)
        .where(_LIVE.snapshot_id == snapshot_id)
        .with_for_update()
    )
    return connection.execute(query).scalar_one() is None


def _snapshots(connection: Connection, query: Select[Any]) -> list[Snapshot]:
    return [_snapshot(row) for row in connection.execute(query)]


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        snapshot_id=row.snapshot_id,
        kind=PeriodKind(row.period_kind),
        period=Period(first_day=row.first_day, last_day=row.last_day, zone=row.zone),
        version=row.version,
        reason=row.reason,
        as_of=row.as_of,
        read_at=row.read_at,
        facts=row.facts,
        terms=_TERMS.validate_python(row.terms),
        finished_at=row.finished_at,
    )
