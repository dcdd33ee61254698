"""Which orders a figure is about: shipped, wanted, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from domain.kpi.facts import OrderFacts
from domain.kpi.measuring import (
    Counts,
    Excluded,
    Observed,
    OrderFigure,
    observe_orders,
)
from domain.kpi.orders.causes import is_ours
from domain.kpi.question import Question

_MET, _MISSED = Counts(1, 1), Counts(0, 1)
NOT_SHIPPED = Excluded("not_shipped")
UNKNOWN_QUANTITIES = Excluded("unknown_quantities")
NO_CLAIMS_RECORDED = Excluded("no_claims_recorded")


def yes_or_no(is_met: bool) -> Counts:
    """Return what one counts for that can only be met or missed."""
    return _MET if is_met else _MISSED


def is_shipped(order: OrderFacts) -> bool:
    """Say whether at least one shipment has left, by whatever is recorded of it."""
    return bool(
        order.first_handed_over_at
        or order.handed_over_at
        or order.first_delivered_at
        or order.delivered_at
        or order.says_delivered
    )


def is_cancelled(order: OrderFacts) -> bool:
    """Say whether the order was cancelled, with an instant or without."""
    return order.cancelled_at is not None or order.says_cancelled


def why_unwanted(order: OrderFacts) -> Excluded | None:
    """Say why nobody wants the order any more; a cancel of our own is no reason."""
    if order.rejected_at:
        return Excluded("rejected")
    if is_cancelled(order) and not is_ours(order.cancel_cause):
        return Excluded("cancelled")
    return None


def lines_sent(order: OrderFacts) -> int:
    """Count the lines of which units were sent."""
    return sum(
        line.lines - line.lines_cancelled for line in order.lines if line.units_shipped
    )


def units_sent(order: OrderFacts) -> int:
    """Count the units that were sent."""
    return sum(line.units_shipped for line in order.lines)


def has_unknown_lines(order: OrderFacts) -> bool:
    """Say whether the quantity of a line, or every line, is not recorded."""
    return not order.lines or any(line.lines_unknown for line in order.lines)


def no_claims_words(orders: Sequence[OrderFacts]) -> str | None:
    """Say that claims are recorded for none of the orders, if that is so."""
    if not orders or any(order.has_claims_channel for order in orders):
        return None
    sources = ", ".join(sorted({order.source for order in orders}))
    return f"no claims are recorded for {sources}: not measured"


def placed_in_period(
    orders: Iterable[OrderFacts], question: Question
) -> Iterator[OrderFacts]:
    """Return the orders that were placed in the period of a question."""
    starts_at, ends_at = question.period.starts_at, question.period.ends_at
    return (order for order in orders if starts_at <= order.placed_at < ends_at)


def counted_in(
    figure: OrderFigure, orders: Sequence[OrderFacts], question: Question
) -> list[tuple[OrderFacts, Counts]]:
    """Return the orders of one group that count in a figure, and for what."""
    seen: list[Observed] = observe_orders(
        figure, orders, replace(question, group_by=())
    )
    return [
        (one.order, one.observation)
        for one in seen
        if isinstance(one.observation, Counts) and one.observation.denominator
    ]
