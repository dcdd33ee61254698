"""Everything about a figure and its definition, as paragraphs for people."""

from __future__ import annotations

from collections.abc import Iterator

from cli.kpi_words import (
    bars,
    excluded_in_words,
    group_in_words,
    statistic_in_words,
    target_in_words,
    value_in_words,
)
from domain.kpi.definitions import FigureDefinition
from domain.kpi.targets import Target
from domain.kpi.telling import as_definition
from operations.kpi.page.details import FigureDetail, details_on_page
from operations.kpi.page.rows import Row, listed, number, part, text
from operations.kpi.page.words import (
    area_words,
    count_words,
    plain_words,
    saying_of,
    window_words,
)

DISTRIBUTION = "distribution"


def definition_lines(
    definition: FigureDefinition, target: Target | None
) -> Iterator[str]:
    """Tell how a figure is defined, and what it should be here."""
    told = as_definition(definition, target)
    yield f"{definition.title} ({definition.name}, version {definition.version})"
    yield f"  {definition.says}"
    yield from _clock_and_counts(told)
    yield f"  area: {area_words(definition.area)}"
    yield f"  one counted thing: {plain_words(definition.grain)}"
    yield f"  unit: {plain_words(definition.unit)}"
    own, *others = listed(told, "windows") or [""]
    yield f"  counts {window_words(own)}"
    for other in others:
        yield f"  with --by {other}: {window_words(other)}"
    if definition.higher_is_better is not None:
        yield f"  better: {'higher' if definition.higher_is_better else 'lower'}"
    if target is not None:
        yield f"  target: {target_in_words({**told, 'title': definition.title})}"
        yield f"  who acts beyond the limits: {plain_words(target.owner_role)}"
    if definition.source:
        yield f"  source: {definition.source}"


def figure_lines(row: Row) -> Iterator[str]:
    """Tell everything about one figure of one group."""
    group = group_in_words(row)
    definition = part(row, "definition")
    yield (
        f"{text(row, 'title')}{f' [{group}]' if group else ''} "
        f"({text(row, 'figure')}, version {text(definition, 'version')}): "
        f"{value_in_words(row)}"
    )
    yield f"  {text(definition, 'says')}"
    yield from _clock_and_counts(definition)
    yield (
        f"  {window_words(text(row, 'by'))}: "
        f"{count_words(number(row, 'n') or 0)} counted"
    )
    for label, told in (
        ("not measured", text(row, "not_measured")),
        ("p90", statistic_in_words(row, "p90")),
        ("excluded", excluded_in_words(row)),
        ("target", target_in_words(row)),
    ):
        if told:
            yield f"  {label}: {told}"
    # The page tells the rest of a whole; of a group there is not less to tell.
    [detail] = details_on_page([{**row, "group": {}}])
    yield from _rest(row, detail)


def _clock_and_counts(definition: Row) -> Iterator[str]:
    for label, name in (
        ("clock starts", "clock_starts"),
        ("clock stops", "clock_stops"),
        ("counted", "numerator"),
        ("out of", "denominator"),
    ):
        if told := text(definition, name):
            yield f"  {label}: {told}"


def _rest(row: Row, detail: FigureDetail) -> Iterator[str]:
    for name, told in (*detail.numbers, *detail.choices):
        yield f"  {name}: {told}"
    if detail.open_orders:
        yield "  with the orders still open (Kaplan-Meier):"
        for name, told in detail.open_orders:
            yield f"    {name}: {told}"
        if detail.open_orders_say:
            yield f"    {detail.open_orders_say}"
    yield from _distribution(row, part(part(row, "details"), DISTRIBUTION))
    for name, told in detail.more:
        if not name.startswith(DISTRIBUTION):
            yield f"  {name}: {told}"


def _distribution(row: Row, distribution: Row) -> Iterator[str]:
    """Draw how many took how long, and say from where to where."""
    edges, counts = distribution.get("edges"), distribution.get("counts")
    if isinstance(edges, list) and isinstance(counts, list) and counts:
        say = saying_of(row)
        yield (
            f"  distribution: {say.full(edges[0])} {bars(counts)} {say.full(edges[-1])}"
        )
