"""Every KPI of stock, and whether the books are right about it."""

from __future__ import annotations

from collections import defaultdict

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.figures import Figure, GroupKey
from domain.kpi.question import Question
from domain.kpi.stock.cover import ARTICLE_FIGURES
from domain.kpi.stock.days import span_of
from domain.kpi.stock.measuring import (
    Counted,
    StockFigure,
    check_stock_dimensions,
    figure_of,
    share_of,
)
from domain.kpi.stock.record import StockPart, StockRecord
from domain.kpi.stock.turnover import VALUE_FIGURES

NOT_COUNTED = "no place was counted in the period"

_ACCURACY = FigureDefinition(
    name="stock_accuracy",
    title="Stock accuracy",
    area=Area.STOCK,
    says="The share of counts, finished in the period, that found as many units of an "
    "article at a place as the books said at that moment.",
    grain=Grain.ARTICLE,
    unit=Unit.RATE,
    numerator="counts that found what the books said",
    denominator="counts finished in the period",
    higher_is_better=True,
    source="WERC DC Measures (count accuracy)",
)


def _accuracy(record: StockRecord, question: Question) -> list[Figure]:
    check_stock_dimensions(_ACCURACY, question)
    span = span_of(record, question)
    counted: dict[GroupKey, int] = defaultdict(int)
    right: dict[GroupKey, int] = defaultdict(int)
    for one in record.counts:
        if span.first <= one.day < span.end:
            counted[one.group] += one.counted
            right[one.group] += one.right
    if not counted and not question.group_by:
        return [figure_of(_ACCURACY, question, (), Counted(why=NOT_COUNTED))]
    return [
        figure_of(
            _ACCURACY,
            question,
            group,
            share_of(right[group], counted[group], NOT_COUNTED, {}),
        )
        for group in sorted(counted)
    ]


FIGURES: tuple[StockFigure, ...] = (
    *VALUE_FIGURES,
    *ARTICLE_FIGURES,
    StockFigure(
        definition=_ACCURACY,
        measure=_accuracy,
        needs=frozenset({StockPart.COUNTS}),
        behind=lambda _record, _question: [],
    ),
)
