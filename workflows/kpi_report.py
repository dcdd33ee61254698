"""One report of KPIs; two Temporal Schedules start the daily and the weekly one.

It opens a version of its period, has the figures computed and judged, and then answers
`latest` and `figure` about its own period, also after it is closed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.reporting import Reporting
    from domain.kpi.catalogue import DEFINITIONS
    from messages.kpi_report import (
        FigureRow,
        OpenedReport,
        OpenReportInput,
        ReportedFigures,
        ReportRequest,
        ReportResult,
    )
    from messages.names import KPI_REPORT, ReportQuery
    from workflows.policies import BUSINESS_ERRORS

# What a schedule meant, whenever its run could start.
SCHEDULED = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
# A worker that dies is noticed by its silence; the next one goes on from there.
HEARTBEAT_TIMEOUT = timedelta(seconds=20)
SHORT = timedelta(minutes=2)
ONE_ATTEMPT = timedelta(hours=1)
# Then this report is given up; it can be asked for again.
AT_MOST = timedelta(hours=12)
RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
    non_retryable_error_types=BUSINESS_ERRORS,
)
# What a glance at a figure can do without; `figure` tells it.
NOT_AT_A_GLANCE = frozenset({"definition", "choices", "details", "excluded", "trend"})


@workflow.defn(name=KPI_REPORT)
class KpiReport:
    """Makes or finds the report of one period."""

    @workflow.init
    def __init__(self, request: ReportRequest) -> None:
        """Be ready for queries before the first step."""
        self._told = ReportedFigures()

    @workflow.run
    async def run(self, request: ReportRequest) -> ReportResult:
        """Report."""
        opened = await self._open(request)
        self._told = ReportedFigures(report=opened)
        workflow.set_current_details(opened.in_words)
        result = await self._compute(opened)
        self._told = await self._read(opened)
        workflow.set_current_details(
            f"{opened.in_words}: {result.figures} figures, "
            f"{result.crossings} limits crossed"
        )
        return result

    @workflow.query(name=ReportQuery.LATEST)
    def latest(self) -> ReportedFigures:
        """Return the headline figures; none before the report is finished."""
        rows = tuple(
            {key: value for key, value in row.items() if key not in NOT_AT_A_GLANCE}
            for row in self._told.rows
            if not row["group"] and _is_headline(row)
        )
        return self._told.model_copy(update={"rows": rows, "left_out": 0})

    @workflow.query(name=ReportQuery.FIGURE)
    def figure(self, name: str) -> tuple[FigureRow, ...]:
        """Return every row of one KPI, that of everything first."""
        return tuple(row for row in self._told.rows if row["figure"] == name)

    async def _open(self, request: ReportRequest) -> OpenedReport:
        info = workflow.info()
        asked = OpenReportInput(
            request=request,
            asked_at=_asked_at(),
            # The run that was started, also when it is reset.
            key=f"{info.workflow_id}:open_report:{info.original_execution_run_id}",
        )
        return await workflow.execute_activity_method(
            Reporting.open_report,
            asked,
            start_to_close_timeout=SHORT,
            schedule_to_close_timeout=AT_MOST,
            retry_policy=RETRY,
            summary=f"open the {request.kind} report",
        )

    async def _compute(self, opened: OpenedReport) -> ReportResult:
        return await workflow.execute_activity_method(
            Reporting.report_figures,
            opened,
            start_to_close_timeout=ONE_ATTEMPT,
            schedule_to_close_timeout=AT_MOST,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=RETRY,
            summary=opened.in_words,
        )

    async def _read(self, opened: OpenedReport) -> ReportedFigures:
        return await workflow.execute_activity_method(
            Reporting.read_report,
            opened,
            start_to_close_timeout=SHORT,
            schedule_to_close_timeout=AT_MOST,
            retry_policy=RETRY,
            summary="read the figures, to answer queries",
        )


def _asked_at() -> datetime:
    info = workflow.info()
    return info.typed_search_attributes.get(SCHEDULED) or info.workflow_start_time


def _is_headline(row: FigureRow) -> bool:
    definition = DEFINITIONS.get(str(row["figure"]))
    return definition is not None and definition.is_headline
