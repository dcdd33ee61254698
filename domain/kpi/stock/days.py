"""End-of-day stock: a day on which nothing moved carries the day before on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from domain.calendars import zone_of
from domain.kpi.question import KpiTerms, Question
from domain.kpi.stock.record import StockRecord, StockSeries

# Forward cover looks back so far for the daily demand.
DEMAND_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """Days of a record, from the first to before the end, counted from its first."""

    first: int
    end: int

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return self.end - self.first

    def last(self, days: int) -> DaySpan:
        """Return so many days that end where this span ends."""
        return DaySpan(first=self.end - days, end=self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockInSpan:
    """A series in a span: the stock at its start and at the end of each of its days."""

    opening_value: int
    opening_units: int
    values: tuple[int, ...]
    units: tuple[int, ...]

    @property
    def average_value(self) -> float:
        """Return the mean of the end-of-day values, in millionths."""
        return sum(self.values) / len(self.values)

    @property
    def average_units(self) -> float:
        """Return the mean of the end-of-day units."""
        return sum(self.units) / len(self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What left in a span: shipped at cost, and lost, money in millionths."""

    cost: int = 0
    shipped: int = 0
    lost: int = 0
    without_cost: int = 0
    without_history: int = 0


def lookback_of(terms: KpiTerms) -> int:
    """Return how many days before the period a record must begin."""
    return max(DEMAND_DAYS, terms.slow_mover_days)


def span_of(record: StockRecord, question: Question) -> DaySpan:
    """Return the days of the period that began before the moment of knowledge.

    The last of them counts as a day though it may not be over.
    """
    period = question.period
    before = question.as_of - timedelta(microseconds=1)
    known = before.astimezone(zone_of(period.zone)).date()
    return DaySpan(
        first=_number(record, period.first_day),
        end=_number(record, min(period.last_day, known)) + 1,
    )


def in_span(series: StockSeries, span: DaySpan) -> StockInSpan:
    """Return the end-of-day stock of each day; the span has at least one."""
    value, units = series.opening_value, series.opening_units
    changes = iter(series.days)
    change = next(changes, None)
    while change is not None and change.day < span.first:
        value, units = value + change.value, units + change.units
        change = next(changes, None)
    opening_value, opening_units = value, units
    values, all_units = [], []
    for day in range(span.first, span.end):
        if change is not None and change.day == day:
            value, units = value + change.value, units + change.units
            change = next(changes, None)
        values.append(value)
        all_units.append(units)
    return StockInSpan(
        opening_value=opening_value,
        opening_units=opening_units,
        values=tuple(values),
        units=tuple(all_units),
    )


def flow_in(series: StockSeries, span: DaySpan) -> Flow:
    """Add up what left in a span."""
    days = [one for one in series.days if span.first <= one.day < span.end]
    return Flow(
        cost=sum(one.cost for one in days),
        shipped=sum(one.shipped for one in days),
        lost=sum(one.lost for one in days),
        without_cost=sum(one.without_cost for one in days),
        without_history=sum(one.without_history for one in days),
    )


def first_known(series: StockSeries) -> int | None:
    """Return the first day of which something is known; -1 if it is an earlier one."""
    if series.is_old:
        return -1
    return series.days[0].day if series.days else None


def days_known(series: StockSeries, span: DaySpan) -> int:
    """Return on how many days of a span something was known of the series."""
    known = first_known(series)
    if known is None:
        return 0
    return max(0, span.end - max(span.first, known))


def _number(record: StockRecord, day: date) -> int:
    return (day - record.first_day).days
