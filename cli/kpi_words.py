"""Figures in words: a row's numbers, its target, its trend, what was left out."""

from __future__ import annotations

from collections.abc import Sequence

from cli.output import moment
from domain.kpi.question import Question
from operations.kpi.page.figures import target_words
from operations.kpi.page.rows import Row, listed, main_number, number, part, parts, text
from operations.kpi.page.words import (
    better_words,
    count_words,
    level_words,
    reason_words,
    saying_of,
)

WEAK_MARK = "*"
NOT_MEASURED = "not measured"
_BARS = "▁▂▃▄▅▆▇█"
_NO_BAR = "·"


def asked_in_words(question: Question) -> str:
    """Say which days are meant, and as of when."""
    period = question.period
    return (
        f"{period.first_day} to {period.last_day} ({period.days} days in "
        f"{period.zone}), as known at {moment(question.as_of)} UTC"
    )


def value_in_words(row: Row) -> str:
    """Write the number that stands for a figure."""
    if number(row, "p50") is not None:
        return f"median {statistic_in_words(row, 'p50')}"
    value = main_number(row)
    return NOT_MEASURED if value is None else saying_of(row).full(value)


def statistic_in_words(row: Row, name: str) -> str:
    """Write one number of a figure; a weak percentile has a mark."""
    value = number(row, name)
    if value is None:
        return ""
    mark = WEAK_MARK if name in listed(row, "weak") else ""
    return saying_of(row).full(value) + mark


def target_in_words(row: Row) -> str:
    """Write a figure's target and where the figure stands."""
    told = target_words(row, saying_of(row))
    level = level_words(text(part(row, "target"), "level"))
    return f"{told}  {level}" if told and level else told


def sparkline(row: Row) -> str:
    """Draw the trend of a figure."""
    return bars([main_number(each) for each in parts(row, "trend")])


def bars(numbers: Sequence[float | None]) -> str:
    """Draw numbers side by side, the lowest bar for the least of them.

    What has no number is a dot.
    """
    known = [each for each in numbers if each is not None]
    if not known:
        return ""
    low, reach = min(known), max(known) - min(known)

    def bar(value: float | None) -> str:
        if value is None:
            return _NO_BAR
        place = (value - low) / reach if reach else 0.5
        return _BARS[round(place * (len(_BARS) - 1))]

    return "".join(bar(value) for value in numbers)


def change_in_words(row: Row, earlier: Row | None) -> str:
    """Write how a figure changed against an earlier period."""
    now = main_number(row)
    before = main_number(earlier) if earlier is not None else None
    if now is None or before is None:
        return ""
    say = saying_of(row)
    if say.full(now) == say.full(before):
        return "no change"
    told, verdict = say.difference(now - before), better_words(row, now - before)
    return f"{told}, {verdict}" if verdict else told


def excluded_in_words(row: Row) -> str:
    """Write how many were left out, by reason."""
    told = (
        f"{count_words(number(part(row, 'excluded'), reason) or 0)} "
        f"{reason_words(reason)}"
        for reason in part(row, "excluded")
    )
    return ", ".join(told)


def group_in_words(row: Row) -> str:
    """Write of which group a figure is."""
    return ", ".join(str(value) for value in part(row, "group").values())
