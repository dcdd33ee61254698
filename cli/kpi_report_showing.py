"""Stored reports as people see them: the table, the page, the list, what is stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.kpi_showing import footnotes, headlines, in_view, write_table
from cli.output import Output, moment, say
from domain.kpi.periods import PeriodKind
from operations.kpi.page import KpiPage, page_html
from operations.kpi.page.rows import Row, is_whole, text
from operations.kpi.page.words import plain_words
from operations.kpi.reports import (
    LateChange,
    SnapshotView,
    StalenessView,
    list_snapshots,
    read_snapshot,
)
from persistence.database import Database
from persistence.kpi.staleness import STOCK

_TOLD_AT_MOST = 3
_TITLES = {
    PeriodKind.DAILY: "KPIs of the day",
    PeriodKind.WEEKLY: "KPIs of the week",
    PeriodKind.CUSTOM: "KPIs",
}


def write_page(found: SnapshotView, path: Path) -> None:
    """Write the page of a report."""
    about = found.report
    page = KpiPage(
        title=_TITLES[about.kind],
        subtitle=f"{about.first_day} to {about.last_day}",
        zone=about.zone,
        made_at=about.made_at,
        as_of=about.as_of,
        rows=found.figures,
        headlines=headlines(),
        version=about.version,
        reason=about.reason,
        stale=_stale_in_words(found.staleness, moment(about.made_at)) or None,
    )
    path.write_text(page_html(page), "utf-8")


def tell_report(output: Output, found: SnapshotView, path: Path) -> None:
    """Show the headline figures of a report, and first whether it is stale."""
    if output.as_json:
        told = {**found.model_dump(mode="json"), "path": str(path)}
        output.one(told, "")
        return
    about = found.report
    stale = _stale_in_words(found.staleness, moment(about.made_at))
    if stale:
        say(f"STALE: {stale}; tell it anew with --restate --reason TEXT")
    reason = f" ({about.reason})" if about.reason else ""
    say(
        f"{_TITLES[about.kind]}, {about.first_day} to {about.last_day} ({about.zone}), "
        f"version {about.version}{reason}, as known at {moment(about.as_of)} UTC"
        f"{'; provisional: its days went on' if about.is_provisional else ''}"
    )
    first = set(headlines())
    rows: list[Row] = [
        row for row in found.figures if is_whole(row) and text(row, "figure") in first
    ]
    write_table(output, [in_view(row) for row in rows])
    for line in footnotes(rows):
        say(line)
    output.one({}, f"report: {path}")


def _stale_in_words(stale: StalenessView, since: str) -> str:
    if not stale.is_stale:
        return ""
    told = [_change_in_words(one) for one in stale.changes[:_TOLD_AT_MOST]]
    if told and stale.count > len(told):
        told.append(f"and {stale.count - len(told)} more")
    facts = "1 fact" if stale.count == 1 else f"{stale.count} facts"
    named = f": {'; '.join(told)}" if told else ""
    return f"{facts} changed since {since}{named}"


def _change_in_words(change: LateChange) -> str:
    is_stock = change.order_id == STOCK
    whose = "" if is_stock else f"order {change.order_id} "
    return (
        f"{whose}{plain_words(change.kind)}, written down {moment(change.recorded_at)}"
    )


def reports_in(database: Database) -> Iterator[dict[str, object]]:
    """Return the stored reports; `state` says what makes one stale."""
    with database.read() as connection:
        for one in list_snapshots(connection):
            state = "provisional" if one.is_provisional else ""
            if one.is_stale:
                found = read_snapshot(connection, one.snapshot_id)
                since = moment(one.made_at)
                state = f"STALE: {_stale_in_words(found.staleness, since)}"
            yield {**one.model_dump(), "state": state}
