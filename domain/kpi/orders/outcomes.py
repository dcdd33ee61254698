"""Outcomes: orders split, cancelled and sent back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import Counts, Observation, OrderFigure, each
from domain.kpi.orders.causes import CancelCause, cause_of
from domain.kpi.orders.population import (
    NOT_SHIPPED,
    UNKNOWN_QUANTITIES,
    is_cancelled,
    is_shipped,
    placed_in_period,
    units_sent,
    yes_or_no,
)
from domain.kpi.question import Question, Window


def _is_split(order: OrderFacts, _question: Question) -> Observation:
    return yes_or_no(order.shipments > 1) if is_shipped(order) else NOT_SHIPPED


def _sent_back(order: OrderFacts, _question: Question) -> Observation:
    sent = units_sent(order)
    if not sent:
        return UNKNOWN_QUANTITIES
    back = sum(line.units_rejected for line in order.lines)
    return Counts(min(back, sent), sent)


def _cancelled_for(*causes: CancelCause) -> OrderFigure:
    """Make the rate of cancels by some causes; without any, by all of them."""

    def look(order: OrderFacts, _question: Question) -> Observation:
        is_meant = is_cancelled(order) and (
            not causes or cause_of(order.cancel_cause) in causes
        )
        return yes_or_no(is_meant)

    definition = _CANCELS[causes]
    return OrderFigure(
        definition=definition,
        observe=each(look),
        details=_by_cause if not causes else lambda _orders, _question: {},
    )


def _by_cause(orders: Sequence[OrderFacts], question: Question) -> Mapping[str, object]:
    """Count the cancelled orders by cause."""
    found = Counter(
        cause_of(order.cancel_cause)
        for order in placed_in_period(orders, question)
        if is_cancelled(order)
    )
    return {"orders_by_cause": {cause.value: found[cause] for cause in CancelCause}}


def _cancel_definition(name: str, title: str, why: str) -> FigureDefinition:
    return FigureDefinition(
        name=name,
        title=title,
        area=Area.OUTCOME,
        says=f"The share of placed orders that were cancelled{why}. An order that "
        "was refused when it was checked is placed but not cancelled.",
        grain=Grain.ORDER,
        unit=Unit.RATE,
        numerator=f"orders cancelled{why}",
        denominator="orders placed",
        windows=(Window.PLACED,),
        higher_is_better=False,
    )


_OTHER = (CancelCause.DUPLICATE, CancelCause.OTHER)
_CANCELS: Mapping[tuple[CancelCause, ...], FigureDefinition] = {
    (): _cancel_definition("cancel_rate", "Cancel rate", ", for whatever cause"),
    (CancelCause.CUSTOMER,): _cancel_definition(
        "cancel_rate_customer",
        "Cancel rate, by the customer",
        " by the customer, or because the customer did not mend wrong details",
    ),
    (CancelCause.NO_STOCK,): _cancel_definition(
        "cancel_rate_no_stock",
        "Cancel rate, no stock",
        " because goods were missing",
    ),
    (CancelCause.PAYMENT,): _cancel_definition(
        "cancel_rate_payment",
        "Cancel rate, payment",
        " because the payment did not come",
    ),
    (CancelCause.FRAUD,): _cancel_definition(
        "cancel_rate_fraud", "Cancel rate, fraud", " because fraud was suspected"
    ),
    _OTHER: _cancel_definition(
        "cancel_rate_other",
        "Cancel rate, other causes",
        " as duplicates, for other causes or without one",
    ),
}

SPLIT_RATE = OrderFigure(
    definition=FigureDefinition(
        name="split_rate",
        title="Split rate",
        area=Area.OUTCOME,
        says=(
            "The share of shipped orders that go in more than one shipment; cancelled "
            "shipments do not count, shipments still to leave do."
        ),
        grain=Grain.ORDER,
        unit=Unit.RATE,
        numerator="orders with more than one shipment",
        denominator="orders of which at least one shipment has left",
        windows=(Window.PLACED, Window.DELIVERED),
        higher_is_better=False,
    ),
    observe=each(_is_split),
)
RETURN_RATE = OrderFigure(
    definition=FigureDefinition(
        name="return_rate",
        title="Return rate",
        area=Area.OUTCOME,
        says=(
            "The share of delivered units that customers sent back or refused at the "
            "door, by when their order was delivered, not by when they came back; "
            "what was delivered lately may still come back."
        ),
        grain=Grain.UNIT,
        unit=Unit.RATE,
        numerator="units sent back or refused",
        denominator="units sent of orders delivered",
        windows=(Window.DELIVERED,),
        needs=frozenset({Part.LINES}),
        higher_is_better=False,
    ),
    observe=each(_sent_back),
)
FIGURES = (
    SPLIT_RATE,
    _cancelled_for(),
    _cancelled_for(CancelCause.CUSTOMER),
    _cancelled_for(CancelCause.NO_STOCK),
    _cancelled_for(CancelCause.PAYMENT),
    _cancelled_for(CancelCause.FRAUD),
    _cancelled_for(*_OTHER),
    RETURN_RATE,
)
