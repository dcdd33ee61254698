"""Customers: whether they come back, as a stand-in for what they think."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts
from domain.kpi.measuring import Excluded, Observation, OrderFigure
from domain.kpi.orders.population import is_cancelled, yes_or_no
from domain.kpi.question import Question, Window

_FURTHER = Excluded("further_order_of_customer")


def _observe(
    orders: Sequence[OrderFacts], _question: Question
) -> Sequence[Observation]:
    """Count each customer once, with the first of their orders."""
    refused = [_why_not(order) for order in orders]
    found: Counter[str | None] = Counter()
    first: dict[str | None, OrderFacts] = {}
    for order, why in zip(orders, refused, strict=True):
        if why:
            continue
        found[order.customer] += 1
        known = first.setdefault(order.customer, order)
        if _place(order) < _place(known):
            first[order.customer] = order
    return [
        why
        or (
            yes_or_no(found[order.customer] > 1)
            if first[order.customer] is order
            else _FURTHER
        )
        for order, why in zip(orders, refused, strict=True)
    ]


def _why_not(order: OrderFacts) -> Excluded | None:
    if order.rejected_at:
        return Excluded("rejected")
    if is_cancelled(order):
        return Excluded("cancelled")
    return None if order.customer else Excluded("no_customer")


def _place(order: OrderFacts) -> tuple[float, str]:
    return order.placed_at.timestamp(), order.order_id


REPEAT_ORDER_RATE = OrderFigure(
    definition=FigureDefinition(
        name="repeat_order_rate",
        title="Repeat order rate",
        area=Area.OUTCOME,
        says=(
            "The share of customers who ordered more than once in the period. It "
            "stands for their satisfaction, which nobody asks them about: those who "
            "come back were content enough. Cancelled orders do not count, nor do "
            "orders whose customer is not known."
        ),
        grain=Grain.CUSTOMER,
        unit=Unit.RATE,
        numerator="customers with more than one order in the period",
        denominator="customers with an order in the period",
        windows=(Window.PLACED,),
        higher_is_better=True,
    ),
    observe=_observe,
)
FIGURES = (REPEAT_ORDER_RATE,)
