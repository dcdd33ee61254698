"""`orderwright stock audit`: what the live auditor found, or an audit now."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.context import machinery_of
from cli.exits import ExitCode
from cli.machinery import Machinery
from cli.options import AsJson
from cli.output import Output, moment
from messages.stock_audit import StockAuditResult
from operations.stock_audit import (
    AuditReport,
    OpenDifference,
    audit_now,
    last_audit,
    open_differences,
)
from persistence.database import Database

_WIDTH = 28


def audit(
    context: typer.Context,
    now: Annotated[
        bool, typer.Option("--now", help="Have an audit now, and wait for its end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the last audit of the stock counted, and what it found wrong.

    Ends with 0 when all is well, 1 with findings, 5 when a service does not answer.
    Example: orderwright stock audit --now
    """
    report = asyncio.run(_report(machinery_of(context), has_one_now=now))
    Output(as_json=as_json).one(report, _text(report))
    if report.findings:
        raise typer.Exit(ExitCode.FAILURE)


async def _report(machinery: Machinery, *, has_one_now: bool) -> AuditReport:
    client = await machinery.connect(None)
    result: StockAuditResult | None
    if has_one_now:
        result = await audit_now(client, machinery.clock())
    else:
        result = await last_audit(client)
    found = await asyncio.to_thread(_open, machinery.database_url)
    return AuditReport(
        finished_at=result.finished_at if result else None,
        checks=dict(result.checks) if result else {},
        findings=found,
    )


def _open(database_url: str) -> tuple[OpenDifference, ...]:
    database = Database(database_url)
    try:
        with database.read() as connection:
            return open_differences(connection)
    finally:
        database.close()


def _text(report: AuditReport) -> str:
    if report.finished_at is None:
        lines = [
            "no audit has ended yet: have one with `orderwright stock audit --now`"
        ]
    else:
        lines = [f"audited at {moment(report.finished_at)} UTC"]
    lines += [
        f"{'PROBLEM' if count.found else 'ok     '} "
        f"{check.replace('-', ' '):<{_WIDTH}} {count.found} found"
        for check, count in report.checks.items()
    ]
    for one in report.findings:
        lines.append(f"- {one.exception_id}: {one.cause}")
        lines.append(f"  mend: {one.suggested_act}")
    return "\n".join(lines)
