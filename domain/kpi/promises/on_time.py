"""On time: promises kept, of those that were due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.kpi.definitions import (
    Area,
    DueKind,
    FigureDefinition,
    Grain,
    Unit,
)
from domain.kpi.facts import OrderFacts
from domain.kpi.measuring import Counts, Observation, OrderFigure, window_of
from domain.kpi.promises.keeping import PromiseKeeping, promise_choices
from domain.kpi.question import Question, Window


def _figure(definition: FigureDefinition) -> OrderFigure:
    kind = definition.due

    def observe(
        orders: Sequence[OrderFacts], question: Question
    ) -> Sequence[Observation]:
        keeping = PromiseKeeping(kind, window_of(definition, question), question)
        return [
            keeping.why_excluded(order)
            or Counts(int(keeping.is_kept(order, keeping.done_at(order))), 1)
            for order in orders
        ]

    def choices(question: Question) -> Mapping[str, str]:
        return promise_choices(kind, window_of(definition, question), question)

    return OrderFigure(definition=definition, observe=observe, choices=choices)


_SHIPMENT = FigureDefinition(
    name="on_time_shipment",
    title="On-time shipment",
    area=Area.ON_TIME,
    says="Share of orders handed over to the carrier by the planned ship time, last "
    "shipment included; what is overdue and not handed over counts as missed, and "
    "what the customer cancelled in time does not count.",
    grain=Grain.ORDER,
    unit=Unit.RATE,
    numerator="orders whose last shipment was handed over by the planned time",
    denominator="orders whose planned ship time has come",
    windows=(Window.DUE, Window.PLACED),
    due=DueKind.SHIPMENT,
    higher_is_better=True,
    source="WERC DC Measures: orders shipped at the planned time",
)
_DELIVERY = FigureDefinition(
    name="on_time_delivery",
    title="On-time delivery",
    area=Area.ON_TIME,
    says="Share of orders delivered by the promised time, last shipment included; "
    "what is overdue and not delivered counts as missed, and what the customer "
    "cancelled in time does not count.",
    grain=Grain.ORDER,
    unit=Unit.RATE,
    numerator="orders whose last shipment was delivered as promised",
    denominator="orders whose promise has come due; of delivered ones, all delivered",
    windows=(Window.DUE, Window.DELIVERED, Window.PLACED),
    higher_is_better=True,
    is_headline=True,
    source="SCOR RL.2.2",
)

FIGURES: tuple[OrderFigure, ...] = (_figure(_SHIPMENT), _figure(_DELIVERY))
