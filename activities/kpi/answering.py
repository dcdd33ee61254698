"""Answering questions to the record: load once what the figures need, then count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files

from sqlalchemy import Connection

from activities.kpi.opening import open_times_of, site_zones_of
from domain.errors import InvalidInput
from domain.kpi.catalogue import (
    FLOOR_FIGURES,
    ORDER_FIGURES,
    STOCK_FIGURES,
    check_names,
)
from domain.kpi.drilling import Behind, behind_orders
from domain.kpi.facts import OrderFacts
from domain.kpi.figures import Figure
from domain.kpi.floor import FloorHour
from domain.kpi.measuring import (
    Excluded,
    Observation,
    OrderFigure,
    measure,
    trend_of,
    window_of,
)
from domain.kpi.periods import Period, days_of, weeks_of
from domain.kpi.question import Dimension, Question
from domain.kpi.stock.record import StockPart, StockRecord
from domain.kpi.zones import CountryZones, parse_country_zones
from domain.policy import FulfillmentPolicy
from persistence.bulk import no_search_for_cycles
from persistence.kpi.floor import load_floor
from persistence.kpi.orders.loading import load_orders
from persistence.kpi.orders.wanted import LoadedOrders, OrdersWanted
from persistence.kpi.stock.loading import load_stock

# The reason under which orders of sources that do not count are told.
LEFT_OUT = "left_out_source"
_LONGEST_TREND_OF_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """KPIs asked for by name; no sources means all but those left out."""

    question: Question
    figures: tuple[str, ...]
    sources: tuple[str, ...] = ()
    with_trend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One figure, and if asked for and not grouped, those of the period's parts."""

    figure: Figure
    trend: tuple[Figure, ...] = ()


def answer(connection: Connection, asking: Asking) -> list[Answer]:
    """Return the figures in the order asked for, the groups of each sorted.

    Raises `InvalidInput` for a name no KPI has, a window or a group it cannot have.
    """
    check_names(asking.figures)
    record = _Record(connection, asking)
    with no_search_for_cycles():
        return [one for name in asking.figures for one in _answers(name, record)]


def behind(connection: Connection, asking: Asking) -> list[Behind]:
    """Return the orders behind one figure; raises as `answer`."""
    check_names(asking.figures)
    if len(asking.figures) != 1:
        raise InvalidInput("figure", "one KPI to look behind")
    (name,), question = asking.figures, asking.question
    record = _Record(connection, asking, looks_behind=True)
    if name in STOCK_FIGURES:
        return STOCK_FIGURES[name].behind(record.stock, question)
    if name in FLOOR_FIGURES:
        return FLOOR_FIGURES[name].behind(record.floor, question)
    return behind_orders(ORDER_FIGURES[name], record.orders.orders, question)


def complete_question(
    connection: Connection, policy: FulfillmentPolicy, question: Question
) -> Question:
    """Add the sites' zones and opening hours to a question."""
    return replace(
        question,
        site_zones=site_zones_of(connection, policy),
        open_times=open_times_of(connection, policy, question),
    )


class _Record:
    """What the figures asked for need, each part loaded at most once."""

    def __init__(
        self, connection: Connection, asking: Asking, *, looks_behind: bool = False
    ) -> None:
        self._connection = connection
        self._looks_behind = looks_behind
        self.asking = asking

    @cached_property
    def orders(self) -> LoadedOrders:
        return load_orders(self._connection, _orders_wanted(self.asking))

    @cached_property
    def floor(self) -> list[FloorHour]:
        asking = self.asking
        return load_floor(self._connection, asking.question, asking.sources)

    @cached_property
    def stock(self) -> StockRecord:
        asking = self.asking
        asked = (STOCK_FIGURES.get(name) for name in asking.figures)
        needs = {part for one in asked if one for part in one.needs}
        if self._looks_behind:
            needs.add(StockPart.SHIPPED_ORDERS)
        return load_stock(
            self._connection, asking.question, asking.sources, frozenset(needs)
        )


def _orders_wanted(asking: Asking) -> OrdersWanted:
    question = asking.question
    definitions = [
        ORDER_FIGURES[name].definition
        for name in asking.figures
        if name in ORDER_FIGURES
    ]
    return OrdersWanted(
        period=question.period,
        as_of=question.as_of,
        windows=frozenset((window_of(one, question), one.due) for one in definitions),
        parts=frozenset(part for one in definitions for part in one.needs),
        by_category=Dimension.CATEGORY in question.group_by,
        sources=asking.sources,
        country_zones=_country_zones(),
        site_zones=question.site_zones,
    )


@lru_cache(maxsize=1)
def _country_zones() -> CountryZones:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab")
    return parse_country_zones(table.read_text(encoding="utf-8"))


def _answers(name: str, record: _Record) -> list[Answer]:
    question = record.asking.question
    figures = _figures(name, record, question)
    if not record.asking.with_trend or question.group_by:
        return [Answer(figure=one) for one in figures]
    parts = _trend(name, record, _parts_of(question.period))
    return [
        Answer(figure=one, trend=tuple(_like(one, part) for part in parts))
        for one in figures
    ]


def _figures(name: str, record: _Record, question: Question) -> list[Figure]:
    if name in STOCK_FIGURES:
        return STOCK_FIGURES[name].measure(record.stock, question)
    if name in FLOOR_FIGURES:
        period = question.period
        starts_at, ends_at = period.starts_at, period.ends_at
        hours = [one for one in record.floor if starts_at <= one.hour < ends_at]
        return FLOOR_FIGURES[name].measure(hours, question)
    figure, loaded = ORDER_FIGURES[name], record.orders
    found = measure(figure, loaded.orders, question)
    return _with_left_out(figure, found, loaded.left_out, question)


def _trend(
    name: str, record: _Record, parts: Sequence[Period]
) -> list[Sequence[Figure]]:
    """Return what the figure came to in each part, once for each currency."""
    question = record.asking.question
    if name in ORDER_FIGURES:
        figure, orders = ORDER_FIGURES[name], record.orders.orders
        return [[one] for one in trend_of(figure, orders, question, parts)]
    return [_figures(name, record, replace(question, period=part)) for part in parts]


def _like(figure: Figure, found: Sequence[Figure]) -> Figure:
    """Return the one in the figure's currency; without a number if there is none."""
    alike = [one for one in found if one.currency == figure.currency]
    others = (replace(one, n=0, result=None) for one in found)
    return next(iter(alike or others))


def _parts_of(period: Period) -> list[Period]:
    is_long = period.days > _LONGEST_TREND_OF_DAYS
    return weeks_of(period) if is_long else days_of(period)


def _with_left_out(
    figure: OrderFigure,
    found: list[Figure],
    left_out: Sequence[OrderFacts],
    question: Question,
) -> list[Figure]:
    """Tell how many orders would belong to each group if their source counted."""
    if not left_out:
        return found
    not_counted = replace(
        figure,
        observe=_leave_out,
        details=lambda _orders, _question: {},
        not_measured=lambda _orders, _question: None,
    )
    groups = {one.group: one for one in found}
    for one in measure(not_counted, left_out, question):
        told = {LEFT_OUT: sum(one.excluded.values())}
        if one.group not in groups:
            groups[one.group] = replace(one, excluded=told)
        elif told[LEFT_OUT]:
            beside = groups[one.group]
            excluded = {**beside.excluded, **told}
            groups[one.group] = replace(beside, excluded=dict(sorted(excluded.items())))
    return [groups[group] for group in sorted(groups)]


def _leave_out(
    orders: Sequence[OrderFacts], _question: Question
) -> Sequence[Observation]:
    return [Excluded(LEFT_OUT)] * len(orders)
