"""From orders to figures: one look at each order, then counting.

A figure looks at one order and says what it counts for. Groups, trends and drill-down
are parts of the same looks, so they cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, prod

from domain.errors import InvalidInput
from domain.kpi.belonging import (
    InPeriod,
    Look,
    find_looks,
    looks_by_group,
    orders_by_group,
)
from domain.kpi.definitions import FigureDefinition, Unit
from domain.kpi.facts import SEVERAL, OrderFacts
from domain.kpi.figures import Amount, Figure, GroupKey, Rate, Times
from domain.kpi.periods import Period
from domain.kpi.question import Dimension, Question, Window
from domain.kpi.statistics import rate_of, times_of

SECONDS_PER_HOUR = 3600
ORDER_DIMENSIONS = frozenset(set(Dimension) - {Dimension.SKU, Dimension.STATION})


@dataclass(frozen=True, slots=True)
class Took:
    """It took so long, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Counts:
    """So many of so many, such as lines filled of lines, or money for one order.

    Of an index `parts` says what was passed: it is the product of their shares.
    """

    numerator: float
    denominator: int
    parts: tuple[bool, ...] = ()


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
    `details` and `not_measured` get every loaded order of the group: those placed in
    the period, and those in the window of any figure that was asked for with it.
    """

    definition: FigureDefinition
    observe: Observe
    choices: Callable[[Question], Mapping[str, str]] = lambda _: {}
    details: Callable[[Sequence[OrderFacts], Question], Mapping[str, object]] = (
        lambda _orders, _question: {}
    )
    # Adds what the counted orders themselves show, such as a histogram.
    shape: Callable[[Sequence[Observation]], Mapping[str, object]] = lambda _: {}
    # Says why there is no number though there are orders, such as no claims.
    not_measured: Callable[[Sequence[OrderFacts], Question], str | None] = (
        lambda _orders, _question: None
    )


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
    looks = looks_by_group(_looks(figure, orders, question))
    if not question.group_by:
        looks.setdefault((), [])
    everything = orders_by_group(figure.definition, orders, question)
    found = []
    for group in sorted(looks):
        whole = everything.get(group, [])
        observed = _observations(figure, looks[group], question)
        counted = _count(figure, group, observed, question)
        why = figure.not_measured(whole, question)
        if why:
            counted = replace(counted, n=0, result=None, not_measured=why)
        details = {**figure.details(whole, question), **figure.shape(observed)}
        found.append(replace(counted, details=details))
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
    are_in = [InPeriod(part) for part in parts]
    for look in _looks(figure, orders, question):
        for mine, is_in in zip(of_part, are_in, strict=True):
            if is_in(look.moment):
                mine.append(look)
    found = []
    for part, looks in zip(parts, of_part, strict=True):
        asked = replace(question, period=part)
        found.append(_count(figure, (), _observations(figure, looks, asked), asked))
    return found


def observe_orders(
    figure: OrderFigure, orders: Sequence[OrderFacts], question: Question
) -> list[Observed]:
    """Say of each order that belongs to the period what it counts for."""
    return [
        Observed(order=look.order, group=group, observation=observation)
        for group, looks in sorted(
            looks_by_group(_looks(figure, orders, question)).items()
        )
        for look, observation in zip(
            looks, _observations(figure, looks, question), strict=True
        )
    ]


def _looks(
    figure: OrderFigure, orders: Iterable[OrderFacts], question: Question
) -> Iterator[Look]:
    _check_groups(figure.definition, question)
    window = window_of(figure.definition, question)
    return find_looks(figure.definition, window, orders, question)


def _observations(
    figure: OrderFigure, looks: Sequence[Look], question: Question
) -> list[Observation]:
    there = [look.order for look in looks if look.missing is None]
    observed = iter(figure.observe(there, question))
    return [
        Excluded(look.missing) if look.missing else next(observed) for look in looks
    ]


def _count(
    figure: OrderFigure,
    group: GroupKey,
    counted: Sequence[Observation],
    question: Question,
) -> Figure:
    excluded = Counter(one.reason for one in counted if isinstance(one, Excluded))
    n, result = _result(figure.definition, counted, question.terms.currency)
    return Figure(
        definition=figure.definition,
        asked=question,
        by=window_of(figure.definition, question),
        group=group,
        n=n,
        result=result,
        excluded=dict(sorted(excluded.items())),
        choices=figure.choices(question),
        not_measured=None if result else _nothing_counted(counted, excluded),
        target=question.terms.targets.get(figure.definition.name),
    )


def _result(
    definition: FigureDefinition, counted: Iterable[Observation], currency: str
) -> tuple[int, Times | Rate | Amount | None]:
    seconds: list[float] = []
    counts: list[Counts] = []
    for one in counted:
        if isinstance(one, Took):
            seconds.append(one.seconds)
        elif isinstance(one, Counts) and one.denominator:
            counts.append(one)
    if seconds:
        return len(seconds), times_of([each / SECONDS_PER_HOUR for each in seconds])
    denominator = sum(one.denominator for one in counts)
    if not denominator:
        return 0, None
    if definition.unit is Unit.INDEX:
        return denominator, Amount(value=_index(counts))
    numerator = fsum(one.numerator for one in counts)
    if definition.unit is Unit.RATE:
        return denominator, rate_of(int(numerator), denominator)
    return denominator, Amount(
        value=numerator / denominator,
        currency=currency if definition.unit is Unit.MONEY else None,
        numerator=numerator,
        denominator=denominator,
    )


def _index(counts: Sequence[Counts]) -> float:
    """Multiply the shares of those who passed each part."""
    passed = zip(*(one.parts for one in counts), strict=True)
    return float(prod(sum(part) / len(counts) for part in passed))


def _nothing_counted(counted: Sequence[Observation], excluded: Counter[str]) -> str:
    if not counted:
        return "no order belongs to the period"
    if not excluded:
        return "no order of the period counts for it"
    # By number, then by name: the order of the orders must not show.
    most_first = sorted(excluded.items(), key=lambda one: (-one[1], one[0]))
    told = (f"{n:,} {reason.replace('_', ' ')}" for reason, n in most_first)
    return f"no order of the period can be counted: {', '.join(told)}"


def _check_groups(definition: FigureDefinition, question: Question) -> None:
    for dimension in question.group_by:
        if dimension not in ORDER_DIMENSIONS:
            known = ", ".join(sorted(ORDER_DIMENSIONS))
            raise InvalidInput("group_by", f"{known}, for {definition.name}")


def only_one(values: Iterable[str | None]) -> str | None:
    """Return the value that all share, `SEVERAL` if they differ, None without any."""
    found = {value for value in values if value is not None}
    if len(found) > 1:
        return SEVERAL
    return found.pop() if found else None
