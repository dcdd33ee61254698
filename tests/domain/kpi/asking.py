"""Ask a KPI of hand-made orders, and read what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from domain.kpi.facts import OrderFacts
from domain.kpi.figures import Amount, Figure, Rate
from domain.kpi.measuring import OrderFigure, measure
from domain.kpi.question import Question
from tests.domain.kpi.builders import question


def figure_named(figures: Sequence[OrderFigure], name: str) -> OrderFigure:
    """Return the KPI of an area by its name."""
    (found,) = (one for one in figures if one.definition.name == name)
    return found


def ask(
    figures: Sequence[OrderFigure],
    name: str,
    orders: Sequence[OrderFacts],
    asked: Question | None = None,
) -> Figure:
    """Return the one figure a question without groups gives."""
    (found,) = measure(figure_named(figures, name), orders, asked or question())
    return found


def share(figure: Figure) -> tuple[int, int]:
    """Return numerator and denominator of a rate."""
    assert isinstance(figure.result, Rate), figure.not_measured
    return figure.result.numerator, figure.result.denominator


def amount(figure: Figure) -> Amount:
    """Return the single number of a figure."""
    assert isinstance(figure.result, Amount), figure.not_measured
    return figure.result
