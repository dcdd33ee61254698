"""The trend of a figure: a line over the parts of a period, with its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from markupsafe import Markup

from operations.kpi.page.charts.scale import Scale, scale_over
from operations.kpi.page.charts.svg import add, drawing, line, words, written

WIDTH, HEIGHT = 360.0, 128.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 304.0, 10.0, 102.0
LABEL_HEIGHT = 12.0
MOST_DATES = 5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One number over the parts of the period; None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A level of the target: `target`, `warning` or `alarm`."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What the chart shows; the first course is the main one.

    All numbers are in the unit that `say` writes; `most` is the largest that can be,
    such as 100 for a percentage.
    """

    key: str
    title: str
    description: str
    dates: Sequence[str]
    courses: Sequence[Course]
    limits: Sequence[Limit] = ()
    say: Callable[[float], str]
    most: float | None = None


def trend_svg(trend: Trend) -> Markup:
    """Draw a trend."""
    root = drawing(
        key=trend.key,
        size=(WIDTH, HEIGHT),
        title=trend.title,
        description=trend.description,
    )
    scale = scale_over(_all_values(trend), steps=3, most=trend.most)
    _draw_axis(root, scale, trend.say)
    _draw_dates(root, trend.dates)
    for limit in trend.limits:
        y = _height(scale, limit.value)
        line(root, (LEFT, y), (RIGHT, y), f"limit {limit.name}")
    # The main course last, on top.
    for place in reversed(range(len(trend.courses))):
        kind = "course main" if place == 0 else "course more"
        _draw_course(root, scale, trend.courses[place].values, kind)
    _draw_labels(root, scale, trend)
    return written(root)


def _all_values(trend: Trend) -> Iterator[float]:
    for course in trend.courses:
        yield from (value for value in course.values if value is not None)
    yield from (limit.value for limit in trend.limits)


def _draw_axis(root: Tree.Element, scale: Scale, say: Callable[[float], str]) -> None:
    for tick in scale.ticks:
        y = _height(scale, tick)
        line(root, (LEFT, y), (RIGHT, y), "grid")
        words(root, (LEFT - 5, y + 3.5), say(tick), text_anchor="end", class_="tick")


def _draw_dates(root: Tree.Element, dates: Sequence[str]) -> None:
    every = -(-len(dates) // MOST_DATES) or 1
    for place in range(0, len(dates), every):
        at = (_across(place, len(dates)), BOTTOM + 15)
        words(root, at, dates[place], text_anchor="middle", class_="tick")


def _draw_course(
    root: Tree.Element, scale: Scale, values: Sequence[float | None], kind: str
) -> None:
    for stretch in _stretches(scale, values):
        if len(stretch) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in stretch)
            add(root, "polyline", points=path, class_=kind)
        for x, y in stretch:
            add(root, "circle", cx=x, cy=y, r=2.6, class_=kind)


def _stretches(scale: Scale, values: Sequence[float | None]) -> list[list[Point]]:
    """Cut a course where a part of the period has no number."""
    found: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((_across(place, len(values)), _height(scale, value)))
    return [stretch for stretch in found if stretch]


def _draw_labels(root: Tree.Element, scale: Scale, trend: Trend) -> None:
    """Name lines at their right end, moved apart where they would touch."""
    wanted = [(_height(scale, one.value), one.name, "note") for one in trend.limits]
    for place, course in enumerate(trend.courses):
        known = [value for value in course.values if value is not None]
        if known and len(trend.courses) > 1:
            kind = "name" if place == 0 else "note"
            wanted.append((_height(scale, known[-1]), course.name, kind))
    for y, (_, name, kind) in zip(_apart(wanted), sorted(wanted), strict=True):
        words(root, (RIGHT + 7, y + 3.5), name, class_=kind)


def _apart(wanted: Sequence[tuple[float, str, str]]) -> list[float]:
    heights = sorted(y for y, _, _ in wanted)
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + LABEL_HEIGHT)
    lowest = BOTTOM
    for place in reversed(range(len(heights))):
        heights[place] = min(heights[place], lowest)
        lowest = heights[place] - LABEL_HEIGHT
    return heights


def _height(scale: Scale, value: float) -> float:
    return scale.place(value, BOTTOM, TOP)


def _across(place: int, of: int) -> float:
    return LEFT + (RIGHT - LEFT) * (place + 0.5) / of
