"""On time in full: all that was ordered, by the promised time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from domain.kpi.definitions import Area, DueKind, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import (
    Counts,
    Excluded,
    Observation,
    OrderFigure,
    window_of,
)
from domain.kpi.orders.population import UNKNOWN_QUANTITIES, has_unknown_lines
from domain.kpi.promises.keeping import PromiseKeeping, promise_choices
from domain.kpi.question import Question, Window

_Count = Callable[[OrderFacts, PromiseKeeping], Observation]


def _of_lines(order: OrderFacts, keeping: PromiseKeeping) -> Observation:
    kept = sum(
        sums.lines_filled
        for sums in order.lines
        if keeping.is_kept(order, sums.delivered_at)
    )
    return _counts(order, kept, wanted_lines(order))


def _of_order(order: OrderFacts, keeping: PromiseKeeping) -> Observation:
    if has_unknown_lines(order):
        return UNKNOWN_QUANTITIES
    wanted = wanted_lines(order)
    is_full = sum(sums.lines_filled for sums in order.lines) >= wanted
    is_kept = keeping.is_kept(order, order.delivered_at)
    return _counts(order, int(is_full and is_kept), int(wanted > 0))


def wanted_lines(order: OrderFacts) -> int:
    """Return the lines that the customer did not cancel."""
    return sum(sums.lines - sums.lines_cancelled for sums in order.lines)


def _counts(order: OrderFacts, numerator: int, denominator: int) -> Observation:
    if denominator:
        return Counts(numerator, denominator)
    if any(sums.lines_cancelled for sums in order.lines):
        return Excluded("cancelled")
    return UNKNOWN_QUANTITIES


def _figure(definition: FigureDefinition, grain: str, count: _Count) -> OrderFigure:
    def observe(
        orders: Sequence[OrderFacts], question: Question
    ) -> Sequence[Observation]:
        window = window_of(definition, question)
        keeping = PromiseKeeping(DueKind.DELIVERY, window, question)
        return [keeping.why_excluded(one) or count(one, keeping) for one in orders]

    def choices(question: Question) -> Mapping[str, str]:
        window = window_of(definition, question)
        return {
            **promise_choices(DueKind.DELIVERY, window, question),
            "grain": grain,
            "in_full": "all units ordered were delivered, without a substitute; what "
            "the customer cancelled was not ordered",
        }

    return OrderFigure(definition=definition, observe=observe, choices=choices)


_WINDOWS = (Window.DUE, Window.DELIVERED, Window.PLACED)
_NEEDS = frozenset({Part.LINES})
_LINES = FigureDefinition(
    name="otif",
    title="On time in full, order lines",
    area=Area.ON_TIME,
    says="Share of order lines of which every unit ordered was delivered by the "
    "promised time; lines cancelled by us or overdue count as missed, and lines that "
    "the customer cancelled in time do not count.",
    grain=Grain.LINE,
    unit=Unit.RATE,
    numerator="order lines delivered in full and as promised",
    denominator="order lines of orders whose promise has come due; of delivered "
    "ones, all delivered",
    windows=_WINDOWS,
    needs=_NEEDS,
    higher_is_better=True,
)
_ORDERS = FigureDefinition(
    name="otif_order",
    title="On time in full, whole orders",
    area=Area.ON_TIME,
    says="Share of orders of which every line was delivered in full by the promised "
    "time; orders cancelled by us or overdue count as missed, and orders that the "
    "customer cancelled in time do not count.",
    grain=Grain.ORDER,
    unit=Unit.RATE,
    numerator="orders delivered whole and as promised",
    denominator="orders whose promise has come due; of delivered ones, all delivered",
    windows=_WINDOWS,
    needs=_NEEDS,
    higher_is_better=True,
)

FIGURES: tuple[OrderFigure, ...] = (
    _figure(_LINES, "order lines: each counts by itself", _of_lines),
    _figure(_ORDERS, "whole orders: one line missing or late fails all", _of_order),
)
