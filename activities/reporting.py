"""Making a report of KPIs: a version of its period, its figures, its limits."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select
from temporalio import activity

from activities.kpi.answering import Asking, answer, complete_question
from activities.kpi.report_parts import Section, sections, within_limit
from domain.errors import InvalidInput
from domain.kpi.periods import Period
from domain.kpi.question import KpiTerms, Question
from domain.kpi.reporting import (
    AskedPeriod,
    known_until,
    period_of,
    refuse_open_period,
)
from domain.kpi.telling import as_row
from domain.policy import FulfillmentPolicy
from messages.kpi_report import (
    OpenedReport,
    OpenReportInput,
    ReportedFigures,
    ReportProgress,
    ReportRequest,
    ReportResult,
)
from persistence.audit.reading import one_moment
from persistence.database import Database
from persistence.kpi.limits import count_crossings, judge
from persistence.kpi.snapshots import (
    Snapshot,
    count_rows,
    find_snapshot,
    finish_snapshot,
    insert_snapshot,
    rows_of,
    snapshot_id_of,
    store_section,
    stored_sections,
    versions_of,
)
from persistence.kpi.staleness import count_facts
from persistence.processed_steps import find_result, store_result
from persistence.tables import note

# Well below the activity's heartbeat timeout.
BEAT_SECONDS = 5.0
WENT_ON = "the period went on after the version before"
_Done = TypeVar("_Done")


class Reporting:
    """The activities of the workflow `KpiReport`."""

    def __init__(
        self,
        *,
        database: Database,
        policy: FulfillmentPolicy,
        terms: KpiTerms,
        clock: Callable[[], datetime],
    ) -> None:
        """Report from this database, by these terms."""
        self._database = database
        self._policy = policy
        self._terms = terms
        self._clock = clock

    @activity.defn
    def open_report(self, told: OpenReportInput) -> OpenedReport:
        """Find the version asked for, or make one; the run's key makes one only once.

        Raises `InvalidInput` and `Refused` for a period that cannot be told.
        """
        request, now = told.request, self._clock()
        asked = AskedPeriod(
            kind=request.kind, first_day=request.first_day, last_day=request.last_day
        )
        zone = request.zone or self._terms.zone
        period = period_of(asked, zone, told.asked_at)
        refuse_open_period(request.kind, period, now)
        step = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        with self._database.write() as connection:
            made = find_result(connection, told.key, step)
            if made is not None:
                return _opened(find_snapshot(connection, str(made["snapshot_id"])))
            versions = versions_of(connection, request.kind, period)
            reason = _reason(connection, request, versions)
            if versions and reason is None:
                return _opened(versions[0])
            new = self._new(connection, request, period, versions, now)
            insert_snapshot(connection, replace(new, reason=reason))
            result = {"snapshot_id": new.snapshot_id}
            store_result(connection, told.key, step, result, recorded_at=now)
        return _opened(new)

    @activity.defn
    async def report_figures(self, opened: OpenedReport) -> ReportResult:
        """Compute and store what is missing, then close the version and judge it.

        One that is tried again goes on behind the last section that was stored; each is
        stored at once and only once.
        """
        snapshot_id = opened.snapshot_id
        snapshot, done = await asyncio.to_thread(self._begin, snapshot_id)
        all_sections = sections()
        progress = ReportProgress(snapshot_id=snapshot_id, total=len(all_sections))
        if snapshot.finished_at is None:
            for number, section in enumerate(all_sections):
                told = tuple(one.name for one in all_sections[:number])
                progress = progress.model_copy(update={"done": told})
                if number not in done and section.figures:
                    await _beating(
                        progress, self._tell_section, snapshot, number, section
                    )
        return await _beating(progress, self._close, snapshot)

    @activity.defn
    def read_report(self, opened: OpenedReport) -> ReportedFigures:
        """Return the figures of a finished version; reading twice is harmless."""
        with self._database.read() as connection:
            snapshot = find_snapshot(connection, opened.snapshot_id)
            rows = rows_of(connection, opened.snapshot_id)
        kept = within_limit(rows)
        return ReportedFigures(
            report=opened,
            finished_at=snapshot.finished_at,
            rows=kept,
            left_out=len(rows) - len(kept),
        )

    def _new(
        self,
        connection: Connection,
        request: ReportRequest,
        period: Period,
        versions: Sequence[Snapshot],
        now: datetime,
    ) -> Snapshot:
        version = versions[0].version + 1 if versions else 1
        return Snapshot(
            snapshot_id=snapshot_id_of(request.kind, period, version),
            kind=request.kind,
            period=period,
            version=version,
            reason=None,
            as_of=known_until(period, now, is_restated=bool(versions)),
            read_at=now,
            facts=count_facts(connection, period, now),
            terms=self._terms,
        )

    def _begin(self, snapshot_id: str) -> tuple[Snapshot, set[int]]:
        with self._database.read() as connection:
            snapshot = find_snapshot(connection, snapshot_id)
            return snapshot, stored_sections(connection, snapshot_id)

    def _tell_section(self, snapshot: Snapshot, number: int, section: Section) -> None:
        """Answer as of one moment, by the terms the version was begun with."""
        question = Question(
            period=snapshot.period,
            as_of=snapshot.as_of,
            group_by=section.group_by,
            terms=snapshot.terms,
        )
        with one_moment(self._database) as connection:
            asking = Asking(
                question=complete_question(connection, self._policy, question),
                figures=section.figures,
                with_trend=not section.group_by,
            )
            answers = answer(connection, asking)
        rows = [as_row(one.figure, one.trend) for one in answers]
        # A figure without any group answers with the whole, which is stored already.
        rows = [row for row in rows if bool(row["group"]) == bool(section.group_by)]
        with self._database.write() as connection:
            store_section(connection, snapshot.snapshot_id, number, rows)

    def _close(self, snapshot: Snapshot) -> ReportResult:
        """Close the version and judge it in one transaction, once."""
        now, snapshot_id = self._clock(), snapshot.snapshot_id
        with self._database.write() as connection:
            if finish_snapshot(connection, snapshot_id, now):
                judge(connection, snapshot, rows_of(connection, snapshot_id), now)
            return ReportResult(
                snapshot_id=snapshot_id,
                version=snapshot.version,
                figures=count_rows(connection, snapshot_id),
                crossings=count_crossings(connection, snapshot_id),
                finished_at=find_snapshot(connection, snapshot_id).finished_at,
            )


async def _beating(
    progress: ReportProgress, work: Callable[..., _Done], *arguments: object
) -> _Done:
    """Work in a thread, and say every few seconds that it goes on."""
    working = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    while not working.done():
        activity.heartbeat(progress)
        await asyncio.wait({working}, timeout=BEAT_SECONDS)
    return working.result()


def _opened(snapshot: Snapshot) -> OpenedReport:
    return OpenedReport(
        snapshot_id=snapshot.snapshot_id,
        kind=snapshot.kind,
        first_day=snapshot.period.first_day,
        last_day=snapshot.period.last_day,
        zone=snapshot.period.zone,
        version=snapshot.version,
        as_of=snapshot.as_of,
    )


def _reason(
    connection: Connection, request: ReportRequest, versions: Sequence[Snapshot]
) -> str | None:
    """Return why the period is told anew; None: the newest version stands."""
    if not versions:
        return None
    reference = request.reason_reference
    if reference is None:
        return WENT_ON if versions[0].is_provisional else None
    query = select(note.c.text).where(note.c.note_id == reference)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        raise InvalidInput("reason_reference", "the reference of a stored note")
    return str(text)
