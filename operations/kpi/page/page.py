"""The report of a period as one HTML file that needs nothing else to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from operations.kpi.page.details import (
    definitions_on_page,
    details_on_page,
    drill_command,
)
from operations.kpi.page.figures import FigureOnPage, figure_on_page
from operations.kpi.page.pictures import distribution_picture, stages_picture
from operations.kpi.page.rows import Row, is_measured, only_whole, part, text
from operations.kpi.page.sections import (
    areas_on_page,
    group_tables,
    unmeasured_on_page,
)
from operations.kpi.page.words import (
    count_words,
    level_words,
    moment_words,
    window_words,
)

MOST_CARDS = 8
LEVELS = ("alarm", "warning", "within")


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiPage:
    """A report to be shown; `rows` are figures as `as_row` tells them.

    `headlines` names the figures that get a card; without names these are the first
    with a target. `stale` says what changed since `as_of`; `reason` why an earlier
    version was not left as it was.
    """

    title: str
    subtitle: str
    zone: str
    made_at: datetime
    as_of: datetime
    rows: Sequence[Row]
    headlines: Sequence[str] = ()
    version: int | None = None
    reason: str | None = None
    stale: str | None = None


def page_html(page: KpiPage) -> str:
    """Write a report as HTML, with its style and its charts in it."""
    whole = only_whole(page.rows)
    cards = [figure_on_page(row, with_chart=True) for row in _headlines(page, whole)]
    figures = [figure_on_page(row) for row in whole]
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            facts=_facts(page, whole),
            cards=cards,
            judged=_judged(figures),
            beyond=_beyond(figures),
            areas=areas_on_page(whole),
            stages=stages_picture(whole),
            distribution=distribution_picture(whole),
            group_tables=group_tables(page.rows),
            unmeasured=unmeasured_on_page(whole),
            details=details_on_page(whole),
            definitions=definitions_on_page(page.rows),
            example=drill_command(whole[0]) if whole else "",
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("operations.kpi.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _headlines(page: KpiPage, whole: Sequence[Row]) -> list[Row]:
    if page.headlines:
        wanted = {text(row, "figure"): row for row in whole}
        return [wanted[name] for name in page.headlines if name in wanted]
    measured = [row for row in whole if is_measured(row)]
    aimed = [row for row in measured if part(row, "target")]
    return (aimed or measured)[:MOST_CARDS]


def _facts(page: KpiPage, whole: Iterable[Row]) -> list[tuple[str, str]]:
    windows = dict.fromkeys(window_words(text(row, "by")) for row in whole)
    version = None
    if page.version is not None:
        version = count_words(page.version)
        version += f": {page.reason}" if page.reason else ""
    facts = (
        ("Zone", page.zone),
        ("As of", moment_words(page.as_of, page.zone)),
        ("Made", moment_words(page.made_at, page.zone)),
        ("Version", version),
        ("Windows", ", ".join(windows)),
    )
    return [(name, said) for name, said in facts if said]


def _judged(figures: Iterable[FigureOnPage]) -> list[tuple[str, int]]:
    """Count figures by where they stand against their limits."""
    counts = Counter(one.level for one in figures)
    return [(level_words(level), counts[level]) for level in LEVELS if counts[level]]


def _beyond(figures: Iterable[FigureOnPage]) -> list[FigureOnPage]:
    """Return the figures beyond a limit, alarms first."""
    found = [one for one in figures if one.level in LEVELS[:-1]]
    return sorted(found, key=lambda one: LEVELS.index(one.level))
