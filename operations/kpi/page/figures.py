"""What the page tells of one row: its number, its target and how it changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from operations.kpi.page.charts.trend import Course, Limit, Trend, trend_svg
from operations.kpi.page.rows import Row, listed, main_number, number, part, parts, text
from operations.kpi.page.words import (
    Saying,
    area_words,
    better_words,
    count_words,
    day_words,
    level_words,
    plain_words,
    reason_words,
    saying_of,
)

LIMITS = ("target", "warning", "alarm")
NO_NUMBER = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOnPage:
    """One figure as cards and tables show it, in words."""

    name: str
    title: str
    area: str
    measured: bool
    main: str
    statistic: str
    p90: str
    n: str
    weak: bool
    not_measured: str
    left_out: str
    target: str
    level: str
    level_words: str
    change: str
    trend: Markup | None


def figure_on_page(
    row: Row, *, with_chart: bool = False, like: Row | None = None
) -> FigureOnPage:
    """Put a row into words, with the chart if asked, in the units of the row `like`."""
    say = saying_of(like or row)
    main, p90 = main_number(row), number(row, "p90")
    level = text(part(row, "target"), "level")
    return FigureOnPage(
        name=text(row, "figure"),
        title=text(row, "title") or plain_words(text(row, "figure")),
        area=area_words(text(row, "area")),
        measured=main is not None,
        main=NO_NUMBER if main is None else say.full(main),
        statistic="median" if number(row, "p50") is not None else "",
        p90=NO_NUMBER if p90 is None else say.full(p90),
        n=count_words(number(row, "n") or 0),
        weak="p90" in listed(row, "weak"),
        not_measured=text(row, "not_measured"),
        left_out=left_out_words(row),
        target=target_words(row, say),
        level=level,
        level_words=level_words(level),
        change=change_words(row, say),
        trend=trend_chart(row, say) if with_chart else None,
    )


def left_out_words(row: Row) -> str:
    """Say how many were left out, and why; empty if none were."""
    excluded = part(row, "excluded")
    return ", ".join(
        f"{count_words(number(excluded, reason) or 0)} {reason_words(reason)}"
        for reason in excluded
    )


def target_words(row: Row, say: Saying) -> str:
    """Say what a figure should be; empty without a target."""
    target = part(row, "target")
    aim = number(target, "target")
    if aim is None:
        return ""
    bound = "at least" if target.get("higher_is_better") else "at most"
    statistic = text(target, "statistic")
    subject = {"rate": "", "value": "", "p50": "median "}.get(
        statistic, f"{statistic} "
    )
    return f"{subject}{bound} {say.full(aim)}"


def change_words(row: Row, say: Saying) -> str:
    """Say how the last whole part of the period differs from the one before it."""
    values = [
        value
        for value in (main_number(each) for each in _whole_parts(row))
        if value is not None
    ]
    if len(values) < 2:  # noqa: PLR2004 - a change needs two
        return NO_NUMBER
    difference = values[-1] - values[-2]
    told = say.difference(difference)
    if not any(digit in told for digit in "123456789"):
        return "no change"
    verdict = better_words(row, difference)
    said = f"{'▲' if difference > 0 else '▼'} {told}"
    return f"{said}, {verdict}" if verdict else said


def trend_chart(row: Row, say: Saying) -> Markup | None:
    """Draw the trend of a row; None if it has none."""
    trend = parts(row, "trend")
    courses = [course for course in _courses(trend) if any(_known(course.values))]
    if not courses:
        return None
    limits = _limits(part(row, "target"))
    title = f"{text(row, 'title')}: trend"
    return trend_svg(
        Trend(
            key=f"trend-{text(row, 'figure')}".replace(" ", "-"),
            title=title,
            description=_described(trend, courses, limits, say),
            dates=[day_words(text(each, "from")) for each in trend],
            courses=[_in_unit(course, say) for course in courses],
            limits=[Limit(name=one.name, value=say.shown(one.value)) for one in limits],
            say=say.tick,
            most=say.shown(1.0) if say.is_rate else None,
        )
    )


def _courses(trend: Sequence[Row]) -> Iterator[Course]:
    names = {"p50": "median", "rate": "rate", "value": "value", "p90": "p90"}
    for key, name in names.items():
        yield Course(name=name, values=[number(each, key) for each in trend])


def _in_unit(course: Course, say: Saying) -> Course:
    shown = [None if value is None else say.shown(value) for value in course.values]
    return Course(name=course.name, values=shown)


def _known(values: Iterable[float | None]) -> Iterator[bool]:
    return (value is not None for value in values)


def _limits(target: Row) -> list[Limit]:
    found = ((name, number(target, name)) for name in LIMITS)
    return [Limit(name=name, value=value) for name, value in found if value is not None]


def _described(
    trend: Sequence[Row],
    courses: Sequence[Course],
    limits: Sequence[Limit],
    say: Saying,
) -> str:
    days = [day_words(text(each, "from")) for each in trend]
    told = [
        f"{course.name} "
        + ", ".join(
            f"{day} {NO_NUMBER if value is None else say.full(value)}"
            for day, value in zip(days, course.values, strict=True)
        )
        for course in courses
    ]
    told += [f"{limit.name} {say.full(limit.value)}" for limit in limits]
    return "; ".join(told) + "."


def _whole_parts(row: Row) -> list[Row]:
    """Return the parts as long as the longest: a week cut short compares with none."""
    trend = parts(row, "trend")
    lengths = [_days(each) for each in trend]
    longest = max(lengths, default=0)
    return [each for each, days in zip(trend, lengths, strict=True) if days == longest]


def _days(row: Row) -> int:
    try:
        first = date.fromisoformat(text(row, "from"))
        last = date.fromisoformat(text(row, "to"))
    except ValueError:
        return 0
    return (last - first).days
