"""The distribution of a time: how many orders took how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from markupsafe import Markup

from operations.kpi.page.charts.scale import Scale, scale_over
from operations.kpi.page.charts.svg import add, drawing, line, words, written

WIDTH, HEIGHT = 540.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 514.0, 38.0, 206.0
# Where the name of a mark would run out of the picture on the right.
ROOM_FOR_NAME = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """So many orders took from `low` to `high`.

    `is_open`: drawn as wide as the others though it reaches further, as told.
    """

    low: float
    high: float
    n: int
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A number marked in the distribution, such as the median, and its words."""

    value: float
    said: str


def distribution_svg(
    bins: Sequence[Bin],
    marks: Sequence[Mark],
    *,
    key: str,
    title: str,
    say: Callable[[float], str],
) -> Markup:
    """Draw a histogram with its marks."""
    total = sum(each.n for each in bins)
    marked = "; ".join(mark.said for mark in marks)
    root = drawing(
        key=key,
        size=(WIDTH, HEIGHT),
        title=title,
        description=f"{total:,} orders by how long they took; {marked}.",
    )
    edges = [each.low for each in bins] + [each.high for each in bins]
    across = scale_over([*edges, *(mark.value for mark in marks)], steps=6)
    upward = scale_over([0.0, *(float(each.n) for each in bins)], steps=4)
    _draw_axes(root, across, upward, say)
    for each in bins:
        _draw_bin(root, each, across, upward)
    for row, mark in enumerate(marks):
        _draw_mark(root, row, mark.said, _x(across, mark.value))
    return written(root)


def _draw_axes(
    root: Tree.Element, across: Scale, upward: Scale, say: Callable[[float], str]
) -> None:
    for tick in upward.ticks:
        y = upward.place(tick, BOTTOM, TOP)
        line(root, (LEFT, y), (RIGHT, y), "grid")
        at = (LEFT - 6, y + 3.5)
        words(root, at, f"{tick:,.10g}", text_anchor="end", class_="tick")
    for tick in across.ticks:
        at = (_x(across, tick), BOTTOM + 16)
        words(root, at, say(tick), text_anchor="middle", class_="tick")
    words(root, (LEFT - 40, 12), "orders", class_="tick")


def _draw_bin(root: Tree.Element, each: Bin, across: Scale, upward: Scale) -> None:
    left, right = _x(across, each.low), _x(across, each.high)
    top = upward.place(float(each.n), BOTTOM, TOP)
    if each.is_open:
        at = (right + 1, top - 5)
        words(root, at, "and longer", text_anchor="end", class_="tick")
    add(
        root,
        "rect",
        x=left + 0.6,
        y=top,
        width=max(right - left - 1.2, 0.8),
        height=BOTTOM - top,
        class_="bar odd" if each.is_open else "bar even",
    )


def _draw_mark(root: Tree.Element, row: int, said: str, x: float) -> None:
    """Draw a line with its name above; each mark has a row of its own for it."""
    y = 12.0 + 13.0 * row
    line(root, (x, y + 4), (x, BOTTOM), "mark" if row == 0 else "mark more")
    is_late = x > RIGHT - ROOM_FOR_NAME
    words(
        root,
        (x - 4 if is_late else x + 4, y + 2),
        said,
        text_anchor="end" if is_late else "start",
        class_="name",
    )


def _x(across: Scale, value: float) -> float:
    return across.place(value, LEFT, RIGHT)
