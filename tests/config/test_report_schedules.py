"""Reports are started by the clocks of the shop's zone, every night of the year."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
import pytest_asyncio
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleOverlapPolicy,
)

from config.schedules import DAILY_AT, WEEKLY_AT, keep_report_schedule
from config.settings import Settings
from config.temporal import Target
from domain.kpi.periods import PeriodKind
from messages.names import KPI_REPORT, KPI_SCHEDULES
from operations.health.schedule import check_report_schedules, check_schedule
from worker import run_worker

FIRST_DAY = date(2026, 1, 1)
DAYS = 3 * 366
DAY = timedelta(days=1)


@pytest_asyncio.fixture(loop_scope="session")
async def schedule_id(client: Client, task_queue: str) -> AsyncIterator[str]:
    """Name a schedule that no other test has, and leave none behind."""
    yield task_queue
    await keep_report_schedule(client, PeriodKind.DAILY, None, schedule_id=task_queue)


async def test_a_report_starts_by_the_clocks_of_its_zone(
    client: Client, task_queue: str, schedule_id: str
) -> None:
    for zone in ("UTC", "America/New_York", "America/New_York"):
        await keep_report_schedule(
            client,
            PeriodKind.WEEKLY,
            zone,
            schedule_id=schedule_id,
            task_queue=task_queue,
        )

    found = await client.get_schedule_handle(schedule_id).describe()
    action, policy = found.schedule.action, found.schedule.policy
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert (action.workflow, action.task_queue) == (KPI_REPORT, task_queue)
    assert policy.overlap is ScheduleOverlapPolicy.SKIP
    assert policy.catchup_window == timedelta(minutes=10)
    starts = [
        moment.astimezone(ZoneInfo("America/New_York"))
        for moment in found.info.next_action_times
    ]
    assert {(one.weekday(), one.time()) for one in starts} == {(0, time(4, 30))}
    assert len(starts) > 1


async def test_both_schedules_exist_after_a_worker_has_started(
    dev_server: Target,
    client: Client,
    sqlite_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", dev_server.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", dev_server.namespace)
    settings = Settings(
        database_url=sqlite_database_url, var_directory=tmp_path, audit_every=None
    )
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop))
    try:
        while True:
            found = await check_report_schedules(client, is_wanted=True)
            if all(one.is_ok for one in found):
                break
            assert not working.done()
            await asyncio.sleep(0.05)
    finally:
        stop.set()
        await working
        for kind in KPI_SCHEDULES:
            await keep_report_schedule(client, kind, None)

    assert [(one.check, one.text) for one in found] == [
        ("daily KPI report", "schedule kpi-report-daily runs"),
        ("weekly KPI report", "schedule kpi-report-weekly runs"),
    ]
    unwanted = await check_report_schedules(client, is_wanted=False)
    assert {one.text for one in unwanted} == {"switched off by the settings"}


async def test_reports_that_are_switched_off_have_no_schedule(
    client: Client, schedule_id: str
) -> None:
    await keep_report_schedule(client, PeriodKind.DAILY, "UTC", schedule_id=schedule_id)
    for _ in range(2):
        await keep_report_schedule(
            client, PeriodKind.DAILY, None, schedule_id=schedule_id
        )

    found = await check_schedule(client, is_wanted=True, schedule_id=schedule_id)

    assert not found.is_ok


def test_both_reports_have_a_schedule_of_their_own() -> None:
    assert set(KPI_SCHEDULES) == {PeriodKind.DAILY, PeriodKind.WEEKLY}
    assert len(set(KPI_SCHEDULES.values())) == 2


def clocks_change(zone: ZoneInfo, day: date) -> bool:
    """Say whether a zone's clocks are changed between two midnights."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    return midnight.utcoffset() != (midnight + DAY).utcoffset()


def times_shown(zone: ZoneInfo, day: date, at: time) -> int:
    """Count how often a zone's clocks show a time on a day."""
    shown = datetime.combine(day, at, tzinfo=zone)
    moments = {shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    local = datetime.combine(day, at)
    return sum(
        moment.astimezone(zone).replace(tzinfo=None) == local for moment in moments
    )


def test_no_zones_clocks_skip_or_double_the_hour_of_the_reports() -> None:
    moments = {
        time(spec.hour[0].start, spec.minute[0].start) for spec in (DAILY_AT, WEEKLY_AT)
    }
    changes, wrong = 0, []
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for day in (FIRST_DAY + number * DAY for number in range(DAYS)):
            if clocks_change(zone, day):
                changes += 1
                wrong += [
                    (name, day, at)
                    for at in sorted(moments)
                    if times_shown(zone, day, at) != 1
                ]

    assert changes > 100
    assert wrong == []
