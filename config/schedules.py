"""The Temporal Schedule of the stock audit: made once, kept as the settings say."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from messages.names import STOCK_AUDIT, STOCK_AUDIT_SCHEDULE, TASK_QUEUE

# An audit that was missed is not made up for: the next one asks the same.
CATCH_UP = timedelta(minutes=1)
LARGEST_JITTER = timedelta(seconds=30)


async def keep_audit_schedule(
    client: Client,
    every: timedelta | None,
    *,
    schedule_id: str = STOCK_AUDIT_SCHEDULE,
    task_queue: str = TASK_QUEUE,
) -> None:
    """Have the schedule as wanted, or none; harmless when repeated.

    A schedule that somebody paused stays paused.
    """
    if every is None:
        await _remove(client, schedule_id)
        return
    wanted = _schedule(every, schedule_id, task_queue)
    try:
        await client.create_schedule(schedule_id, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(schedule_id).update(
            lambda found: _changed(found, wanted)
        )


def _schedule(every: timedelta, schedule_id: str, task_queue: str) -> Schedule:
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


def _changed(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    wanted.state = found.description.schedule.state
    return ScheduleUpdate(schedule=wanted)


async def _remove(client: Client, schedule_id: str) -> None:
    try:
        await client.get_schedule_handle(schedule_id).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
