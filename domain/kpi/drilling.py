"""Drilling down: which orders stand behind a figure, and how each of them counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from domain.calendars import local_instant
from domain.kpi.definitions import DueKind, FigureDefinition
from domain.kpi.facts import OrderFacts
from domain.kpi.figures import GroupKey
from domain.kpi.measuring import (
    SECONDS_PER_HOUR,
    Excluded,
    Observed,
    OrderFigure,
    Took,
    observe_orders,
    window_of,
)
from domain.kpi.question import Question, Window


class HowCounted(StrEnum):
    """What an order does to a figure."""

    COUNTED = "counted"
    MISSED = "missed"  # it makes a rate worse
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One order behind a figure.

    `value` is its time in hours or its own share; `at` the instant that puts it into
    the period: of a promised day the first one.
    """

    order_id: str
    group: GroupKey = ()
    counts: HowCounted = HowCounted.COUNTED
    value: float | None = None
    reason: str | None = None
    at: datetime | None = None


def behind_orders(
    figure: OrderFigure, orders: Sequence[OrderFacts], question: Question
) -> list[Behind]:
    """Say of every order of the period how it counts: worst first, then by time."""
    window = window_of(figure.definition, question)
    found = [
        _behind(figure.definition, seen, window, question)
        for seen in observe_orders(figure, orders, question)
    ]
    return sorted(found, key=lambda one: _rank(one, figure.definition))


def _behind(
    definition: FigureDefinition, seen: Observed, window: Window, question: Question
) -> Behind:
    counts, value, reason = _told(definition, seen)
    return Behind(
        order_id=seen.order.order_id,
        group=seen.group,
        counts=counts,
        value=value,
        reason=reason,
        at=_instant(definition, seen.order, window, question),
    )


def _told(
    definition: FigureDefinition, seen: Observed
) -> tuple[HowCounted, float | None, str | None]:
    one = seen.observation
    if isinstance(one, Excluded):
        return HowCounted.EXCLUDED, None, one.reason
    if isinstance(one, Took):
        return HowCounted.COUNTED, one.seconds / SECONDS_PER_HOUR, None
    if not one.denominator:
        return HowCounted.EXCLUDED, None, "nothing_to_count"
    is_missed = {
        True: one.numerator < one.denominator,
        False: one.numerator > 0,
        None: False,
    }[definition.higher_is_better]
    counts = HowCounted.MISSED if is_missed else HowCounted.COUNTED
    return counts, one.numerator / one.denominator, None


def _instant(
    definition: FigureDefinition, order: OrderFacts, window: Window, question: Question
) -> datetime:
    moment: datetime | date | None = order.placed_at
    if window is Window.DELIVERED:
        moment = order.delivered_at
    elif window is Window.DUE:
        is_delivery = definition.due is DueKind.DELIVERY
        promise = order.promised if is_delivery else order.due_ship
        moment = (promise.at or promise.on) if promise else None
    if moment is None:
        return order.placed_at
    if isinstance(moment, datetime):
        return moment
    zone = order.ship_to_zone or question.period.zone
    return local_instant(moment, time(), zone)


def _rank(
    one: Behind, definition: FigureDefinition
) -> tuple[GroupKey, int, float, float, str]:
    """Sort what needs a look to the top: misses, then the longest times."""
    place = (HowCounted.MISSED, HowCounted.COUNTED, HowCounted.EXCLUDED)
    value = one.value or 0.0
    worst_first = value if definition.higher_is_better else -value
    at = one.at.timestamp() if one.at else 0.0
    return one.group, place.index(one.counts), worst_first, at, one.order_id
