"""How long an order was in each stage: the stages add up to its whole way.

A stage ends when the last shipment passes it and begins where the stage recorded
before it ended. Time under a hold or on backorder is taken out of the stage it falls
into and told once, as a stage of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kpi.facts import OrderFacts
from domain.kpi.question import Question
from domain.kpi.times.waits import Clock, Span, backordered, held, seconds_within


class OrderStage(StrEnum):
    """What an order's time went into; the passed stages first, in their order."""

    VERIFIED = "verified"
    ALLOCATED = "allocated"
    RELEASED = "released"
    PICKED = "picked"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    FIRST_SCAN = "first_scan"
    DELIVERED = "delivered"
    HOLD = "hold"
    BACKORDER = "backorder"


@dataclass(frozen=True, slots=True)
class StageTime:
    """Seconds in a stage; `is_backward` if it ended before it began."""

    seconds: float
    is_backward: bool


# Picks the clock for an order; None where its opening hours are not known.
ClockOf = Callable[[OrderFacts, Question], Clock | None]

WAITING = (OrderStage.HOLD, OrderStage.BACKORDER)
PASSED = tuple(stage for stage in OrderStage if stage not in WAITING)
_EARLIER = {stage: PASSED[:place][::-1] for place, stage in enumerate(PASSED)}
_INSTANTS = {stage: f"{stage}_at" for stage in PASSED}


def elapsed(start: datetime, end: datetime) -> float:
    """Return the seconds between two instants, day and night."""
    return (end - start).total_seconds()


def elapsed_clock(_order: OrderFacts, _question: Question) -> Clock:
    """Return the clock that never stops."""
    return elapsed


def business_clock(order: OrderFacts, question: Question) -> Clock | None:
    """Return the clock that runs while the order's warehouse is open.

    An order of several warehouses, or of one without hours of its own, goes by the
    hours under the empty name.
    """
    times = question.open_times
    open_time = times.get(order.warehouse or "", times.get(""))
    return open_time.between if open_time else None


def stage_time(order: OrderFacts, stage: OrderStage, clock: Clock) -> StageTime | None:
    """Return the time of one stage of a delivered order; None if not recorded."""
    if order.delivered_at is None:
        return None
    if stage in WAITING:
        start, end = order.placed_at, order.delivered_at
        waited = seconds_within(_waits_of(order, stage), start, end, clock)
        return StageTime(waited, end < start)
    passed_at = _instant(order, stage)
    if passed_at is None:
        return None
    start = _before(order, stage)
    seconds = clock(start, passed_at)
    if order.waits:
        for waiting in WAITING:
            spans = _waits_of(order, waiting)
            seconds -= seconds_within(spans, start, passed_at, clock)
    return StageTime(seconds, passed_at < start)


def stage_times(order: OrderFacts, clock: Clock) -> dict[OrderStage, StageTime]:
    """Return the recorded stages of a delivered order; they add up to its total."""
    found = {stage: stage_time(order, stage, clock) for stage in OrderStage}
    return {stage: time for stage, time in found.items() if time is not None}


def _waits_of(order: OrderFacts, stage: OrderStage) -> list[Span]:
    if not order.waits:
        return []
    return held(order) if stage is OrderStage.HOLD else backordered(order)


def _before(order: OrderFacts, stage: OrderStage) -> datetime:
    """Return when the stage recorded before this one ended."""
    for earlier in _EARLIER[stage]:
        passed_at = _instant(order, earlier)
        if passed_at is not None:
            return passed_at
    return order.placed_at


def _instant(order: OrderFacts, stage: OrderStage) -> datetime | None:
    passed_at: datetime | None = getattr(order, _INSTANTS[stage])
    return passed_at
