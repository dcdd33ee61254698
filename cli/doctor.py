"""`orderwright doctor`: what is wrong with this system, and how to mend it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from temporalio.client import Client

from cli.context import machinery_of
from cli.exits import ExitCode
from cli.machinery import Machinery
from cli.options import AsJson
from cli.output import Output
from domain.errors import TemporaryError
from gateways.runs.temporal_runs import TemporalRuns
from messages.names import TASK_QUEUE
from messages.search_attributes import SEARCH_ATTRIBUTES
from operations.health import Examination, Finding
from operations.health.audit import examine_rest
from operations.health.database import examine_database
from operations.health.ledger import examine_ledger
from operations.health.orders import examine_orders
from operations.health.runs import StoredOrders, examine_runs
from operations.health.schedule import check_report_schedules, check_schedule
from operations.health.server import examine_server, no_server, open_workflow_ids
from persistence.audit.reading import one_moment
from persistence.database import Database

_WIDTH = 28


def doctor(
    context: typer.Context,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Recompute every stock counter, and compare orders with their runs.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at server, database and worker; say how to mend what is wrong.

    Ends with 0 when all is well, 1 with findings, 5 when a service does not answer.
    Example: orderwright doctor --deep
    """
    found = asyncio.run(_examine(machinery_of(context), deep))
    Output(as_json=as_json).one(found, "\n".join(_line(one) for one in found.findings))
    if found.is_unreachable:
        raise typer.Exit(ExitCode.UNREACHABLE)
    if found.problems:
        raise typer.Exit(ExitCode.FAILURE)


async def _examine(machinery: Machinery, deep: bool) -> Examination:
    findings: list[Finding] = []
    database = Database(machinery.database_url)
    try:
        findings += await asyncio.to_thread(
            examine_database, database, machinery.clock()
        )
        can_read = all(one.is_ok for one in findings[:1])
        client = await _connected(machinery, findings)
        if client is not None:
            findings += await _look_at_server(machinery, client)
        if deep and can_read:
            findings += await _look_deeper(machinery, database, client)
    finally:
        database.close()
    return Examination(findings=tuple(findings))


async def _connected(machinery: Machinery, findings: list[Finding]) -> Client | None:
    try:
        return await machinery.connect(None)
    except TemporaryError as error:
        findings.append(no_server(str(error)))
        return None


async def _look_at_server(machinery: Machinery, client: Client) -> list[Finding]:
    found = await examine_server(
        client,
        task_queue=TASK_QUEUE,
        search_attributes=SEARCH_ATTRIBUTES,
        now=machinery.clock(),
    )
    if any(one.is_unreachable for one in found):
        return [*found]
    return [
        *found,
        await check_schedule(client, is_wanted=machinery.is_audited),
        *await check_report_schedules(client, is_wanted=machinery.is_reporting),
    ]


async def _look_deeper(
    machinery: Machinery, database: Database, client: Client | None
) -> list[Finding]:
    # One moment for all: counters and allocations must not move between two checks.
    with one_moment(database) as connection:
        findings = [
            *examine_ledger(connection),
            *examine_orders(connection),
            *examine_rest(connection, machinery.clock()),
        ]
        stored = StoredOrders(connection, machinery.clock())
    if client is not None:
        findings += await examine_runs(
            stored, open_workflow_ids(client), TemporalRuns(client)
        )
    return findings


def _line(one: Finding) -> str:
    mark = "ok     " if one.is_ok else "PROBLEM"
    lines = [f"{mark} {one.check:<{_WIDTH}} {one.text}"]
    lines += [f"          - {row}" for row in one.rows]
    if one.mend and not one.is_ok:
        lines.append(f"          mend: {one.mend}")
    return "\n".join(lines)
