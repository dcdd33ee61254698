"""What the figures of times share: who counts, by which clock, in which window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.kpi.facts import OrderFacts
from domain.kpi.measuring import Excluded, Observation, Observe, Took, each
from domain.kpi.orders.population import is_cancelled
from domain.kpi.question import Question, Window
from domain.kpi.times.stages import ClockOf, StageTime, business_clock, elapsed_clock
from domain.kpi.times.waits import Clock

WINDOWS = (Window.DELIVERED, Window.PLACED, Window.DUE)
WINDOW_WORDS = {
    Window.DELIVERED: "orders delivered in the period, whenever they were placed",
    Window.PLACED: "orders placed in the period and delivered by now",
    Window.DUE: "orders promised for the period and delivered by now",
}
_NEGATIVE = Excluded("negative")

# How long something of an order took by a clock; None where it was not recorded.
Timing = Callable[[OrderFacts, Clock], StageTime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockKind:
    """A clock, and how names, titles and choices tell of it."""

    suffix: str
    title: str
    says: str
    choice: str
    clock_of: ClockOf


ELAPSED = ClockKind(
    suffix="",
    title="",
    says="",
    choice="elapsed: every hour counts, day and night",
    clock_of=elapsed_clock,
)
BUSINESS = ClockKind(
    suffix="_business",
    title=", business hours",
    says=" in opening hours of its warehouse",
    choice="business: only opening hours of the order's warehouse count; the shop's "
    "where it has none of its own or there are several",
    clock_of=business_clock,
)


def observed(timing: Timing, kind: ClockKind) -> Observe:
    """Look at orders by a clock; what cannot count is excluded with its reason."""

    def look(order: OrderFacts, question: Question) -> Observation:
        reason = why_left_out(order)
        if reason:
            return Excluded(reason)
        clock = kind.clock_of(order, question)
        if clock is None:
            return Excluded("no_opening_hours")
        time = timing(order, clock)
        if time is None:
            return Excluded("not_recorded" if order.delivered_at else "not_delivered")
        return _NEGATIVE if time.is_backward else Took(time.seconds)

    return each(look)


def why_left_out(order: OrderFacts) -> str | None:
    """Say why an order has no cycle time at all, however long one waits."""
    if order.rejected_at is not None:
        return "rejected"
    if is_cancelled(order):
        return "cancelled"
    if order.says_delivered and order.delivered_at is None:
        return "delivered_without_date"
    return None
