"""`orderwright kpi export`: figures as a file, straight from the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.documents import STDIN
from cli.files import write_file
from cli.kpi_options import (
    AsOf,
    By,
    Figures,
    GroupBy,
    OnTime,
    Since,
    Sources,
    TakesAll,
    Until,
    Zone,
    open_reader,
    refuse_without_folder,
)
from cli.kpi_showing import headlines, tell_not_grouped
from cli.options import AsJson
from cli.output import Output, say
from domain.kpi.question import OnTimeBy, Question
from domain.kpi.telling import as_row
from operations.kpi.asking import KpiAnswers, KpiReader
from operations.kpi.choice import KpiChoice
from operations.kpi.export import ExportFormat, csv_of, json_lines_of
from operations.kpi.page import KpiPage, page_html
from operations.kpi.page.rows import Row

_Format = Annotated[ExportFormat, typer.Option("--format", help="Kind of file.")]
_Out = Annotated[
    Path, typer.Option(dir_okay=False, metavar="FILE|-", help="Where to write it.")
]


def export(
    context: typer.Context,
    out: _Out,
    file_format: _Format = ExportFormat.CSV,
    figures: Figures = None,
    since: Since = None,
    until: Until = None,
    by: By = None,
    on_time_by: OnTime = OnTimeBy.DAY,
    zone: Zone = None,
    as_of: AsOf = None,
    group_by: GroupBy = None,
    sources: Sources = None,
    takes_all: TakesAll = False,
    as_json: AsJson = False,
) -> None:
    """Write KPIs to a file: a table, JSON lines, or a page to read and print.

    The page has a table for each dimension it is grouped by. Needs no server.
    Examples: orderwright kpi export --out kpi.csv --all --group-by warehouse;
    orderwright kpi export --format html --from 2026-10 --to 2026-10 --out kpi.html
    """
    refuse_without_folder(out)
    choice = KpiChoice(
        figures=tuple(figures or ()),
        takes_all=takes_all,
        since=since,
        until=until,
        by=by,
        on_time_by=on_time_by,
        zone=zone,
        as_of=as_of,
        group_by=tuple(group_by or ()),
        sources=tuple(sources or ()),
    )
    with open_reader(context) as reader:
        found = list(_answers(reader, choice, file_format))
        made_at = reader.clock()
    rows = [as_row(one.figure, one.trend) for each in found for one in each.answers]
    content = _content(file_format, rows, found[0].question, made_at)
    write_file(out, content.encode())
    for each in found:
        tell_not_grouped(each)
    _tell(out, file_format, len(rows), as_json=as_json)


def _answers(
    reader: KpiReader, choice: KpiChoice, file_format: ExportFormat
) -> Iterator[KpiAnswers]:
    """Ask once; for a page also by each dimension apart, beside the whole."""
    if file_format is not ExportFormat.HTML:
        yield reader.figures(choice, with_trend=file_format is ExportFormat.JSON)
        return
    yield reader.figures(replace(choice, group_by=()), with_trend=True)
    for dimension in dict.fromkeys(choice.group_by):
        yield reader.figures(replace(choice, group_by=(dimension,)))


def _content(
    file_format: ExportFormat,
    rows: Sequence[Row],
    question: Question,
    made_at: datetime,
) -> str:
    if file_format is ExportFormat.CSV:
        return csv_of(rows, question.group_by)
    if file_format is ExportFormat.JSON:
        return json_lines_of(rows)
    period = question.period
    page = KpiPage(
        title="KPIs",
        subtitle=f"{period.first_day} to {period.last_day}",
        zone=period.zone,
        made_at=made_at,
        as_of=question.as_of,
        rows=rows,
        headlines=headlines(),
    )
    return page_html(page)


def _tell(out: Path, file_format: ExportFormat, rows: int, *, as_json: bool) -> None:
    if out == STDIN:
        say(f"{rows} rows")
        return
    told = {"path": str(out), "format": file_format.value, "rows": rows}
    Output(as_json=as_json).one(told, f"{out}: {rows} rows")
