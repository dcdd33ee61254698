"""`orderwright kpi list|define|show`: which KPIs there are, and what they came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cli.context import surroundings_of
from cli.kpi_detail import definition_lines, figure_lines
from cli.kpi_options import (
    AsOf,
    By,
    FigureArgument,
    Figures,
    GroupBy,
    OnTime,
    Since,
    Sources,
    TakesAll,
    Until,
    Zone,
    open_reader,
    usage_errors,
)
from cli.kpi_words import (
    WEAK_MARK,
    asked_in_words,
    change_in_words,
    group_in_words,
    sparkline,
    statistic_in_words,
    target_in_words,
    value_in_words,
)
from cli.options import AsJson
from cli.output import Output, say
from domain.kpi.catalogue import DEFINITIONS, definition_of
from domain.kpi.definitions import FigureDefinition
from domain.kpi.question import OnTimeBy
from domain.kpi.telling import as_definition, as_row
from operations.kpi.asking import KpiAnswers
from operations.kpi.choice import KpiChoice
from operations.kpi.page.rows import Row, listed, number, part, text
from operations.kpi.page.words import area_words, count_words, plain_words

LIST_COLUMNS = ("area", "figure", "title", "unit", "by", "headline")
SHOW_COLUMNS = ("kpi", "group", "value", "p90", "n", "by", "target", "trend", "change")
LEFT_OUT = "left_out_source"
_OPTIONAL_COLUMNS = frozenset({"group", "p90", "target", "trend", "change"})

_Detail = Annotated[
    bool, typer.Option("--detail", help="Everything about each figure.")
]
_Trend = Annotated[
    bool | None,
    typer.Option(
        "--trend/--no-trend",
        help="With the figures of the weeks, or of the days of a short period "
        "[default: yes, with --json no].",
    ),
]


def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List the KPIs by area: name, title, unit, and which orders a period has.

    Example: orderwright kpi list
    """
    del context
    output = Output(as_json=as_json)
    ordered = sorted(DEFINITIONS.values(), key=lambda one: _areas().index(one.area))
    output.items([_listed(one, as_json=as_json) for one in ordered], LIST_COLUMNS)


def _areas() -> list[str]:
    return list(dict.fromkeys(one.area for one in DEFINITIONS.values()))


def _listed(definition: FigureDefinition, *, as_json: bool) -> dict[str, object]:
    area, unit = definition.area.value, definition.unit.value
    return {
        "area": area if as_json else area_words(area),
        "figure": definition.name,
        "title": definition.title,
        "unit": unit if as_json else plain_words(unit),
        "by": definition.windows[0].value if definition.windows else None,
        "headline": definition.is_headline,
    }


def define(
    context: typer.Context, figure: FigureArgument, as_json: AsJson = False
) -> None:
    """Say how a KPI is defined: clock, what is counted of what, windows, target.

    Example: orderwright kpi define order_cycle_time
    """
    with usage_errors():
        definition = definition_of(figure)
    target = surroundings_of(context).kpi_terms().targets.get(figure)
    Output(as_json=as_json).one(
        as_definition(definition, target),
        "\n".join(definition_lines(definition, target)),
    )


def show(
    context: typer.Context,
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
    with_detail: _Detail = False,
    with_trend: _Trend = None,
    as_json: AsJson = False,
) -> None:
    """Compute KPIs now from the events: the headline ones of the last 28 days.

    Examples: orderwright kpi show; orderwright kpi show --figure on_time_delivery
    --from 2026-10 --to 2026-10 --group-by carrier; orderwright kpi show --all --json
    """
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
    is_trend = not as_json if with_trend is None else with_trend
    with open_reader(context) as reader:
        found = reader.figures(
            choice, with_trend=is_trend, with_earlier=is_trend and not as_json
        )
    _write(Output(as_json=as_json), found, with_detail=with_detail)


def headlines() -> tuple[str, ...]:
    """Return the names of the figures that a manager sees first."""
    return tuple(name for name, one in DEFINITIONS.items() if one.is_headline)


def tell_not_grouped(found: KpiAnswers) -> None:
    """Say which of the figures that nobody named cannot be grouped so."""
    if found.not_grouped:
        say(f"cannot be grouped so: {', '.join(found.not_grouped)}")


def write_table(output: Output, items: Sequence[Row]) -> None:
    """Write figures below each other; columns in which nothing stands are left out."""
    columns = [
        name
        for name in SHOW_COLUMNS
        if name not in _OPTIONAL_COLUMNS or any(item[name] for item in items)
    ]
    output.items(items, columns)


def in_view(row: Row, earlier: Row | None = None) -> dict[str, object]:
    """Return what a manager sees of a figure at first."""
    return {
        "kpi": text(row, "title"),
        "group": group_in_words(row),
        "value": value_in_words(row),
        "p90": statistic_in_words(row, "p90"),
        "n": count_words(number(row, "n") or 0),
        "by": text(row, "by") or "day",
        "target": target_in_words(row),
        "trend": sparkline(row),
        "change": change_in_words(row, earlier),
    }


def footnotes(rows: Sequence[Row]) -> Iterator[str]:
    """Say why figures are missing, and what the marks mean."""
    for row in rows:
        if why := text(row, "not_measured"):
            group = group_in_words(row)
            told = f"{text(row, 'title')}{f' [{group}]' if group else ''}"
            yield f"{told}: {why}"
    if any({"p50", "p90"} & set(listed(row, "weak")) for row in rows):
        yield f"{WEAK_MARK} weak: fewer than five orders lie beyond it"
    if any(LEFT_OUT in part(row, "excluded") for row in rows):
        yield "orders of some sources are left out: see `orderwright kpi sources`"


def _write(output: Output, found: KpiAnswers, *, with_detail: bool) -> None:
    tell_not_grouped(found)
    rows = [as_row(one.figure, one.trend) for one in found.answers]
    if output.as_json:
        output.items(rows, ())
        return
    _write_view(output, found, rows)
    if with_detail:
        for row in rows:
            output.one(row, "\n".join(["", *figure_lines(row)]))


def _write_view(
    output: Output, found: KpiAnswers, rows: Sequence[dict[str, object]]
) -> None:
    say(asked_in_words(found.question))
    items = []
    for one, row in zip(found.answers, rows, strict=True):
        before = found.before(one.figure)
        items.append(in_view(row, as_row(before) if before else None))
    write_table(output, items)
    if any(item["change"] for item in items):
        days = found.question.period.days
        say(f"change: against the {days} days before")
    for line in footnotes(rows):
        say(line)
