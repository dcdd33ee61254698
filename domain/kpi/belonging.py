"""Which orders belong to a period, by which instant, and to which group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from domain.kpi.definitions import DueKind, FigureDefinition, Grain
from domain.kpi.facts import UNKNOWN, OrderFacts, Promise
from domain.kpi.figures import GroupKey
from domain.kpi.periods import Period
from domain.kpi.question import Dimension, Question, Window

_LACKS = {Window.DELIVERED: "not_delivered", Window.DUE: "no_promise"}


class Look(NamedTuple):
    """An order, or its part of a category, in the period by an instant or a day.

    `missing` says why it has no instant of the window. A tuple: there are many.
    """

    order: OrderFacts
    moment: datetime | date
    group: GroupKey
    missing: str | None


def find_looks(
    definition: FigureDefinition,
    window: Window,
    orders: Iterable[OrderFacts],
    question: Question,
) -> Iterator[Look]:
    """Find the orders that belong to the period.

    One without the window's instant belongs to it when it was placed in it, and is
    excluded: nothing is dropped in silence.
    """
    is_in = InPeriod(question.period)
    for order in orders:
        asked = _moment(order, window, definition.due)
        moment = asked or order.placed_at
        if not is_in(moment):
            continue
        missing = None if asked else _why_outside(order, window)
        if not question.group_by:
            yield Look(order, moment, (), missing)
            continue
        for part, group in _parts(definition, order, question.group_by):
            yield Look(part, moment, group, missing)


def looks_by_group(looks: Iterable[Look]) -> dict[GroupKey, list[Look]]:
    """Return the looks of each group."""
    groups: dict[GroupKey, list[Look]] = defaultdict(list)
    for look in looks:
        groups[look.group].append(look)
    return groups


def orders_by_group(
    definition: FigureDefinition, orders: Sequence[OrderFacts], question: Question
) -> dict[GroupKey, Sequence[OrderFacts]]:
    """Return the orders of each group, whether they belong to the period or not."""
    if not question.group_by:
        return {(): orders}
    groups: dict[GroupKey, list[OrderFacts]] = defaultdict(list)
    for order in orders:
        for part, group in _parts(definition, order, question.group_by):
            groups[group].append(part)
    return dict(groups)


class InPeriod:
    """Says whether an instant or a day falls into a period; cheap for many."""

    def __init__(self, period: Period) -> None:
        self._first_day, self._last_day = period.first_day, period.last_day
        self._starts_at, self._ends_at = period.starts_at, period.ends_at

    def __call__(self, moment: datetime | date) -> bool:
        """Say whether it does."""
        if isinstance(moment, datetime):
            return self._starts_at <= moment < self._ends_at
        return self._first_day <= moment <= self._last_day


def _moment(order: OrderFacts, window: Window, due: DueKind) -> datetime | date | None:
    if window is Window.PLACED:
        return order.placed_at
    if window is Window.DELIVERED:
        return order.delivered_at
    return _due(order.promised if due is DueKind.DELIVERY else order.due_ship)


def _due(promise: Promise | None) -> datetime | date | None:
    if promise is None:
        return None
    return promise.at or promise.on


def _why_outside(order: OrderFacts, window: Window) -> str:
    if window is Window.DELIVERED:
        if order.says_delivered:
            return "delivered_without_date"
        if order.rejected_at:
            return "rejected"
        if order.cancelled_at or order.says_cancelled:
            return "cancelled"
    return _LACKS[window]


def _parts(
    definition: FigureDefinition, order: OrderFacts, dimensions: Sequence[Dimension]
) -> Iterator[tuple[OrderFacts, GroupKey]]:
    """Cut an order at the categories of its lines where lines or units are counted."""
    is_cut = definition.grain in {Grain.LINE, Grain.UNIT} and order.lines
    if Dimension.CATEGORY not in dimensions or not is_cut:
        yield order, _key(order, dimensions)
        return
    for category in dict.fromkeys(line.category for line in order.lines):
        part = order._replace(
            category=category,
            lines=tuple(line for line in order.lines if line.category == category),
            errors=tuple(one for one in order.errors if one.category == category),
        )
        yield part, _key(part, dimensions)


def _key(order: OrderFacts, dimensions: Sequence[Dimension]) -> GroupKey:
    return tuple(
        (dimension.value, getattr(order, dimension.value) or UNKNOWN)
        for dimension in dimensions
    )
