"""Figures of each stage: where the time of an order goes."""

from __future__ import annotations

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import OrderFigure, window_of
from domain.kpi.question import Question
from domain.kpi.times.stages import WAITING, OrderStage, StageTime, stage_time
from domain.kpi.times.timing import (
    BUSINESS,
    ELAPSED,
    WINDOW_WORDS,
    WINDOWS,
    ClockKind,
    observed,
)
from domain.kpi.times.waits import Clock

_ENDS = {
    OrderStage.VERIFIED: "the order has passed its checks",
    OrderStage.ALLOCATED: "stock is set aside for all of the order",
    OrderStage.RELEASED: "all of the order is released to the floor",
    OrderStage.PICKED: "all of the order is picked",
    OrderStage.PACKED: "all of the order is packed",
    OrderStage.HANDED_OVER: "its last shipment is handed over to the carrier",
    OrderStage.FIRST_SCAN: "the carrier first scans its last shipment",
    OrderStage.DELIVERED: "its last shipment is delivered",
}
_WAITS = {
    OrderStage.HOLD: (
        "Time on hold",
        "Time{clock} in which any hold blocked an order, each moment once; an order "
        "without a hold counts as nought, cancelled and rejected ones do not count.",
        "a hold blocks the order",
        "no hold blocks the order any more",
    ),
    OrderStage.BACKORDER: (
        "Time on backorder",
        "Time{clock} in which an order waited for stock and no hold blocked it; an "
        "order that never did counts as nought, cancelled and rejected ones do not "
        "count.",
        "units of the order wait for stock",
        "no unit of the order waits for stock any more",
    ),
}
_STAGE_SAYS = (
    "Time{clock} from the end of the stage recorded before until {ends}, without time "
    "on hold or backorder; cancelled and rejected orders do not count."
)


def _words(stage: OrderStage) -> tuple[str, str, str, str]:
    """Return title, text, start and stop of a stage."""
    if stage in WAITING:
        return _WAITS[stage]
    starts = (
        "the order is placed"
        if stage is OrderStage.VERIFIED
        else "the order ends the last stage recorded before, else it is placed"
    )
    title = f"Stage: {stage.replace('_', ' ')}"
    ends = _ENDS[stage]
    return title, _STAGE_SAYS.replace("{ends}", ends), starts, ends


def _figure(stage: OrderStage, clock: ClockKind) -> OrderFigure:
    title, says, starts, stops = _words(stage)
    definition = FigureDefinition(
        name=f"stage_{stage}{clock.suffix}",
        title=f"{title}{clock.title}",
        area=Area.TIME,
        says=says.format(clock=clock.says),
        grain=Grain.ORDER,
        unit=Unit.HOURS,
        clock_starts=starts,
        clock_stops=stops,
        denominator="delivered orders that were not cancelled"
        if stage in WAITING
        else "delivered orders for which the stage was recorded",
        windows=WINDOWS,
        needs=frozenset({Part.STAGES, Part.WAITS}),
        higher_is_better=False,
    )

    def timing(order: OrderFacts, by: Clock) -> StageTime | None:
        return stage_time(order, stage, by)

    def choices(question: Question) -> dict[str, str]:
        return {
            "window": WINDOW_WORDS[window_of(definition, question)],
            "clock": clock.choice,
            "stages": "a stage ends with the last shipment of the order; one that was "
            "not recorded is part of the next recorded one",
        }

    return OrderFigure(
        definition=definition, observe=observed(timing, clock), choices=choices
    )


STAGE_FIGURES: tuple[OrderFigure, ...] = tuple(
    _figure(stage, clock) for clock in (ELAPSED, BUSINESS) for stage in OrderStage
)
