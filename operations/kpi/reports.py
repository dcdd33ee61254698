"""Reports of KPIs for those who read them: have one made, list them, open one.

A closed period is told anew only as a new version with a reason; every version stays
readable, and says itself whether the record has changed behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError

from domain.errors import BusinessError, InvalidInput, NotFound, Refused, TemporaryError
from domain.kpi.periods import Period, PeriodKind
from messages.kpi_report import ReportRequest, ReportResult
from messages.names import KPI_REPORT, TASK_QUEUE
from operations.health.server import polling_workers
from operations.notes import keep_note_of_message
from operations.queries.models import View
from persistence.database import Database
from persistence.kpi.snapshots import (
    Snapshot,
    find_snapshot,
    finished_snapshots,
    rows_of,
    versions_of,
)
from persistence.kpi.staleness import staleness

_LISTED = 50
_HASH_LENGTH = 12


class ReportFailed(TemporaryError):
    """The report did not come to an end; the text says what to do."""


class LateChange(View):
    """A fact that was written down after a report was made; `stock` has no order."""

    order_id: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime


class StalenessView(View):
    """Whether the record has changed behind a report: the first changes, and all."""

    is_stale: bool
    count: int = 0
    changes: tuple[LateChange, ...] = ()


class SnapshotEntry(View):
    """One version in the list of reports."""

    snapshot_id: str
    kind: PeriodKind
    first_day: date
    last_day: date
    zone: str
    version: int
    reason: str | None
    as_of: datetime
    made_at: datetime
    is_provisional: bool
    is_stale: bool


class SnapshotVersion(View):
    """A finished version of the same period."""

    snapshot_id: str
    version: int
    reason: str | None
    made_at: datetime


class SnapshotView(View):
    """One version with its figures, as rows of `domain.kpi.telling.as_row`."""

    report: SnapshotEntry
    figures: tuple[dict[str, Any], ...] = Field(repr=False)
    staleness: StalenessView
    versions: tuple[SnapshotVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPeriod:
    """The period whose report is read."""

    kind: PeriodKind
    period: Period


def keep_reason(
    database: Database, text: str, *, actor: str, clock: Callable[[], datetime]
) -> str:
    """Store why a period is told anew; return the reference for the request."""
    return keep_note_of_message(
        database,
        order_id=None,
        message_id="kpi-report",
        text=text,
        actor=actor,
        clock=clock,
    )


async def report_now(
    client: Client,
    request: ReportRequest,
    now: datetime,
    *,
    task_queue: str = TASK_QUEUE,
) -> ReportResult:
    """Have a report made, or found, and wait for its end; asked twice it is one.

    Raises `Refused` or `InvalidInput` for a period that cannot be told, and
    `ReportFailed` when no worker is there, or the report gave up.
    """
    try:
        if not await polling_workers(client, task_queue, now):
            raise ReportFailed(
                f"nobody polls task queue {task_queue}: start one with "
                "`orderwright worker`"
            )
        handle = await client.start_workflow(
            KPI_REPORT,
            request,
            id=report_run_id_of(request),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"{request.kind} report of KPIs, asked for by a person",
            result_type=ReportResult,
        )
        result: ReportResult = await handle.result()
        return result
    except WorkflowFailureError as error:
        raise _refusal(error, report_run_id_of(request)) from error
    except RPCError as error:
        raise ReportFailed(
            f"the Temporal server did not answer ({error.status.name})"
        ) from error


def report_run_id_of(request: ReportRequest) -> str:
    """Return the id of the run: the same for the same request."""
    asked = [request.first_day, request.last_day, request.zone]
    parts = ["kpi-report", request.kind, *(str(one) for one in asked if one)]
    if request.reason_reference is not None:
        reason = hashlib.sha256(request.reason_reference.encode()).hexdigest()
        parts.append(f"restated-{reason[:_HASH_LENGTH]}")
    return "-".join(parts)


def list_snapshots(
    connection: Connection, *, kind: PeriodKind | None = None, limit: int = _LISTED
) -> tuple[SnapshotEntry, ...]:
    """Return the finished versions, those of the newest periods first."""
    return tuple(
        _entry(one, is_stale=staleness(connection, one).is_stale)
        for one in finished_snapshots(connection, kind, limit=limit)
    )


def read_snapshot(
    connection: Connection, wanted: str | SnapshotPeriod, version: int | None = None
) -> SnapshotView:
    """Return a report by its id, or a period's; its newest version if none is named.

    Raises `NotFound`.
    """
    found = _found(connection, wanted, version)
    told = staleness(connection, found)
    return SnapshotView(
        report=_entry(found, is_stale=told.is_stale),
        figures=tuple(rows_of(connection, found.snapshot_id)),
        staleness=StalenessView(
            is_stale=told.is_stale,
            count=told.count,
            changes=tuple(
                LateChange(
                    order_id=one.order_id,
                    kind=one.kind,
                    occurred_at=one.occurred_at,
                    recorded_at=one.recorded_at,
                )
                for one in told.changes
            ),
        ),
        versions=tuple(
            SnapshotVersion(
                snapshot_id=one.snapshot_id,
                version=one.version,
                reason=one.reason,
                made_at=one.read_at,
            )
            for one in _finished_versions(connection, found.kind, found.period)
        ),
    )


def _found(
    connection: Connection, wanted: str | SnapshotPeriod, version: int | None
) -> Snapshot:
    if isinstance(wanted, str):
        named = find_snapshot(connection, wanted)
        if version is None:
            return named
        wanted = SnapshotPeriod(kind=named.kind, period=named.period)
    for one in _finished_versions(connection, wanted.kind, wanted.period):
        if version is None or one.version == version:
            return one
    told = "finished report" if version is None else f"finished version {version}"
    days = f"{wanted.period.first_day} to {wanted.period.last_day}"
    raise NotFound(f"no {told} of {days} ({wanted.kind}) is stored")


def _finished_versions(
    connection: Connection, kind: PeriodKind, period: Period
) -> list[Snapshot]:
    return [one for one in versions_of(connection, kind, period) if one.finished_at]


def _entry(one: Snapshot, *, is_stale: bool) -> SnapshotEntry:
    return SnapshotEntry(
        snapshot_id=one.snapshot_id,
        kind=one.kind,
        first_day=one.period.first_day,
        last_day=one.period.last_day,
        zone=one.period.zone,
        version=one.version,
        reason=one.reason,
        as_of=one.as_of,
        made_at=one.read_at,
        is_provisional=one.is_provisional,
        is_stale=is_stale,
    )


def _refusal(error: WorkflowFailureError, run_id: str) -> BusinessError | ReportFailed:
    """Return the business error that ended the run, or that it gave up."""
    cause: BaseException | None = error.cause
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        if cause.type == InvalidInput.__name__:
            field, _, wanted = cause.message.partition(": ")
            return InvalidInput(field, wanted)
        if cause.type == Refused.__name__:
            return Refused(cause.message)
    return ReportFailed(
        f"the report gave up; the Temporal UI shows why, in run {run_id}"
    )
