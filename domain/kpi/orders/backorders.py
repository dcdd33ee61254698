"""Backorders: what could not be promised from stock, and how long it is owed."""

from __future__ import annotations

from collections.abc import Callable

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part, WaitKind
from domain.kpi.measuring import (
    Counts,
    Excluded,
    Observation,
    OrderFigure,
    Took,
    each,
)
from domain.kpi.orders.fill import (
    counts_or_unknown,
    lines_of_unknown_quantity,
    why_not_first,
)
from domain.kpi.promises.otif import wanted_lines
from domain.kpi.question import Question, Window


def _lines_missing(order: OrderFacts, _question: Question) -> Observation:
    filled = sum(line.lines_filled_first for line in order.lines)
    return _missing(order, filled, wanted_lines(order))


def _units_missing(order: OrderFacts, _question: Question) -> Observation:
    filled = sum(line.units_filled_first for line in order.lines)
    return _missing(order, filled, sum(line.units_ordered for line in order.lines))


def _missing(order: OrderFacts, filled: int, ordered: int) -> Observation:
    counts = Counts(max(ordered - filled, 0), ordered)
    return why_not_first(order) or counts_or_unknown(counts, order)


def _age(order: OrderFacts, question: Question) -> Observation:
    since = [
        wait.since
        for wait in order.waits
        if wait.kind is WaitKind.BACKORDER and wait.until is None
    ]
    if not since:
        return Excluded("no_open_backorder")
    return Took((question.as_of - min(since)).total_seconds())


_SAYS = (
    "The share of ordered {things} that could not be promised from stock when the "
    "order was tried first; where no allocation is recorded, {things} that did not go "
    "with the first shipment. Orders that the customer cancelled or that were not "
    "tried yet are left out."
)


def _rate(
    name: str,
    things: str,
    grain: Grain,
    look: Callable[[OrderFacts, Question], Observation],
) -> OrderFigure:
    return OrderFigure(
        definition=FigureDefinition(
            name=name,
            title=f"Backorder rate, {things}",
            area=Area.AVAILABILITY,
            says=_SAYS.format(things=things),
            grain=grain,
            unit=Unit.RATE,
            numerator=f"{things} not promised from stock at the first attempt",
            denominator=f"{things} ordered, without those the customer cancelled",
            windows=(Window.PLACED,),
            needs=frozenset({Part.LINES, Part.WAITS}),
            higher_is_better=False,
        ),
        observe=each(look),
        details=lines_of_unknown_quantity,
    )


BACKORDER_AGE = OrderFigure(
    definition=FigureDefinition(
        name="backorder_age",
        title="Age of open backorders",
        area=Area.AVAILABILITY,
        says=(
            "How long orders have been owed goods that are still missing: of each "
            "order with an open backorder the oldest one. Orders that wait for no "
            "goods are left out."
        ),
        grain=Grain.BACKORDER,
        unit=Unit.HOURS,
        clock_starts="the oldest open backorder of the order began",
        clock_stops="the moment of the question",
        denominator="orders with an open backorder",
        windows=(Window.PLACED,),
        needs=frozenset({Part.WAITS}),
        higher_is_better=False,
    ),
    observe=each(_age),
)
FIGURES = (
    _rate("backorder_rate", "lines", Grain.LINE, _lines_missing),
    _rate("backorder_rate_units", "units", Grain.UNIT, _units_missing),
    BACKORDER_AGE,
)
