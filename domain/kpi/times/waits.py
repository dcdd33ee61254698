"""When an order waited, each moment told once, and how long by a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from domain.kpi.facts import OrderFacts, Wait, WaitKind
from domain.policy import HoldKind

Span = tuple[datetime, datetime]
# Seconds from one instant to another, negative if they are swapped.
Clock = Callable[[datetime, datetime], float]

# Holds that only the customer can end.
CUSTOMER_HOLDS = frozenset(
    {HoldKind.PAYMENT, HoldKind.EMAIL, HoldKind.PHONE, HoldKind.ADDRESS}
)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def held(order: OrderFacts) -> list[Span]:
    """Return when any hold blocked the order."""
    return _union(wait for wait in order.waits if wait.kind is WaitKind.HOLD)


def backordered(order: OrderFacts) -> list[Span]:
    """Return when it waited for stock and no hold blocked it."""
    waits = (wait for wait in order.waits if wait.kind is WaitKind.BACKORDER)
    return _without(_union(waits), held(order))


def waited_for_customer(order: OrderFacts) -> list[Span]:
    """Return when the next step was the customer's."""
    return _union(
        wait
        for wait in order.waits
        if wait.kind is WaitKind.CUSTOMER
        or (wait.kind is WaitKind.HOLD and wait.reason in CUSTOMER_HOLDS)
    )


def seconds_within(
    spans: Sequence[Span], start: datetime, end: datetime, clock: Clock
) -> float:
    """Return the seconds of spans between two instants; negative if swapped."""
    if end < start:
        return -seconds_within(spans, end, start, clock)
    return sum(
        clock(max(since, start), min(until, end))
        for since, until in spans
        if since < end and start < until
    )


def _union(waits: Iterable[Wait]) -> list[Span]:
    spans: list[Span] = []
    ends = ((wait.since, wait.until or _FOR_EVER) for wait in waits)
    for since, until in sorted(ends):
        if until <= since:
            continue
        if spans and since <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(until, spans[-1][1]))
        else:
            spans.append((since, until))
    return spans


def _without(spans: list[Span], others: list[Span]) -> list[Span]:
    for begins, ends in others:
        spans = [
            (since, until)
            for whole in spans
            for since, until in (
                (whole[0], min(whole[1], begins)),
                (max(whole[0], ends), whole[1]),
            )
            if since < until
        ]
    return spans
