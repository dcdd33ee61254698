"""`orderwright history`: orders that other systems finished, or left open."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.context import in_database, surroundings_of
from cli.exits import ExitCode
from cli.files import (
    TOLD_AT_MOST,
    default_rejects,
    rejects_in_words,
    skipped_in_words,
)
from cli.options import Actor, AsJson, DiskFile, DryRun, Rejects
from cli.output import Output, moment, say
from operations.files.gathering import RefusedOrder
from operations.history_files import (
    HistorySummary,
    HistoryTerms,
    import_history,
    read_history,
)
from operations.queries.history import HistoryDetails
from operations.queries.models import View
from persistence.database import Database

app = typer.Typer(
    no_args_is_help=True,
    help="Import what other systems did: past orders, for the KPIs.",
)
OnProgress = Callable[[int, int | None], None]


class HistoryResult(View):
    """What an import did; `data_quality` counts orders that are odd, and kept."""

    dry_run: bool
    import_id: str
    read: int
    orders: int
    imported: int
    unchanged: int
    corrected: int
    rejected: int
    skipped: Mapping[str, int]
    lines: int
    data_quality: Mapping[str, int]
    rejects_file: str | None


@app.callback()
def _history() -> None:
    """Keep `import` a command of its own, though it is the only one."""


@app.command("import")
def import_file(
    context: typer.Context,
    file: DiskFile,
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="TOML that says what the columns mean; without it they are ours.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="The selling account, where no column says it."),
    ] = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many good orders.")
    ] = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Import past orders from a CSV file: their facts and events, no runs.

    The same file again changes nothing; one with other content corrects its orders.

    Examples: orderwright history import past.csv.gz --mapping wms.toml --dry-run;
    orderwright history import orders.csv --source web --json
    """
    rejects = rejects or default_rejects(file)
    terms = _terms(context, actor=actor, dry_run=dry_run, limit=limit, rejects=rejects)

    def work(database: Database) -> HistorySummary:
        with read_history(file, mapping, source) as history_file, _progress() as tell:
            return import_history(database, history_file, terms(tell))

    began = time.monotonic()
    summary = in_database(context, work)
    seconds = time.monotonic() - began
    result = _result(summary, dry_run=dry_run, rejects=rejects)
    Output(as_json=as_json).one(result, "\n".join(_in_words(result)))
    say(f"{seconds:.1f} s, {summary.read / max(seconds, 0.001):,.0f} rows a second")
    raise typer.Exit(_exit_code(result))


def _terms(
    context: typer.Context,
    *,
    actor: str,
    dry_run: bool,
    limit: int | None,
    rejects: Path,
) -> Callable[[OnProgress], HistoryTerms]:
    clock = surroundings_of(context).clock
    tell_refused = _Refusals(rejects).tell

    def terms(tell_progress: OnProgress) -> HistoryTerms:
        return HistoryTerms(
            actor=actor,
            clock=clock,
            dry_run=dry_run,
            limit=limit,
            rejects=rejects,
            on_refused=tell_refused,
            on_progress=tell_progress,
        )

    return terms


class _Refusals:
    """Tells a person of the first refused orders."""

    def __init__(self, rejects: Path) -> None:
        self._rejects = rejects
        self._told = 0

    def tell(self, refused: RefusedOrder) -> None:
        self._told += 1
        if self._told > TOLD_AT_MOST:
            return
        for cell in refused.refused:
            say(f"order {refused.number} is refused: {cell}")
        if self._told == TOLD_AT_MOST:
            say(f"any more are in {self._rejects}")


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """Show on a terminal how many rows are done, and how many a second."""
    if not sys.stderr.isatty():
        yield lambda read, total: None
        return
    bar = Progress(
        TextColumn("rows"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        console=Console(stderr=True),
        transient=True,
    )
    began = time.monotonic()
    with bar:
        task = bar.add_task("rows", total=None, rate="")

        def tell(read: int, total: int | None) -> None:
            rate = read / max(time.monotonic() - began, 0.001)
            bar.update(task, completed=read, total=total, rate=f"{rate:,.0f}/s")

        yield tell


def _result(summary: HistorySummary, *, dry_run: bool, rejects: Path) -> HistoryResult:
    return HistoryResult(
        dry_run=dry_run,
        import_id=summary.import_id,
        read=summary.read,
        orders=summary.orders,
        imported=summary.imported,
        unchanged=summary.unchanged,
        corrected=summary.corrected,
        rejected=summary.rejected,
        skipped=summary.skipped,
        lines=summary.lines,
        data_quality={kind.value: n for kind, n in summary.findings.items()},
        rejects_file=str(rejects) if summary.rejected else None,
    )


def _in_words(result: HistoryResult) -> Iterator[str]:
    would = "would be " if result.dry_run else ""
    yield (
        f"{result.read} rows read, {result.orders} orders with {result.lines} lines: "
        f"{result.imported} {would}imported, {result.corrected} {would}corrected, "
        f"{result.unchanged} unchanged, {result.rejected} {would}rejected"
    )
    yield from skipped_in_words(result.skipped)
    for kind, orders in result.data_quality.items():
        yield f"kept, but odd: {orders} orders with {kind.replace('_', ' ')}"
    yield from rejects_in_words(result.rejects_file)


def _exit_code(result: HistoryResult) -> ExitCode:
    if not result.rejected:
        return ExitCode.DONE
    kept = result.orders - result.rejected
    return ExitCode.PARTLY_DONE if kept else ExitCode.REFUSED


def history_in_words(order: HistoryDetails) -> Iterator[str]:
    """Tell of one imported order."""
    yield f"{order.order_id}  {order.status}, imported as history: it has no run"
    by = f" by {order.channel}" if order.channel else ""
    yield f"placed {moment(order.placed_at)} UTC as {order.number}{by}"
    for line in order.lines:
        units = "?" if line.quantity_ordered is None else line.quantity_ordered
        error = f", error found: {line.error_kind}" if line.error_kind else ""
        yield f"line {line.line_no}: {units} x {line.sku or '?'}{error}"
    for one in order.shipments:
        left = moment(one.handed_over_at) or "?"
        arrived = moment(one.delivered_at) or "?"
        yield (
            f"shipment {one.shipment_id}: {one.warehouse_id or '?'}, "
            f"{one.carrier or '?'}, handed over {left}, delivered {arrived}"
        )
