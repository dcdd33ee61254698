"""What stock is worth, how often it turns, how long it lasts, what keeping it costs."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.figures import Amount
from domain.kpi.stock.days import (
    DEMAND_DAYS,
    Flow,
    StockInSpan,
    days_known,
    flow_in,
    in_span,
)
from domain.kpi.stock.measuring import (
    MICROS,
    Counted,
    StockFigure,
    Stretch,
    cost_from_of,
    each_series,
    not_nought,
)
from domain.kpi.stock.record import StockSeries

DAYS_PER_YEAR = 365
NOT_WORTH_ANYTHING = (
    "on average there was no stock of known value: more left than is known to have come"
)
NOTHING_SHIPPED = "no goods of known cost were shipped in the period"
NO_DEMAND = f"no goods of known cost were shipped in the last {DEMAND_DAYS} days"

_TURNOVER = FigureDefinition(
    name="inventory_turnover",
    title="Inventory turnover",
    area=Area.STOCK,
    says="How often a year the stock turns: what the goods shipped in the period cost, "
    "made a year's worth, over the average value of the stock at cost. The average is "
    "that of the values at the end of every local day of the period, days without a "
    "movement included. Sales prices do not matter; returns are not taken off.",
    grain=Grain.STOCK_DAY,
    unit=Unit.TURNS,
    numerator="cost of the goods shipped in the period x 365 / days of the period",
    denominator="mean of the end-of-day values of the stock at cost",
    higher_is_better=True,
    is_headline=True,
)
_DAYS_ON_HAND = FigureDefinition(
    name="days_on_hand",
    title="Days on hand",
    area=Area.STOCK,
    says="How many days of shipping, at the pace of the period, the average stock is "
    "worth: 365 divided by the inventory turnover. It looks back; how long the stock "
    "of now will last is forward cover.",
    grain=Grain.STOCK_DAY,
    unit=Unit.DAYS,
    numerator="mean of the end-of-day values of the stock at cost",
    denominator="cost of the goods shipped in the period / days of the period",
    higher_is_better=False,
    source="SCOR AM.2.2",
)
_FORWARD_COVER = FigureDefinition(
    name="forward_cover",
    title="Forward cover",
    area=Area.STOCK,
    says="How many days the stock at the end of the period lasts if goods go on "
    f"leaving as in the {DEMAND_DAYS} days before. Days before the first known "
    "movement do not count. It is no average: days on hand is another figure.",
    grain=Grain.STOCK_DAY,
    unit=Unit.DAYS,
    numerator="value of the stock at cost at the end of the period",
    denominator=f"cost of the goods shipped a day in the last {DEMAND_DAYS} days",
)
_CARRYING_COST = FigureDefinition(
    name="carrying_cost",
    title="Carrying cost",
    area=Area.STOCK,
    says="What keeping the stock cost in the period: the average value of the stock at "
    "cost times the yearly rates of capital, storage, service and risk, for the days "
    "of the period. The rates are the shop's own; nothing here is an invoice.",
    grain=Grain.STOCK_DAY,
    unit=Unit.MONEY,
    higher_is_better=False,
    source="APQC 100784 (rates)",
)
_VALUE = FigureDefinition(
    name="average_stock_value",
    title="Average stock value",
    area=Area.STOCK,
    says="The mean of the values of the stock at cost at the end of every local day of "
    "the period, days without a movement included. Units whose cost nobody knows are "
    "worth nothing in it.",
    grain=Grain.STOCK_DAY,
    unit=Unit.MONEY,
)
_SHRINK = FigureDefinition(
    name="shrink",
    title="Shrink",
    area=Area.STOCK,
    says="What the units cost that counts and corrections took off the books in the "
    "period. Units they added are not set off against it; damaged goods are not in it.",
    grain=Grain.STOCK_DAY,
    unit=Unit.MONEY,
    numerator="cost of the units taken off the books",
    denominator="cost of the goods shipped in the period",
    higher_is_better=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A series in the period: what was held, what left."""

    stock: StockInSpan
    flow: Flow
    details: dict[str, object]
    excluded: dict[str, int]


def _turnover(series: StockSeries, stretch: Stretch) -> Counted:
    held, days = _held(series, stretch), stretch.span.days
    average = held.stock.average_value
    if average <= 0:
        return _no_value(held)
    held.details["annualised"] = True
    yearly = held.flow.cost / days * DAYS_PER_YEAR
    amount = _amount(yearly / average, series, yearly, average)
    return _counted(held, days, amount)


def _days_on_hand(series: StockSeries, stretch: Stretch) -> Counted:
    held, days = _held(series, stretch), stretch.span.days
    average = held.stock.average_value
    if average <= 0:
        return _no_value(held)
    if held.flow.cost <= 0:
        return _not(held, NOTHING_SHIPPED)
    daily = held.flow.cost / days
    return _counted(held, days, _amount(average / daily, series, average, daily))


def _forward_cover(series: StockSeries, stretch: Stretch) -> Counted:
    held = _held(series, stretch)
    window = stretch.span.last(DEMAND_DAYS)
    days = days_known(series, window)
    cost = flow_in(series, window).cost
    if held.stock.values[-1] < 0:
        return _no_value(held)
    if cost <= 0:
        return _not(held, NO_DEMAND)
    value, daily = held.stock.values[-1], cost / days
    details = {**held.details, "demand_days": days, "demand_cost": cost / MICROS}
    return Counted(
        n=days,
        result=_amount(value / daily, series, value, daily),
        details=details,
        excluded=held.excluded,
    )


def _carrying_cost(series: StockSeries, stretch: Stretch) -> Counted:
    held, days = _held(series, stretch), stretch.span.days
    average = held.stock.average_value
    if average < 0:
        return _no_value(held)
    rates = stretch.question.terms.carrying
    held.details["components"] = {
        name: average * getattr(rates, name) * days / DAYS_PER_YEAR / MICROS
        for name in ("capital", "storage", "service", "risk")
    }
    held.details["rate"] = rates.total
    value = average * rates.total * days / DAYS_PER_YEAR
    return _counted(held, days, _money(value, series))


def _average_value(series: StockSeries, stretch: Stretch) -> Counted:
    held = _held(series, stretch)
    if held.stock.average_value < 0:
        return _no_value(held)
    amount = _money(held.stock.average_value, series)
    return _counted(held, stretch.span.days, amount)


def _shrink(series: StockSeries, stretch: Stretch) -> Counted:
    held = _held(series, stretch)
    lost, cost = held.flow.lost, held.flow.cost
    amount = Amount(
        value=lost / MICROS,
        currency=series.currency,
        numerator=lost / MICROS,
        denominator=cost / MICROS,
    )
    held.details["share"] = lost / cost if cost > 0 else None
    return _counted(held, stretch.span.days, amount)


def _held(series: StockSeries, stretch: Stretch) -> _Held:
    stock, flow = in_span(series, stretch.span), flow_in(series, stretch.span)
    details: dict[str, object] = {
        "days": stretch.span.days,
        "opening": stock.opening_value / MICROS,
        "closing": stock.values[-1] / MICROS,
        "average": stock.average_value / MICROS,
        "average_units": stock.average_units,
        "cogs": flow.cost / MICROS,
        "units_shipped": flow.shipped,
        "cost_from": cost_from_of(stretch.record, series.group),
    }
    below = sum(value < 0 for value in stock.values)
    if below:
        details["days_below_zero"] = below
    excluded = {
        "units_without_cost": flow.without_cost,
        "units_without_stock_history": flow.without_history,
    }
    return _Held(stock=stock, flow=flow, details=details, excluded=not_nought(excluded))


def _no_value(held: _Held) -> Counted:
    has_no_cost = not any(held.stock.values) and any(held.stock.units)
    if has_no_cost:
        units = round(max(held.stock.units))
        return _not(held, f"no cost is known for {units} units in stock")
    return _not(held, NOT_WORTH_ANYTHING)


def _not(held: _Held, why: str) -> Counted:
    return Counted(details=held.details, excluded=held.excluded, why=why)


def _counted(held: _Held, n: int, amount: Amount) -> Counted:
    return Counted(n=n, result=amount, details=held.details, excluded=held.excluded)


def _amount(
    value: float, series: StockSeries, numerator: float, denominator: float
) -> Amount:
    return Amount(
        value=value,
        currency=series.currency,
        numerator=numerator / MICROS,
        denominator=denominator / MICROS,
    )


def _money(micros: float, series: StockSeries) -> Amount:
    return Amount(value=micros / MICROS, currency=series.currency)


VALUE_FIGURES = tuple(
    StockFigure(definition=definition, measure=each_series(definition, look))
    for definition, look in (
        (_TURNOVER, _turnover),
        (_DAYS_ON_HAND, _days_on_hand),
        (_FORWARD_COVER, _forward_cover),
        (_CARRYING_COST, _carrying_cost),
        (_VALUE, _average_value),
        (_SHRINK, _shrink),
    )
)
