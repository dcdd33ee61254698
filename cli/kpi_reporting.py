"""`orderwright kpi report`: the stored report of a period, made if there is none."""

from __future__ import annotations

import asyncio
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.context import machinery_of, open_database, surroundings_of
from cli.kpi_options import (
    Since,
    Until,
    Zone,
    refuse_without_folder,
    usage_errors,
)
from cli.kpi_report_showing import reports_in, tell_report, write_page
from cli.machinery import Machinery
from cli.options import Actor, AsJson
from cli.output import Output, say
from domain.errors import NotFound, TemporaryError
from domain.kpi.periods import PeriodKind
from domain.kpi.question import KpiTerms
from messages.kpi_report import ReportRequest
from operations.kpi.choice import KpiChoice, reported_period
from operations.kpi.reports import (
    SnapshotPeriod,
    SnapshotView,
    keep_reason,
    read_snapshot,
    report_now,
)
from persistence.database import Database

LIST_COLUMNS = (
    "snapshot_id",
    "first_day",
    "last_day",
    "zone",
    "version",
    "made_at",
    "state",
    "reason",
)
REPORTS = "reports"
_DAYS = 56
_Daily = Annotated[bool, typer.Option("--daily", help="Of one day [yesterday].")]
_Weekly = Annotated[
    bool, typer.Option("--weekly", help="Of one week, Monday to Sunday [the last].")
]
_Restate = Annotated[
    bool,
    typer.Option("--restate", help="Tell a closed period anew, as a new version."),
]
_Reason = Annotated[
    str | None, typer.Option(help="With --restate: why; it stands in the report.")
]
_Version = Annotated[
    int | None, typer.Option(min=1, help="This version [default: the newest].")
]
_List = Annotated[bool, typer.Option("--list", help="List the reports there are.")]
_Out = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        help="Where to write the page [default: reports/ in the var directory].",
    ),
]
_Open = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]


class ServerAway(TemporaryError):
    """A report is to be made and the server did not answer."""


def report(
    context: typer.Context,
    daily: _Daily = False,
    weekly: _Weekly = False,
    since: Since = None,
    until: Until = None,
    zone: Zone = None,
    restates: _Restate = False,
    reason: _Reason = None,
    version: _Version = None,
    lists: _List = False,
    out: _Out = None,
    opens: _Open = False,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Show the report of a period, of itself the last eight weeks, and write its page.

    A report that exists is shown as it was made, and says if it is stale; --restate
    makes a new version. Examples: orderwright kpi report --open; orderwright kpi report
    --weekly --restate --reason 'claims of the fair came late'
    """
    output = Output(as_json=as_json)
    if lists:
        _list(context, output)
        return
    _check(restates=restates, reason=reason, version=version)
    if out is not None:
        refuse_without_folder(out)
    machinery = machinery_of(context)
    terms = surroundings_of(context).kpi_terms()
    choice = KpiChoice(since=since, until=until, zone=zone, default_days=_DAYS)
    with usage_errors():
        wanted = _wanted(_kind(daily=daily, weekly=weekly), choice, terms, machinery)
        with open_database(machinery.database_url) as database:
            maker = _Maker(database=database, machinery=machinery, actor=actor)
            found = None if restates else maker.find(wanted, version)
            found = found or asyncio.run(maker.make(wanted, reason))
    path = out or _default_path(machinery, found)
    write_page(found, path)
    tell_report(output, found, path)
    if opens:
        _open(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Finds the report of a period, or has it made."""

    database: Database
    machinery: Machinery
    actor: str

    def find(self, wanted: SnapshotPeriod, version: int | None) -> SnapshotView | None:
        """Return the stored report; None if there is none, or its period went on.

        A version that is asked for by its number must be there.
        """
        with self.database.read() as connection:
            try:
                found = read_snapshot(connection, wanted, version)
            except NotFound:
                if version is not None:
                    raise
                return None
        is_passed = found.report.is_provisional and version is None
        return None if is_passed else found

    async def make(self, wanted: SnapshotPeriod, reason: str | None) -> SnapshotView:
        """Have the report made by its run; raises `ServerAway`."""
        try:
            client = await self.machinery.connect(None)
            request = self._request(wanted, reason)
            made = await report_now(client, request, self.machinery.clock())
        except TemporaryError as error:
            raise ServerAway(
                f"{error}; without a report run, `orderwright kpi export --format "
                "html` writes the figures as they are now"
            ) from error
        with self.database.read() as connection:
            return read_snapshot(connection, made.snapshot_id)

    def _request(self, wanted: SnapshotPeriod, reason: str | None) -> ReportRequest:
        reference = None
        if reason is not None:
            clock = self.machinery.clock
            reference = keep_reason(
                self.database, reason, actor=self.actor, clock=clock
            )
        return ReportRequest(
            kind=wanted.kind,
            first_day=wanted.period.first_day,
            last_day=wanted.period.last_day,
            zone=wanted.period.zone,
            reason_reference=reference,
        )


def _check(*, restates: bool, reason: str | None, version: int | None) -> None:
    if restates and not (reason or "").strip():
        raise typer.BadParameter("why the period is told anew", param_hint="--reason")
    if reason is not None and not restates:
        raise typer.BadParameter("only with --restate", param_hint="--reason")
    if restates and version is not None:
        raise typer.BadParameter("not with --restate", param_hint="--version")


def _kind(*, daily: bool, weekly: bool) -> PeriodKind:
    if daily and weekly:
        raise typer.BadParameter("--daily or --weekly, not both")
    if daily:
        return PeriodKind.DAILY
    return PeriodKind.WEEKLY if weekly else PeriodKind.CUSTOM


def _wanted(
    kind: PeriodKind, choice: KpiChoice, terms: KpiTerms, machinery: Machinery
) -> SnapshotPeriod:
    period = reported_period(kind, choice, terms, machinery.clock())
    return SnapshotPeriod(kind=kind, period=period)


def _default_path(machinery: Machinery, found: SnapshotView) -> Path:
    folder = machinery.var_directory / REPORTS
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{found.report.snapshot_id}.html"


def _open(path: Path) -> None:
    if not webbrowser.open(path.absolute().as_uri()):
        say(f"there is no browser here: open {path}")


def _list(context: typer.Context, output: Output) -> None:
    with open_database(surroundings_of(context).database_url) as database:
        output.items(list(reports_in(database)), LIST_COLUMNS)
