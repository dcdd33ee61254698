"""From the stock record to figures: one per group, or one per group and currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.errors import InvalidInput
from domain.kpi.definitions import FigureDefinition
from domain.kpi.drilling import Behind
from domain.kpi.figures import Amount, Figure, GroupKey, Rate
from domain.kpi.question import Dimension, Question
from domain.kpi.statistics import rate_of
from domain.kpi.stock.days import DaySpan, days_known, span_of
from domain.kpi.stock.record import (
    ArticleStock,
    CostFrom,
    StockPart,
    StockRecord,
    StockSeries,
)

MICROS = 1_000_000
STOCK_DIMENSIONS = frozenset({Dimension.WAREHOUSE, Dimension.CATEGORY, Dimension.SKU})
NO_HISTORY = (
    "no stock history for the period: import movements with `stock import --movements`"
)
NOT_BEGUN = "no day of the period had begun by the moment of knowledge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a group came to; `why` says why there is no result."""

    n: int = 0
    result: Amount | Rate | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    why: str | None = None


def behind_stock(record: StockRecord, question: Question) -> list[Behind]:
    """Return the orders whose goods left in the period, the dearest first."""
    found = [
        Behind(
            order_id=one.order_id, group=one.group, value=one.cost / MICROS, at=one.at
        )
        for one in record.shipped_orders
        if question.period.starts_at <= one.at < question.period.ends_at
    ]
    return sorted(found, key=lambda one: (one.group, -(one.value or 0), one.order_id))


Measure = Callable[[StockRecord, Question], list[Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFigure:
    """A KPI of stock; what it needs of the record, and the orders behind it."""

    definition: FigureDefinition
    measure: Measure
    needs: frozenset[StockPart] = frozenset()
    behind: Callable[[StockRecord, Question], list[Behind]] = behind_stock


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The days of a record that a question is about."""

    record: StockRecord
    question: Question
    span: DaySpan


LookAtSeries = Callable[[StockSeries, Stretch], Counted]
LookAtArticles = Callable[[Sequence[StockSeries], Stretch], Counted]


def each_series(definition: FigureDefinition, look: LookAtSeries) -> Measure:
    """Make a look at one series into figures, one for each group and currency."""

    def measure(record: StockRecord, question: Question) -> list[Figure]:
        span = _checked_span(definition, record, question)
        if span.days <= 0:
            return _nothing(definition, question, NOT_BEGUN)
        stretch = Stretch(record=record, question=question, span=span)
        told = [one for one in record.groups if days_known(one, span)]
        found = [
            figure_of(definition, question, one.group, look(one, stretch))
            for one in sorted(told, key=lambda one: (one.group, one.currency))
        ]
        return found or _nothing(definition, question, NO_HISTORY)

    return measure


def each_group(
    definition: FigureDefinition, look: LookAtArticles, *, by_currency: bool = False
) -> Measure:
    """Make a look at the articles of a group into figures."""

    def measure(record: StockRecord, question: Question) -> list[Figure]:
        span = _checked_span(definition, record, question)
        if span.days <= 0:
            return _nothing(definition, question, NOT_BEGUN)
        stretch = Stretch(record=record, question=question, span=span)
        groups: dict[tuple[GroupKey, str], list[StockSeries]] = defaultdict(list)
        for one in _told(record.articles, span):
            currency = one.currency if by_currency else ""
            groups[one.group, currency].append(one)
        found = [
            figure_of(definition, question, key[0], look(groups[key], stretch))
            for key in sorted(groups)
        ]
        return found or _nothing(definition, question, NO_HISTORY)

    return measure


def share_of(
    numerator: int,
    denominator: int,
    why: str,
    details: Mapping[str, object],
    excluded: Mapping[str, int] | None = None,
) -> Counted:
    """Return a rate; without a denominator `why` there is none."""
    excluded = not_nought(excluded or {})
    if not denominator:
        return Counted(why=why, details=details, excluded=excluded)
    return Counted(
        n=denominator,
        result=rate_of(numerator, denominator),
        details=details,
        excluded=excluded,
    )


def not_nought(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts that count something."""
    return {name: count for name, count in counts.items() if count}


def cost_from_of(record: StockRecord, group: GroupKey) -> str:
    """Say in words where the cost of a group comes from."""
    warehouse = dict(group).get(Dimension.WAREHOUSE.value)
    if warehouse is not None:
        return record.cost_from.get(warehouse, CostFrom.LEDGER).value
    kinds = sorted({one.value for one in record.cost_from.values()})
    return " and ".join(kinds) or CostFrom.LEDGER.value


def check_stock_dimensions(definition: FigureDefinition, question: Question) -> None:
    """Raise `InvalidInput` for a group that a figure of stock cannot have."""
    if not STOCK_DIMENSIONS.issuperset(question.group_by):
        known = ", ".join(sorted(STOCK_DIMENSIONS))
        raise InvalidInput("group_by", f"{known}, for {definition.name}")


def figure_of(
    definition: FigureDefinition, question: Question, group: GroupKey, counted: Counted
) -> Figure:
    """Return the figure of what a group came to."""
    return Figure(
        definition=definition,
        asked=question,
        by=None,
        group=group,
        n=counted.n,
        result=counted.result,
        excluded=counted.excluded,
        details=counted.details,
        not_measured=counted.why,
        target=question.terms.targets.get(definition.name),
    )


def _checked_span(
    definition: FigureDefinition, record: StockRecord, question: Question
) -> DaySpan:
    check_stock_dimensions(definition, question)
    return span_of(record, question)


def _told(articles: Sequence[ArticleStock], span: DaySpan) -> list[StockSeries]:
    return [one.series for one in articles if days_known(one.series, span)]


def _nothing(
    definition: FigureDefinition, question: Question, why: str
) -> list[Figure]:
    if question.group_by:
        return []
    return [figure_of(definition, question, (), Counted(why=why))]
