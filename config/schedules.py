"""The Temporal Schedules: made once, then kept as the settings say."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.kpi.periods import PeriodKind
from messages.kpi_report import ReportRequest
from messages.names import (
    KPI_REPORT,
    KPI_SCHEDULES,
    STOCK_AUDIT,
    STOCK_AUDIT_SCHEDULE,
    TASK_QUEUE,
)

# An audit that was missed is not made up for: the next one asks the same.
CATCH_UP = timedelta(minutes=1)
LARGEST_JITTER = timedelta(seconds=30)
# A report that was missed for longer is asked for by a person, or not at all.
REPORT_CATCH_UP = timedelta(minutes=10)
_MONDAY = ScheduleRange(1)
# Later than clocks are changed at night in any zone: no report is skipped or doubled.
DAILY_AT = ScheduleCalendarSpec(hour=[ScheduleRange(4)], minute=[ScheduleRange(10)])
WEEKLY_AT = ScheduleCalendarSpec(
    hour=[ScheduleRange(4)], minute=[ScheduleRange(30)], day_of_week=[_MONDAY]
)
_REPORTS_AT = {PeriodKind.DAILY: DAILY_AT, PeriodKind.WEEKLY: WEEKLY_AT}


async def keep_audit_schedule(
    client: Client,
    every: timedelta | None,
    *,
    schedule_id: str = STOCK_AUDIT_SCHEDULE,
    task_queue: str = TASK_QUEUE,
) -> None:
    """Have the audit's schedule as wanted, or none; harmless when repeated."""
    wanted = None if every is None else _audit(every, schedule_id, task_queue)
    await keep_schedule(client, schedule_id, wanted)


async def keep_report_schedule(
    client: Client,
    kind: PeriodKind,
    zone: str | None,
    *,
    schedule_id: str | None = None,
    task_queue: str = TASK_QUEUE,
) -> None:
    """Have the schedule of the daily or weekly report by a zone's clocks, or none."""
    named = schedule_id or KPI_SCHEDULES[kind]
    wanted = None if zone is None else _report(kind, zone, named, task_queue)
    await keep_schedule(client, named, wanted)


async def keep_schedule(
    client: Client, schedule_id: str, wanted: Schedule | None
) -> None:
    """Have a schedule as wanted, or none; harmless when repeated.

    A schedule that somebody paused stays paused.
    """
    if wanted is None:
        await _remove(client, schedule_id)
        return
    try:
        await client.create_schedule(schedule_id, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(schedule_id).update(
            lambda found: _changed(found, wanted)
        )


def _audit(every: timedelta, schedule_id: str, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            STOCK_AUDIT,
            id=schedule_id,
            task_queue=task_queue,
            static_summary="audit of the stock",
        ),
        spec=ScheduleSpec(
            intervals=[ScheduleIntervalSpec(every=every)],
            jitter=min(every / 10, LARGEST_JITTER),
        ),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP
        ),
    )


def _report(kind: PeriodKind, zone: str, schedule_id: str, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            KPI_REPORT,
            ReportRequest(kind=kind),
            id=schedule_id,
            task_queue=task_queue,
            static_summary=f"{kind} report of KPIs",
        ),
        spec=ScheduleSpec(calendars=[_REPORTS_AT[kind]], time_zone_name=zone),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=REPORT_CATCH_UP
        ),
    )


def _changed(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    wanted.state = found.description.schedule.state
    return ScheduleUpdate(schedule=wanted)


async def _remove(client: Client, schedule_id: str) -> None:
    try:
        await client.get_schedule_handle(schedule_id).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
