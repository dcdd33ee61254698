"""Stock records as a table of days, and asking a figure of one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.kpi.figures import Amount, Figure, GroupKey
from domain.kpi.periods import Period
from domain.kpi.question import Question
from domain.kpi.stock.figures import FIGURES
from domain.kpi.stock.measuring import MICROS, StockFigure
from domain.kpi.stock.record import ArticleStock, StockDay, StockRecord, StockSeries

FIRST_DAY = date(2026, 3, 1)
MONEY = {"value", "cost", "lost"}
NAMED = {figure.definition.name: figure for figure in FIGURES}


def in_days(days: int, first: int = 0) -> Question:
    """Return a question about so many days of a record that begins on its first day."""
    begins = FIRST_DAY + timedelta(days=first)
    period = Period(
        first_day=begins, last_day=begins + timedelta(days=days - 1), zone="UTC"
    )
    return Question(period=period, as_of=datetime(2026, 12, 1, tzinfo=UTC))


def day(number: int, **numbers: float) -> StockDay:
    """Return what changed on a day; money in whole coins."""
    return StockDay(
        number,
        **{
            name: round(each * MICROS) if name in MONEY else int(each)
            for name, each in numbers.items()
        },
    )


def series(
    *days: StockDay,
    value: float = 0,
    units: int = 0,
    currency: str = "EUR",
    group: GroupKey = (),
) -> StockSeries:
    """Return a series that was worth so much when the record begins."""
    return StockSeries(
        group=group,
        currency=currency,
        opening_value=round(value * MICROS),
        opening_units=units,
        is_old=bool(value or units),
        days=days,
    )


def record(*groups: StockSeries) -> StockRecord:
    """Return a record of some groups."""
    return StockRecord(first_day=FIRST_DAY, groups=groups)


def articles(*each: StockSeries) -> StockRecord:
    """Return a record of some articles of one warehouse."""
    return StockRecord(
        first_day=FIRST_DAY,
        articles=tuple(
            ArticleStock(warehouse="main", sku=f"SKU-{number}", series=one)
            for number, one in enumerate(each)
        ),
    )


def figure(name: str) -> StockFigure:
    """Return a KPI of stock by its name."""
    return NAMED[name]


def ask(name: str, of: StockRecord, asked: Question) -> Figure:
    """Return the one figure a question gives."""
    (found,) = figure(name).measure(of, asked)
    return found


def amount(found: Figure) -> Amount:
    """Return the single number of a figure."""
    assert isinstance(found.result, Amount), found.not_measured
    return found.result
