"""Data quality: how much of the record can be measured, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import Counts, Excluded, Observation, OrderFigure, each
from domain.kpi.orders.population import is_cancelled, placed_in_period, yes_or_no
from domain.kpi.question import Question, Window
from domain.kpi.times.stages import PASSED, OrderStage


class StageFlaw(StrEnum):
    """Why a stage has no usable time."""

    NEGATIVE = "negative"  # it ended before it began
    MISSING = "missing"  # a later stage was passed, this one is not recorded


class Finding(StrEnum):
    """What the record says of an order and cannot be true, or is not whole."""

    DELIVERED_WITHOUT_DATE = "delivered_without_date"
    CANCELLED_WITH_DELIVERY = "cancelled_with_delivery"
    CANCELLED_BEFORE_PLACED = "cancelled_before_placed"
    HANDED_OVER_BEFORE_PLACED = "handed_over_before_placed"
    DELIVERED_BEFORE_PLACED = "delivered_before_placed"
    DELIVERED_BEFORE_HANDED_OVER = "delivered_before_handed_over"


_INSTANTS = attrgetter(*(f"{stage}_at" for stage in PASSED))


def stage_flaws(order: OrderFacts) -> dict[OrderStage, StageFlaw | None]:
    """Judge every stage up to the last one the order has passed."""
    instants: tuple[datetime | None, ...] = _INSTANTS(order)
    recorded = [place for place, at in enumerate(instants, start=1) if at]
    passed = len(PASSED) if order.says_delivered else max(recorded, default=0)
    flaws: dict[OrderStage, StageFlaw | None] = {}
    before = order.placed_at
    for stage, at in zip(PASSED[:passed], instants, strict=False):
        if at is None:
            flaws[stage] = StageFlaw.MISSING
            continue
        flaws[stage] = StageFlaw.NEGATIVE if at < before else None
        before = at
    return flaws


def findings_of(order: OrderFacts) -> list[Finding]:
    """Return what is wrong with the record of an order."""
    return [finding for finding, is_found in _FINDINGS.items() if is_found(order)]


def _is_before(earlier: datetime | None, later: datetime | None) -> bool:
    return earlier is not None and later is not None and earlier < later


def _delivered_before_it_left(order: OrderFacts) -> bool:
    return _is_before(order.delivered_at, order.handed_over_at) or _is_before(
        order.first_delivered_at, order.first_handed_over_at
    )


def _was_delivered(order: OrderFacts) -> bool:
    return bool(order.delivered_at or order.first_delivered_at)


def _first_left(order: OrderFacts) -> datetime | None:
    return order.first_handed_over_at or order.handed_over_at


def _first_arrived(order: OrderFacts) -> datetime | None:
    return order.first_delivered_at or order.delivered_at


_FINDINGS: Mapping[Finding, Callable[[OrderFacts], bool]] = {
    Finding.DELIVERED_WITHOUT_DATE: lambda one: (
        one.says_delivered and not _was_delivered(one)
    ),
    Finding.CANCELLED_WITH_DELIVERY: lambda one: (
        is_cancelled(one) and _was_delivered(one)
    ),
    Finding.CANCELLED_BEFORE_PLACED: lambda one: _is_before(
        one.cancelled_at, one.placed_at
    ),
    Finding.HANDED_OVER_BEFORE_PLACED: lambda one: _is_before(
        _first_left(one), one.placed_at
    ),
    Finding.DELIVERED_BEFORE_PLACED: lambda one: _is_before(
        _first_arrived(one), one.placed_at
    ),
    Finding.DELIVERED_BEFORE_HANDED_OVER: _delivered_before_it_left,
}


def _usable(order: OrderFacts, _question: Question) -> Observation:
    flaws = list(stage_flaws(order).values())
    recorded = len(flaws) - flaws.count(StageFlaw.MISSING)
    if not recorded:
        return Excluded("no_stage_recorded")
    return Counts(flaws.count(None), recorded)


def _flaws_by_stage(
    orders: Sequence[OrderFacts], question: Question
) -> Mapping[str, object]:
    """Count the flaws of each stage."""
    found = Counter(
        (stage, flaw)
        for order in placed_in_period(orders, question)
        for stage, flaw in stage_flaws(order).items()
    )
    return {
        "stages": {
            stage.value: {flaw.value: found[stage, flaw] for flaw in StageFlaw}
            for stage in PASSED
        }
    }


def _is_clean(order: OrderFacts, _question: Question) -> Observation:
    return yes_or_no(not findings_of(order))


def _by_finding(
    orders: Sequence[OrderFacts], question: Question
) -> Mapping[str, object]:
    """Count the orders of each finding; one order may have several."""
    found = Counter(
        finding
        for order in placed_in_period(orders, question)
        for finding in findings_of(order)
    )
    return {"orders_by_finding": {one.value: found[one] for one in Finding}}


FIGURES = (
    OrderFigure(
        definition=FigureDefinition(
            name="data_quality_stage_times",
            title="Usable stage times",
            area=Area.DATA_QUALITY,
            says=(
                "The share of recorded stage times that can be used: a stage that "
                "ended before it began cannot. Stages that were passed but not "
                "recorded are counted beside it; their time is told with the next one."
            ),
            grain=Grain.ORDER,
            unit=Unit.RATE,
            numerator="recorded stage times that are not negative",
            denominator="recorded stage times of orders placed",
            windows=(Window.PLACED,),
            needs=frozenset({Part.STAGES}),
            higher_is_better=True,
        ),
        observe=each(_usable),
        details=_flaws_by_stage,
    ),
    OrderFigure(
        definition=FigureDefinition(
            name="data_quality_orders",
            title="Orders without a flaw in the record",
            area=Area.DATA_QUALITY,
            says=(
                "The share of orders whose record holds nothing that cannot be true "
                "or is not whole: delivered without a date, cancelled yet delivered, "
                "cancelled, sent or delivered before it was placed, delivered before "
                "it was sent."
            ),
            grain=Grain.ORDER,
            unit=Unit.RATE,
            numerator="orders without such a finding",
            denominator="orders placed",
            windows=(Window.PLACED,),
            needs=frozenset({Part.STAGES}),
            higher_is_better=True,
        ),
        observe=each(_is_clean),
        details=_by_finding,
    ),
)
