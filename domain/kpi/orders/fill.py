"""Fill: how much of what was ordered was there, at once and in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part, WaitKind
from domain.kpi.measuring import Counts, Excluded, Observation, OrderFigure, each
from domain.kpi.orders.population import (
    UNKNOWN_QUANTITIES,
    has_unknown_lines,
    is_cancelled,
    is_shipped,
    placed_in_period,
    units_sent,
    why_unwanted,
    yes_or_no,
)
from domain.kpi.promises.otif import wanted_lines
from domain.kpi.question import Question, Window

_Count = Callable[[OrderFacts], Counts]
_WhyNot = Callable[[OrderFacts], Excluded | None]
_Look = Callable[[OrderFacts, Question], Observation]
NOT_ALLOCATED_YET = Excluded("not_allocated_yet")
STILL_OPEN = Excluded("still_open")


def why_not_first(order: OrderFacts) -> Excluded | None:
    """Say why nothing can be said about the first attempt to fill the order."""
    unwanted = why_unwanted(order)
    if unwanted:
        return unwanted
    return None if _was_tried(order) else NOT_ALLOCATED_YET


def why_not_final(order: OrderFacts) -> Excluded | None:
    """Say why nothing can be said about what was sent in the end."""
    unwanted = why_unwanted(order)
    if unwanted:
        return unwanted
    return None if _is_settled(order) else STILL_OPEN


def counts_or_unknown(counts: Counts, order: OrderFacts) -> Observation:
    """Return what an order counts for; why not, if there is nothing to count."""
    if counts.denominator:
        return counts
    cancelled = any(line.lines_cancelled for line in order.lines)
    unknown = has_unknown_lines(order)
    return Excluded("cancelled") if cancelled and not unknown else UNKNOWN_QUANTITIES


def lines_of_unknown_quantity(
    orders: Sequence[OrderFacts], question: Question
) -> Mapping[str, object]:
    """Count the lines of orders placed in the period that cannot be judged."""
    unknown = sum(
        line.lines_unknown
        for order in placed_in_period(orders, question)
        for line in order.lines
    )
    return {"lines_of_unknown_quantity": unknown}


def in_full(order: OrderFacts) -> bool:
    """Say whether every wanted line got all its units in the end, as ordered."""
    return sum(line.lines_filled for line in order.lines) >= wanted_lines(order)


def _was_tried(order: OrderFacts) -> bool:
    return bool(
        order.allocated_at
        or is_shipped(order)
        or is_cancelled(order)
        or any(line.units_filled_first for line in order.lines)
        or any(wait.kind is WaitKind.BACKORDER for wait in order.waits)
    )


def _is_settled(order: OrderFacts) -> bool:
    if is_cancelled(order) or order.says_delivered:
        return True
    still_owed = any(
        wait.kind is WaitKind.BACKORDER and wait.until is None for wait in order.waits
    )
    return not still_owed and bool(order.handed_over_at or order.delivered_at)


def _lines_first(order: OrderFacts) -> Counts:
    filled = sum(line.lines_filled_first for line in order.lines)
    return Counts(filled, wanted_lines(order))


def _lines_final(order: OrderFacts) -> Counts:
    return Counts(sum(line.lines_filled for line in order.lines), wanted_lines(order))


def _units_first(order: OrderFacts) -> Counts:
    return _of_units(order, sum(line.units_filled_first for line in order.lines))


def _units_final(order: OrderFacts) -> Counts:
    return _of_units(order, units_sent(order))


def _of_units(order: OrderFacts, filled: int) -> Counts:
    ordered = sum(line.units_ordered for line in order.lines)
    return Counts(min(filled, ordered), ordered)


def _order_first(order: OrderFacts) -> Counts:
    counts = _lines_first(order)
    return yes_or_no(counts.numerator >= counts.denominator)


def _order_final(order: OrderFacts) -> Counts:
    return yes_or_no(in_full(order))


def _look(why_not: _WhyNot, count: _Count) -> _Look:
    def look(order: OrderFacts, _question: Question) -> Observation:
        return why_not(order) or counts_or_unknown(count(order), order)

    return look


def _look_whole(why_not: _WhyNot, count: _Count) -> _Look:
    """Judge a whole order: one line that nobody can judge leaves it out."""

    def look(order: OrderFacts, _question: Question) -> Observation:
        unwanted = why_not(order)
        if unwanted:
            return unwanted
        if has_unknown_lines(order):
            return UNKNOWN_QUANTITIES
        if not wanted_lines(order):
            return Excluded("cancelled")
        return count(order)

    return look


_AT_ONCE = "with the first allocation, or where none is recorded the first shipment"
_LEFT_OUT = (
    "Orders that the customer cancelled or that were not tried yet are left out; one "
    "cancelled for lack of stock counts as not filled."
)
_LEFT_OUT_FINAL = (
    "Orders that the customer cancelled or that are still open are left out; one "
    "cancelled for lack of stock counts as not filled."
)


def _figure(
    name: str,
    title: str,
    grain: Grain,
    words: tuple[str, str, str],
    look: _Look,
) -> OrderFigure:
    """Make a fill figure; `words` are what it says, its numerator and denominator."""
    says, numerator, denominator = words
    return OrderFigure(
        definition=FigureDefinition(
            name=name,
            title=title,
            area=Area.AVAILABILITY,
            says=says,
            grain=grain,
            unit=Unit.RATE,
            numerator=numerator,
            denominator=denominator,
            windows=(Window.PLACED, Window.DELIVERED),
            needs=frozenset({Part.LINES, Part.WAITS}),
            higher_is_better=True,
            is_headline=name == "line_fill_rate_first",
        ),
        observe=each(look),
        details=lines_of_unknown_quantity,
    )


FIGURES = (
    _figure(
        "line_fill_rate_first",
        "Line fill rate, first time",
        Grain.LINE,
        (
            f"The share of ordered lines filled completely {_AT_ONCE}. {_LEFT_OUT}",
            "lines filled completely at the first attempt",
            "lines ordered, without those the customer cancelled",
        ),
        _look(why_not_first, _lines_first),
    ),
    _figure(
        "line_fill_rate",
        "Line fill rate, final",
        Grain.LINE,
        (
            "The share of ordered lines sent completely in the end, after backorders; "
            f"a substitute does not fill a line. {_LEFT_OUT_FINAL}",
            "lines sent completely",
            "lines ordered, without those the customer cancelled",
        ),
        _look(why_not_final, _lines_final),
    ),
    _figure(
        "unit_fill_rate_first",
        "Unit fill rate, first time",
        Grain.UNIT,
        (
            f"The share of ordered units that were there {_AT_ONCE}. {_LEFT_OUT}",
            "units filled at the first attempt",
            "units ordered, without those the customer cancelled",
        ),
        _look(why_not_first, _units_first),
    ),
    _figure(
        "unit_fill_rate",
        "Unit fill rate, final",
        Grain.UNIT,
        (
            "The share of ordered units sent in the end, after backorders. "
            f"{_LEFT_OUT_FINAL}",
            "units sent, at most as many as ordered",
            "units ordered, without those the customer cancelled",
        ),
        _look(why_not_final, _units_final),
    ),
    _figure(
        "order_fill_rate_first",
        "Order fill rate, first time",
        Grain.ORDER,
        (
            f"The share of orders of which every line was filled completely {_AT_ONCE}"
            f". {_LEFT_OUT}",
            "orders with all lines filled completely at the first attempt",
            "orders whose quantities are known",
        ),
        _look_whole(why_not_first, _order_first),
    ),
    _figure(
        "order_fill_rate",
        "Order fill rate, final",
        Grain.ORDER,
        (
            "The share of orders of which every line was sent completely in the end, "
            f"without a substitute. {_LEFT_OUT_FINAL}",
            "orders with all lines sent completely",
            "orders whose quantities are known",
        ),
        _look_whole(why_not_final, _order_final),
    ),
)
