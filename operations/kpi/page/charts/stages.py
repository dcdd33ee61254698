"""The stage breakdown: where the time of an order went, stage after stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from markupsafe import Markup

from operations.kpi.page.charts.scale import scale_over
from operations.kpi.page.charts.svg import add, drawing, line, words, written

WIDTH = 540.0
LEFT, RIGHT, TOP, ROW = 122.0, 468.0, 22.0, 24.0
BAR = 15.0
# A bar is never thinner than a hair, so that a short stage is still seen.
THINNEST = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage and the time an order spent in it on average.

    `is_wait`: a hold or a wait for goods, drawn hatched.
    """

    name: str
    time: float
    said: str
    is_wait: bool = False


def stages_svg(
    stages: Sequence[Stage], whole: Stage, *, key: str, say: Callable[[float], str]
) -> Markup:
    """Draw each stage where the one before it ends, and the whole above them.

    `say` writes the numbers of the axis.
    """
    said = "; ".join(f"{stage.name} {stage.said}" for stage in stages)
    bottom = TOP + ROW * (len(stages) + 1)
    root = drawing(
        key=key,
        size=(WIDTH, bottom + 8),
        title="Where the time of an order went, on average",
        description=f"An order took {whole.said} on average: {said}.",
    )
    _define_hatch(root, key)
    scale = scale_over(_edges(stages), steps=5)
    for tick in scale.ticks:
        x = scale.place(tick, LEFT, RIGHT)
        line(root, (x, TOP - 4), (x, bottom), "grid")
        words(root, (x, TOP - 9), say(tick), text_anchor="middle", class_="tick")
    places = [scale.place(edge, LEFT, RIGHT) for edge in _edges(stages)]
    _draw_row(root, 0, whole.name, whole.said, "name")
    for place, stage in enumerate(stages):
        span = (places[place], places[place + 1])
        _draw_bar(root, 0, span, _fill(stage, place, key))
        _draw_row(root, place + 1, stage.name, stage.said, "note")
        _draw_bar(root, place + 1, span, _fill(stage, place, key))
    return written(root)


def _edges(stages: Sequence[Stage]) -> list[float]:
    edges = [0.0]
    for stage in stages:
        edges.append(edges[-1] + stage.time)
    return edges


def _fill(stage: Stage, place: int, key: str) -> dict[str, str]:
    if stage.is_wait:
        return {"class_": "bar wait", "fill": f"url(#{key}-hatch)"}
    return {"class_": "bar odd" if place % 2 else "bar even"}


def _draw_row(root: Tree.Element, row: int, name: str, said: str, kind: str) -> None:
    y = TOP + ROW * row + ROW / 2 + 4
    words(root, (LEFT - 10, y), name, text_anchor="end", class_=kind)
    words(root, (RIGHT + 10, y), said, class_=kind)


def _draw_bar(
    root: Tree.Element, row: int, span: tuple[float, float], fill: dict[str, str]
) -> None:
    y = TOP + ROW * row + (ROW - BAR) / 2
    width = max(span[1] - span[0], THINNEST)
    add(root, "rect", x=span[0], y=y, width=width, height=BAR, **fill)


def _define_hatch(root: Tree.Element, key: str) -> None:
    pattern = add(
        add(root, "defs"),
        "pattern",
        id=f"{key}-hatch",
        patternUnits="userSpaceOnUse",
        width=5,
        height=5,
        patternTransform="rotate(45)",
    )
    add(pattern, "rect", width=5, height=5, class_="hatch-ground")
    add(pattern, "rect", width=2, height=5, class_="hatch-line")
