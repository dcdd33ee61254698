"""`orderwright kpi drill`: the orders behind a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from cli.kpi_options import (
    AsOf,
    By,
    FigureArgument,
    GroupBy,
    OnTime,
    Since,
    Sources,
    Until,
    Zone,
    open_reader,
)
from cli.kpi_words import asked_in_words
from cli.options import AsJson, Limit
from cli.output import Output, say
from domain.kpi.catalogue import DEFINITIONS
from domain.kpi.drilling import Behind, HowCounted
from domain.kpi.question import OnTimeBy
from operations.kpi.choice import KpiChoice
from operations.kpi.page.words import saying_of

DEFAULT_LIMIT = 50
DRILL_COLUMNS = ("order_id", "group", "counts", "value", "reason", "at")

_Counted = Annotated[
    bool, typer.Option("--counted", help="Only what counts and is no miss.")
]
_Missed = Annotated[
    bool, typer.Option("--missed", help="Only the misses: what makes a rate worse.")
]
_Excluded = Annotated[
    bool, typer.Option("--excluded", help="Only what is left out of the figure.")
]
_Reason = Annotated[
    str | None,
    typer.Option(
        metavar="WORD", help="Only what is left out for this reason: cancelled."
    ),
]


def drill(
    context: typer.Context,
    figure: FigureArgument,
    since: Since = None,
    until: Until = None,
    by: By = None,
    on_time_by: OnTime = OnTimeBy.DAY,
    zone: Zone = None,
    as_of: AsOf = None,
    group_by: GroupBy = None,
    sources: Sources = None,
    counted: _Counted = False,
    missed: _Missed = False,
    excluded: _Excluded = False,
    reason: _Reason = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show the orders behind a KPI: what each counts for, the worst first.

    Examples: orderwright kpi drill on_time_delivery --missed; orderwright kpi drill
    order_cycle_time --reason negative --limit 5 --json
    """
    choice = KpiChoice(
        figures=(figure,),
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
        question, everything = reader.orders_behind(choice)
    wanted = _wanted(counted, missed, excluded or reason is not None)
    found = list(_chosen(everything, wanted, reason))
    say(asked_in_words(question))
    rows = (_as_json if as_json else _in_view)(figure, found[:limit])
    Output(as_json=as_json).items(rows, DRILL_COLUMNS)
    _tell_rest(found, limit)


def _wanted(*are_wanted: bool) -> set[HowCounted]:
    """Return what is wanted of what counts, misses and is left out; else all."""
    chosen = zip(HowCounted, are_wanted, strict=True)
    return {how for how, is_wanted in chosen if is_wanted} or set(HowCounted)


def _chosen(
    everything: Iterable[Behind], wanted: set[HowCounted], reason: str | None
) -> Iterator[Behind]:
    for one in everything:
        is_reason = reason is None or one.reason == reason
        if one.counts in wanted and (
            one.counts is not HowCounted.EXCLUDED or is_reason
        ):
            yield one


def _as_json(figure: str, found: Iterable[Behind]) -> list[dict[str, object]]:
    return [
        {
            "figure": figure,
            "order_id": one.order_id,
            "group": dict(one.group),
            "counts": one.counts.value,
            "value": one.value,
            "reason": one.reason,
            "at": one.at,
        }
        for one in found
    ]


def _in_view(figure: str, found: Iterable[Behind]) -> list[dict[str, object]]:
    unit = DEFINITIONS[figure].unit.value

    def value_of(one: Behind) -> str:
        if one.value is None:
            return ""
        return saying_of({"unit": unit, "value": one.value}).full(one.value)

    return [
        {
            "order_id": one.order_id,
            "group": [value for _, value in one.group],
            "counts": one.counts.value,
            "value": value_of(one),
            "reason": one.reason,
            "at": one.at,
        }
        for one in found
    ]


def _tell_rest(found: list[Behind], limit: int) -> None:
    if not found:
        say("no order stands behind it")
        return
    if len(found) > limit:
        say(f"{limit} of {len(found)}; --limit {len(found)} shows all")
    say(f"what happened to one: orderwright order timeline {found[0].order_id}")
