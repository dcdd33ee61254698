"""From orders to figures: one look at each order, then counting.

A figure looks at one order and says what it counts for. Groups, trends and drill-down
are parts of the same looks, so they cannot disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.errors import InvalidInput
from domain.kpi.definitions import DueKind, FigureDefinition, Grain, Unit
from domain.kpi.facts import SEVERAL, UNKNOWN, OrderFacts, Promise
from domain.kpi.figures import Amount, Figure, GroupKey, Rate, Times
from domain.kpi.periods import Period
from domain.kpi.question import Dimension, Question, Window
from domain.kpi.statistics import rate_of, times_of

SECONDS_PER_HOUR = 3600
ORDER_DIMENSIONS = frozenset(set(Dimension) - {Dimension.SKU, Dimension.STATION})
NOT_IN_WINDOW = {
    Window.DELIVERED: "not_delivered",
    Window.DUE: "no_promise",
}


@dataclass(frozen=True, slots=True)
class Took:
    """It took so long, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Counts:
    """So many of so many, such as lines filled of lines."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Excluded:
    """It counts for nothing; the reason is a word such as `cancelled`."""

    reason: str


Observation = Took | Counts | Excluded


Observe = Callable[[Sequence[OrderFacts], Question], Sequence[Observation]]


def each(look: Callable[[OrderFacts, Question], Observation]) -> Observe:
    """Make a look at one order into one at many: they do not depend on each other."""
    return lambda orders, question: [look(order, question) for order in orders]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFigure:
    """A KPI of orders: what each of them counts for, and what to add to the whole.

    `observe` answers for the orders of a group that are in the window, in their order.
    `details` and `not_measured` get every order of the group that was placed in the
    period or is in the window.
    """

    definition: FigureDefinition
    observe: Observe
    choices: Callable[[Question], Mapping[str, str]] = lambda _: {}
    details: Callable[[Sequence[OrderFacts], Question], Mapping[str, object]] = (
        lambda _orders, _question: {}
    )
    # Says why there is no number though there are orders, such as no claims.
    not_measured: Callable[[Sequence[OrderFacts], Question], str | None] = (
        lambda _orders, _question: None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An order, or its part of a category, in the period on a local day.

    `missing` says that it lacks the window's instant.
    """

    order: OrderFacts
    day: date
    group: GroupKey
    missing: Excluded | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What one order, or its part of a category, counts for."""

    order: OrderFacts
    group: GroupKey
    observation: Observation


def window_of(definition: FigureDefinition, question: Question) -> Window:
    """Return the window a figure is asked for; raises `InvalidInput` if it has none."""
    if question.by is None:
        return definition.windows[0]
    if question.by not in definition.windows:
        known = " or ".join(definition.windows)
        raise InvalidInput("by", f"{known}, for {definition.name}")
    return question.by


def measure(
    figure: OrderFigure, orders: Sequence[OrderFacts], question: Question
) -> list[Figure]:
    """Count orders, group by group; without groups there is always one figure."""
    looks = _by_group(_looks(figure, orders, question))
    if not question.group_by:
        looks.setdefault((), [])
    everything = _orders_by_group(figure, orders, question)
    found = []
    for group in sorted(looks):
        whole = everything.get(group, [])
        counted = _count(figure, group, looks[group], question)
        why = figure.not_measured(whole, question)
        if why:
            counted = replace(counted, n=0, result=None, not_measured=why)
        found.append(replace(counted, details=figure.details(whole, question)))
    return found


def trend_of(
    figure: OrderFigure,
    orders: Sequence[OrderFacts],
    question: Question,
    parts: Sequence[Period],
) -> list[Figure]:
    """Count each part of the period by itself, without groups and details."""
    question = replace(question, group_by=())
    of_part: list[list[Look]] = [[] for _ in parts]
    for look in _looks(figure, orders, question):
        for place, part in enumerate(parts):
            if part.first_day <= look.day <= part.last_day:
                of_part[place].append(look)
    return [
        _count(figure, (), mine, replace(question, period=part))
        for part, mine in zip(parts, of_part, strict=True)
    ]


def observe_orders(
    figure: OrderFigure, orders: Sequence[OrderFacts], question: Question
) -> list[Observed]:
    """Say of each order that belongs to the period what it counts for."""
    return [
        Observed(order=look.order, group=group, observation=observation)
        for group, looks in sorted(_by_group(_looks(figure, orders, question)).items())
        for look, observation in zip(
            looks, _observations(figure, looks, question), strict=True
        )
    ]


def _looks(
    figure: OrderFigure, orders: Iterable[OrderFacts], question: Question
) -> Iterator[Look]:
    """Find the orders that belong to the period.

    One without the window's instant belongs to it when it was placed in it, and is
    excluded: nothing is dropped in silence.
    """
    definition = figure.definition
    window = window_of(definition, question)
    _check_groups(definition, question)
    day_of = _DayInPeriod(question.period)
    for order in orders:
        moment = _moment(order, window, definition.due)
        day = day_of(moment or order.placed_at)
        if day is None:
            continue
        missing = None if moment else Excluded(_why_outside(order, window))
        for part, group in _parts(definition, order, question.group_by):
            yield Look(order=part, day=day, group=group, missing=missing)


def _by_group(looks: Iterable[Look]) -> dict[GroupKey, list[Look]]:
    groups: dict[GroupKey, list[Look]] = defaultdict(list)
    for look in looks:
        groups[look.group].append(look)
    return groups


def _orders_by_group(
    figure: OrderFigure, orders: Iterable[OrderFacts], question: Question
) -> dict[GroupKey, list[OrderFacts]]:
    groups: dict[GroupKey, list[OrderFacts]] = defaultdict(list)
    for order in orders:
        for part, group in _parts(figure.definition, order, question.group_by):
            groups[group].append(part)
    return groups


def _observations(
    figure: OrderFigure, looks: Sequence[Look], question: Question
) -> list[Observation]:
    there = [look.order for look in looks if look.missing is None]
    observed = iter(figure.observe(there, question))
    return [look.missing or next(observed) for look in looks]


def _count(
    figure: OrderFigure, group: GroupKey, looks: Sequence[Look], question: Question
) -> Figure:
    counted = _observations(figure, looks, question)
    excluded = Counter(one.reason for one in counted if isinstance(one, Excluded))
    n, result = _result(figure.definition, counted)
    return Figure(
        definition=figure.definition,
        asked=question,
        by=window_of(figure.definition, question),
        group=group,
        n=n,
        result=result,
        excluded=dict(sorted(excluded.items())),
        choices=figure.choices(question),
        not_measured=None if result else _nothing_counted(looks),
        target=question.terms.targets.get(figure.definition.name),
    )


def _result(
    definition: FigureDefinition, counted: Iterable[Observation]
) -> tuple[int, Times | Rate | Amount | None]:
    seconds, numerator, denominator = [], 0, 0
    for one in counted:
        if isinstance(one, Took):
            seconds.append(one.seconds)
        elif isinstance(one, Counts) and one.denominator:
            numerator += one.numerator
            denominator += one.denominator
    if seconds:
        return len(seconds), times_of([each / SECONDS_PER_HOUR for each in seconds])
    if not denominator:
        return 0, None
    if definition.unit is Unit.RATE:
        return denominator, rate_of(numerator, denominator)
    value = numerator / denominator
    return denominator, Amount(
        value=value, numerator=numerator, denominator=denominator
    )


def _nothing_counted(looks: Sequence[Look]) -> str:
    if not looks:
        return "no order belongs to the period"
    return "every order of the period is excluded; see `excluded`"


class _DayInPeriod:
    """The local days of a period, cheap to ask for many instants."""

    def __init__(self, period: Period) -> None:
        self._period, self._zone = period, ZoneInfo(period.zone)
        self._starts_at, self._ends_at = period.starts_at, period.ends_at

    def __call__(self, moment: datetime | date) -> date | None:
        """Return the day on which it falls; None outside the period."""
        if isinstance(moment, datetime):
            if not self._starts_at <= moment < self._ends_at:
                return None
            return moment.astimezone(self._zone).date()
        first, last = self._period.first_day, self._period.last_day
        return moment if first <= moment <= last else None


def _moment(order: OrderFacts, window: Window, due: DueKind) -> datetime | date | None:
    if window is Window.PLACED:
        return order.placed_at
    if window is Window.DELIVERED:
        return order.delivered_at
    promise = order.promised if due is DueKind.DELIVERY else order.due_ship
    return _due(promise)


def _due(promise: Promise | None) -> datetime | date | None:
    if promise is None:
        return None
    return promise.at or promise.on


def _why_outside(order: OrderFacts, window: Window) -> str:
    if window is Window.DELIVERED:
        if order.says_delivered:
            return "delivered_without_date"
        if order.cancelled_at or order.says_cancelled or order.rejected_at:
            return "cancelled"
    return NOT_IN_WINDOW[window]


def _check_groups(definition: FigureDefinition, question: Question) -> None:
    for dimension in question.group_by:
        if dimension not in ORDER_DIMENSIONS:
            known = ", ".join(sorted(ORDER_DIMENSIONS))
            raise InvalidInput("group_by", f"{known}, for {definition.name}")


def _parts(
    definition: FigureDefinition, order: OrderFacts, dimensions: Sequence[Dimension]
) -> Iterator[tuple[OrderFacts, GroupKey]]:
    """Cut an order at the categories of its lines where lines or units are counted."""
    is_cut = definition.grain in {Grain.LINE, Grain.UNIT} and order.lines
    if Dimension.CATEGORY not in dimensions or not is_cut:
        yield order, _key(order, dimensions)
        return
    for category in dict.fromkeys(line.category for line in order.lines):
        part = replace(
            order,
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


def only_one(values: Iterable[str | None]) -> str | None:
    """Return the value that all share, `SEVERAL` if they differ, None without any."""
    found = {value for value in values if value is not None}
    if len(found) > 1:
        return SEVERAL
    return found.pop() if found else None
