"""The two large charts: where the time went, and how it is distributed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup

from operations.kpi.page.charts.distribution import Bin, Mark, distribution_svg
from operations.kpi.page.charts.stages import Stage, stages_svg
from operations.kpi.page.rows import Row, number, numbers, part, text
from operations.kpi.page.words import Saying, plain_words, saying_of_hours

# A detail that is drawn, not written.
DISTRIBUTION = "distribution"

_WHOLE = "order_cycle_time"
_STAGE = "stage_"
_OTHER_CLOCK = "_business"
_WAITS = {"hold": "on hold", "backorder": "on backorder"}


def stages_picture(rows: Sequence[Row]) -> Markup | None:
    """Draw the stages, spread over all orders so that they add up to the whole."""
    found = [row for row in rows if _is_stage(row)]
    orders = max((number(row, "n") or 0 for row in [*found, *_wholes(rows)]), default=0)
    if not found or not orders:
        return None
    hours = {_name(row): _hours(row, orders) for row in found}
    say = saying_of_hours(sum(hours.values()))
    stages = [_stage(name, time, say) for name, time in hours.items()]
    whole = _whole(sum(hours.values()), say)
    return stages_svg(stages, whole, key="stages", say=say.tick)


def distribution_picture(rows: Sequence[Row]) -> Markup | None:
    """Draw the distribution of the cycle time, else of the first that has one."""
    for row in [*_wholes(rows), *rows]:
        shape = part(part(row, "details"), DISTRIBUTION)
        edges, counts = numbers(shape, "edges"), numbers(shape, "counts")
        if counts and len(edges) == len(counts) + 1:
            say = saying_of_hours(number(row, "p50") or edges[-1])
            return distribution_svg(
                _bins([say.shown(edge) for edge in edges], counts),
                list(_marks(row, say)),
                key="distribution",
                title=f"{text(row, 'title')}: distribution",
                say=say.tick,
            )
    return None


def _wholes(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if text(row, "figure") == _WHOLE]


def _is_stage(row: Row) -> bool:
    name = text(row, "figure")
    is_drawn = name.startswith(_STAGE) and not name.endswith(_OTHER_CLOCK)
    return is_drawn and number(row, "mean") is not None


def _hours(row: Row, orders: float) -> float:
    return (number(row, "mean") or 0.0) * (number(row, "n") or 0.0) / orders


def _name(row: Row) -> str:
    return text(row, "figure").removeprefix(_STAGE)


def _whole(hours: float, say: Saying) -> Stage:
    said = saying_of_hours(hours).full(hours)
    return Stage(name="Whole order", time=say.shown(hours), said=said)


def _stage(name: str, hours: float, say: Saying) -> Stage:
    return Stage(
        name=_WAITS.get(name) or f"until {plain_words(name)}",
        time=say.shown(hours),
        said=saying_of_hours(hours).full(hours),
        is_wait=name in _WAITS,
    )


def _bins(edges: Sequence[float], counts: Sequence[float]) -> list[Bin]:
    """Draw a longer last bin as wide as the others: it would flatten them."""
    width = edges[1] - edges[0]
    return [
        Bin(
            low=low,
            high=min(high, low + width),
            n=int(n),
            is_open=high - low > width * 1.01,
        )
        for (low, high), n in zip(pairwise(edges), counts, strict=True)
    ]


def _marks(row: Row, say: Saying) -> Iterator[Mark]:
    for key, name in (("p50", "median"), ("p90", "p90")):
        value = number(row, key)
        if value is not None:
            yield Mark(value=say.shown(value), said=f"{name} {say.full(value)}")
