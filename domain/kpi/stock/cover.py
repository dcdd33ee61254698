"""Too little and too much: stock-outs, overstock, slow movers, article by article.

An article is a SKU in one warehouse.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.figures import Amount
from domain.kpi.stock.days import (
    DEMAND_DAYS,
    DaySpan,
    first_known,
    flow_in,
    in_span,
)
from domain.kpi.stock.measuring import (
    MICROS,
    Counted,
    StockFigure,
    Stretch,
    each_group,
    not_nought,
    share_of,
)
from domain.kpi.stock.record import StockPart, StockSeries

NEVER_IN_STOCK = "no article was in stock or moved in the period"
NOTHING_OLD_ENOUGH = "no article was in stock at the end and known for long enough"
NO_VALUE = "no cost is known for the units in stock at the end of the period"

_OUT_DAYS = FigureDefinition(
    name="stock_out_days",
    title="Stock-out days",
    area=Area.STOCK,
    says="The share of days on which an article had no unit left at the end of the "
    "local day. Counted are articles that were in stock or moved in the period, from "
    "the first day they are known. Stock that was gone and back on one day is not "
    "seen; stock promised to orders still counts as stock.",
    grain=Grain.STOCK_DAY,
    unit=Unit.RATE,
    numerator="days on which an article ended without stock",
    denominator="days of all articles",
    higher_is_better=False,
)
_STOCK_OUTS = FigureDefinition(
    name="stock_outs",
    title="Articles out of stock",
    area=Area.STOCK,
    says="The share of articles that ended at least one local day of the period "
    "without a unit, among those that were in stock or moved in it.",
    grain=Grain.ARTICLE,
    unit=Unit.RATE,
    numerator="articles with a day without stock",
    denominator="articles that were in stock or moved",
    higher_is_better=False,
)
_OVERSTOCK = FigureDefinition(
    name="overstock",
    title="Overstock",
    area=Area.STOCK,
    says="The value at cost, at the end of the period, of articles with more units "
    f"than leave in the days the shop sets, at the pace of the {DEMAND_DAYS} days "
    "before. Articles known for a shorter time are not judged.",
    grain=Grain.ARTICLE,
    unit=Unit.MONEY,
    numerator="value of the overstocked articles",
    denominator="value of the articles that were judged",
    higher_is_better=False,
)
_SLOW_MOVERS = FigureDefinition(
    name="slow_movers",
    title="Slow movers",
    area=Area.STOCK,
    says="The share of articles in stock at the end of the period of which nothing was "
    "shipped for as many days as the shop sets. Articles known for a shorter time are "
    "not judged.",
    grain=Grain.ARTICLE,
    unit=Unit.RATE,
    numerator="articles in stock without a shipment",
    denominator="articles in stock that were judged",
    higher_is_better=False,
)


def _out_days(articles: Sequence[StockSeries], stretch: Stretch) -> Counted:
    days = [_days_of(one, stretch.span) for one in articles]
    told = [one for one in days if one]
    return share_of(
        sum(is_out for one in told for is_out in one),
        sum(len(one) for one in told),
        NEVER_IN_STOCK,
        {"articles": len(told)},
    )


def _stock_outs(articles: Sequence[StockSeries], stretch: Stretch) -> Counted:
    days = [_days_of(one, stretch.span) for one in articles]
    told = [one for one in days if one]
    details = {
        "articles": len(told),
        "out_at_the_end": sum(one[-1] for one in told),
    }
    return share_of(sum(map(any, told)), len(told), NEVER_IN_STOCK, details)


def _overstock(articles: Sequence[StockSeries], stretch: Stretch) -> Counted:
    cover_days = stretch.question.terms.overstock_cover_days
    window = stretch.span.last(DEMAND_DAYS)
    judged, too_new = _in_stock_and_known(articles, stretch.span, window)
    over = whole = count = 0
    for one, units, value in judged:
        whole += value
        if units * DEMAND_DAYS > cover_days * flow_in(one, window).shipped:
            over, count = over + value, count + 1
    details: dict[str, object] = {"articles": count, "cover_days": cover_days}
    excluded = not_nought({"known_too_short": too_new})
    if whole <= 0:
        return Counted(details=details, excluded=excluded, why=NO_VALUE)
    amount = Amount(
        value=over / MICROS,
        currency=articles[0].currency,
        numerator=over / MICROS,
        denominator=whole / MICROS,
    )
    details["share"] = over / whole
    return Counted(n=count, result=amount, details=details, excluded=excluded)


def _slow_movers(articles: Sequence[StockSeries], stretch: Stretch) -> Counted:
    days = stretch.question.terms.slow_mover_days
    window = stretch.span.last(days)
    judged, too_new = _in_stock_and_known(articles, stretch.span, window)
    slow = sum(flow_in(one, window).shipped <= 0 for one, _, _ in judged)
    excluded = {"known_too_short": too_new}
    return share_of(slow, len(judged), NOTHING_OLD_ENOUGH, {"days": days}, excluded)


def _in_stock_and_known(
    articles: Sequence[StockSeries], span: DaySpan, window: DaySpan
) -> tuple[list[tuple[StockSeries, int, int]], int]:
    """Return the articles in stock at the end, with units and value, that are judged.

    And how many are not, because they are known for a shorter time than the window.
    """
    there = [(one, *_at_the_end(one, span)) for one in articles]
    in_stock = [each for each in there if each[1] > 0]
    judged = [each for each in in_stock if _is_known_for(each[0], window)]
    return judged, len(in_stock) - len(judged)


def _days_of(series: StockSeries, span: DaySpan) -> list[bool]:
    """Say of each day from which the article is known whether it ended without stock.

    Nothing for an article that was never in stock and never moved in the span.
    """
    known = first_known(series)
    if known is None or known >= span.end:
        return []
    stock = in_span(series, span)
    moved = any(span.first <= one.day < span.end for one in series.days)
    if not moved and stock.opening_units <= 0:
        return []
    return [units <= 0 for units in stock.units[max(0, known - span.first) :]]


def _at_the_end(series: StockSeries, span: DaySpan) -> tuple[int, int]:
    stock = in_span(series, span.last(1))
    return stock.units[0], stock.values[0]


def _is_known_for(series: StockSeries, window: DaySpan) -> bool:
    known = first_known(series)
    return known is not None and known <= window.first


_ARTICLES = frozenset({StockPart.ARTICLES})

ARTICLE_FIGURES = tuple(
    StockFigure(definition=definition, measure=measure, needs=_ARTICLES)
    for definition, measure in (
        (_OUT_DAYS, each_group(_OUT_DAYS, _out_days)),
        (_STOCK_OUTS, each_group(_STOCK_OUTS, _stock_outs)),
        (_OVERSTOCK, each_group(_OVERSTOCK, _overstock, by_currency=True)),
        (_SLOW_MOVERS, each_group(_SLOW_MOVERS, _slow_movers)),
    )
)
