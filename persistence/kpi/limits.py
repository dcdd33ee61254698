"""Where KPIs stand against their limits, and who is told when one is crossed.

The newest daily and the newest weekly report are judged, each by itself. A level that
got worse is a crossing: one event, and one exception for the owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.kpi.periods import PeriodKind
from domain.kpi.targets import LimitLevel
from messages.order_state import ExceptionState
from persistence.exceptions import insert_exception, resolve_exception_row
from persistence.kpi.snapshots import Snapshot
from persistence.tables import fulfillment_event, kpi_limit
from persistence.upsert import insert_or_ignore

REPORTER = "kpi_report"
BACK = "back_within_limits"
OVERTAKEN = "overtaken"  # by a crossing that is worse
_JUDGED = frozenset({PeriodKind.DAILY, PeriodKind.WEEKLY})
_WORSE = {LimitLevel.WITHIN: 0, LimitLevel.WARNING: 1, LimitLevel.ALARM: 2}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One figure of everything, and the level it stands at."""

    figure: str
    title: str
    level: LimitLevel
    statistic: str
    value: float
    target: Mapping[str, Any]
    unit: str

    @property
    def limit(self) -> float:
        """Return the limit that was crossed."""
        return float(self.target[self.level])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    level: LimitLevel
    since: date
    exception_id: str | None


def judge(
    connection: Connection,
    snapshot: Snapshot,
    rows: Iterable[Mapping[str, Any]],
    at: datetime,
) -> int:
    """Compare the figures of a report with their limits; return what it crossed.

    A report older than the one judged last is not judged, nor one of days or of a zone
    of somebody's choice. A figure without a number leaves its level as it was.
    """
    is_own_zone = snapshot.period.zone == snapshot.terms.zone
    if snapshot.kind not in _JUDGED or not is_own_zone:
        return 0
    own = (
        row for row in rows if row.get("currency") in {None, snapshot.terms.currency}
    )
    found = {one.figure: one for one in map(_judged, own) if one is not None}
    _be_known(connection, snapshot, found)
    crossed = 0
    for figure, before in _standing(connection, snapshot, found).items():
        crossed += _judge_one(connection, snapshot, found[figure], before, at)
    return crossed


def count_crossings(connection: Connection, snapshot_id: str) -> int:
    """Return how many limits a report crossed when it was judged."""
    query = select(func.count()).where(
        fulfillment_event.c.kind == EventKind.KPI_LIMIT_CROSSED,
        fulfillment_event.c.cause == _cause(snapshot_id),
    )
    return int(connection.execute(query).scalar_one())


def _judged(row: Mapping[str, Any]) -> Judged | None:
    target = row["target"]
    if row["group"] or not target or not target["level"]:
        return None
    if row["not_measured"] or not row["n"]:
        return None
    return Judged(
        figure=row["figure"],
        title=row["title"],
        level=LimitLevel(target["level"]),
        statistic=target["statistic"],
        value=row[target["statistic"]],
        target=target,
        unit=row["unit"],
    )


def _be_known(connection: Connection, snapshot: Snapshot, found: Iterable[str]) -> None:
    """Have a row for each figure, so that each can be locked."""
    before = snapshot.period.first_day - _DAY
    insert_or_ignore(
        connection,
        kpi_limit,
        [
            {
                "figure": figure,
                "period_kind": snapshot.kind,
                "level": LimitLevel.WITHIN,
                "judged_day": before,
                "since_day": before,
                "exception_id": None,
            }
            for figure in sorted(found)
        ],
    )


def _standing(
    connection: Connection, snapshot: Snapshot, found: Iterable[str]
) -> dict[str, _Standing]:
    """Lock and return the figures for which this is the newest period."""
    query = (
        select(kpi_limit)
        .where(
            kpi_limit.c.period_kind == snapshot.kind,
            kpi_limit.c.figure.in_(sorted(found)),
            kpi_limit.c.judged_day <= snapshot.period.last_day,
        )
        .order_by(kpi_limit.c.figure)
        .with_for_update()
    )
    return {
        row.figure: _Standing(
            level=LimitLevel(row.level),
            since=row.since_day,
            exception_id=row.exception_id,
        )
        for row in connection.execute(query)
    }


def _judge_one(
    connection: Connection,
    snapshot: Snapshot,
    now: Judged,
    before: _Standing,
    at: datetime,
) -> int:
    is_worse = _WORSE[now.level] > _WORSE[before.level]
    exception_id = before.exception_id
    if is_worse:
        _close(connection, exception_id, OVERTAKEN, at)
        exception_id = _cross(connection, snapshot, now, at)
    elif now.level is LimitLevel.WITHIN:
        _close(connection, exception_id, BACK, at)
        exception_id = None
    changed = now.level is not before.level
    connection.execute(
        update(kpi_limit)
        .where(
            kpi_limit.c.figure == now.figure,
            kpi_limit.c.period_kind == snapshot.kind,
        )
        .values(
            level=now.level,
            judged_day=snapshot.period.last_day,
            since_day=snapshot.period.first_day if changed else before.since,
            exception_id=exception_id,
        )
    )
    return int(is_worse)


def _cross(
    connection: Connection, snapshot: Snapshot, now: Judged, at: datetime
) -> str:
    """Write down that a limit was crossed, and open the owner's exception."""
    exception_id = f"kpi.{snapshot.snapshot_id}.{now.figure}"
    period = _period_in_words(snapshot)
    connection.execute(
        insert(fulfillment_event),
        {
            "order_id": None,
            "shipment_id": None,
            "kind": EventKind.KPI_LIMIT_CROSSED,
            "actor": REPORTER,
            "cause": _cause(snapshot.snapshot_id),
            "data": {
                "figure": now.figure,
                "level": now.level,
                "statistic": now.statistic,
                "value": now.value,
                "limit": now.limit,
                "period": period,
                "snapshot_id": snapshot.snapshot_id,
                "owner_role": now.target["owner_role"],
                "exception_id": exception_id,
            },
            "occurred_at": at,
            "recorded_at": at,
        },
    )
    opened = ExceptionState(
        exception_id=exception_id,
        kind=ExceptionKind.KPI_LIMIT,
        owner_role=now.target["owner_role"],
        cause=f"{now.title} ({now.statistic}) of {period} is {now.value:g} "
        f"{now.unit.replace('_', ' ')}: the {now.level} limit is {now.limit:g}",
    )
    insert_exception(connection, opened, order_id=None, opened_at=at)
    return exception_id


def _close(
    connection: Connection, exception_id: str | None, resolution: str, at: datetime
) -> None:
    """Close the exception of an earlier crossing, unless a person did."""
    if exception_id is not None:
        resolve_exception_row(
            connection,
            exception_id,
            actor=REPORTER,
            resolution=resolution,
            note_reference=None,
            at=at,
        )


def _period_in_words(snapshot: Snapshot) -> str:
    first, last = snapshot.period.first_day, snapshot.period.last_day
    return f"{first}" if first == last else f"{first} to {last}"


def _cause(snapshot_id: str) -> str:
    return f"kpi:{snapshot_id}"
