"""Waits of orders, and orders drawn at random with every kind of dirt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from domain.kpi.facts import OrderFacts, Promise, Wait, WaitKind
from domain.kpi.times.stages import PASSED
from tests.domain.kpi.builders import MIDNIGHT, hours_later, line_sums, order_facts

HOURS = st.integers(-10, 200)
_WAITS = st.builds(
    lambda kind, reason, since, lasts: wait(kind, since, since + lasts, reason),
    st.sampled_from(WaitKind),
    st.sampled_from(["payment", "manual"]),
    HOURS,
    st.integers(-2, 50),
)


def wait(
    kind: WaitKind, since: float, until: float | None, reason: str | None = None
) -> Wait:
    end = None if until is None else hours_later(until)
    return Wait(kind=kind, reason=reason, since=hours_later(since), until=end)


def hold(since: float, until: float | None, reason: str = "payment") -> Wait:
    return wait(WaitKind.HOLD, since, until, reason)


def backorder(since: float, until: float | None) -> Wait:
    return wait(WaitKind.BACKORDER, since, until)


def question_open(since: float, until: float | None) -> Wait:
    return wait(WaitKind.CUSTOMER, since, until)


@st.composite
def dirty_orders(draw: st.DrawFn) -> OrderFacts:
    """Draw a delivered order whose instants may be missing and out of order."""
    hours = {stage: draw(st.none() | HOURS) for stage in PASSED[:-1]}
    instants = {
        f"{stage}_at": hours_later(at) for stage, at in hours.items() if at is not None
    }
    waits = tuple(draw(st.lists(_WAITS, max_size=4)))
    one_lasts = draw(st.booleans())
    if waits and one_lasts:
        waits = (*waits[1:], replace(waits[0], until=None))
    delivered_at = hours_later(draw(HOURS))
    return order_facts(**instants, delivered_at=delivered_at, waits=waits)


@st.composite
def promised_orders(draw: st.DrawFn) -> OrderFacts:
    """Draw an order of March with a promise, delivered whole, in part or not."""
    placed_at = MIDNIGHT + timedelta(hours=draw(st.integers(0, 400)))
    took = draw(st.none() | st.integers(1, 200))
    delivered_at = None if took is None else placed_at + timedelta(hours=took)
    lines = tuple(
        line_sums(
            lines=3,
            lines_filled=draw(st.integers(0, 3)),
            delivered_at=draw(st.sampled_from([delivered_at, None])),
        )
        for _ in range(draw(st.integers(1, 2)))
    )
    cancelled = draw(st.sampled_from([None, None, "customer", "no_stock", None]))
    return order_facts(
        placed_at=placed_at,
        delivered_at=None if cancelled else delivered_at,
        cancelled_at=placed_at if cancelled else None,
        cancel_cause=cancelled,
        promised=Promise(at=placed_at + timedelta(hours=draw(st.integers(1, 100)))),
        channel=draw(st.sampled_from([None, "web", "shop"])),
        lines=lines,
    )
