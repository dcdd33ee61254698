"""Whether the schedules of the stock audit and of the reports are there and run."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from messages.names import KPI_SCHEDULES, STOCK_AUDIT_SCHEDULE
from operations.health.findings import Finding, unreachable

_AUDIT = "stock audit"
_ANSWER_WITHIN = timedelta(seconds=10)


async def check_report_schedules(client: Client, *, is_wanted: bool) -> list[Finding]:
    """Ask for the schedules of the daily and of the weekly report of KPIs."""
    return [
        await check_schedule(
            client, is_wanted=is_wanted, schedule_id=named, check=f"{kind} KPI report"
        )
        for kind, named in KPI_SCHEDULES.items()
    ]


async def check_schedule(
    client: Client,
    *,
    is_wanted: bool,
    schedule_id: str = STOCK_AUDIT_SCHEDULE,
    check: str = _AUDIT,
) -> Finding:
    """Ask for the schedule; one that is switched off need not be there."""
    if not is_wanted:
        return Finding(check=check, is_ok=True, text="switched off by the settings")
    try:
        found = await client.get_schedule_handle(schedule_id).describe(
            rpc_timeout=_ANSWER_WITHIN
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            told = f"the Temporal server did not answer ({error.status.name})"
            return unreachable(check, told, "ask again: orderwright doctor")
        return Finding(
            check=check,
            is_ok=False,
            text=f"schedule {schedule_id} is not there",
            mend="start a worker, which makes it (orderwright worker)",
        )
    if found.schedule.state.paused:
        return Finding(
            check=check,
            is_ok=False,
            text=f"schedule {schedule_id} is paused",
            mend=f"temporal schedule toggle --unpause --schedule-id {schedule_id}",
        )
    return Finding(check=check, is_ok=True, text=f"schedule {schedule_id} runs")
