"""Cost: what fulfilling an order costs, by the shop's rates; freight is apart."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import Counts, Excluded, Observation, OrderFigure, each
from domain.kpi.orders.population import (
    NOT_SHIPPED,
    UNKNOWN_QUANTITIES,
    has_unknown_lines,
    is_shipped,
    lines_sent,
)
from domain.kpi.question import CostRates, Question, Window

_WINDOWS = (Window.PLACED, Window.DELIVERED)
NO_RATES = (
    "no cost rate is set: set labour, material or fixed costs under `[cost]` of the "
    "KPI file"
)


def fixed_cost(question: Question) -> float:
    """Return the fixed costs of the days of the period that have begun.

    A day bears the share that it is of its month.
    """
    rate = question.terms.cost.fixed_per_month
    if rate is None:
        return 0.0
    today = question.as_of.astimezone(ZoneInfo(question.period.zone)).date()
    days = Counter(
        (day.year, day.month) for day in question.period.each_day() if day <= today
    )
    months = sum(count / monthrange(*month)[1] for month, count in days.items())
    return float(rate) * months


def _cost(orders: Sequence[OrderFacts], question: Question) -> Sequence[Observation]:
    shipped = sum(1 for order in orders if is_shipped(order))
    # A group has its own orders only, and cannot tell which share it should bear.
    fixed = 0.0 if question.group_by else fixed_cost(question)
    share = fixed / shipped if shipped else 0.0
    return [_cost_of(order, question.terms.cost, share) for order in orders]


def _cost_of(order: OrderFacts, rates: CostRates, share: float) -> Observation:
    if not is_shipped(order):
        return NOT_SHIPPED
    if rates.labour_per_line is not None and has_unknown_lines(order):
        return UNKNOWN_QUANTITIES
    own = (
        (rates.labour_per_order, 1),
        (rates.labour_per_line, lines_sent(order)),
        (rates.material_per_shipment, max(order.shipments, 1)),
    )
    return Counts(
        share + sum(float(rate) * count for rate, count in own if rate is not None), 1
    )


def _choices(question: Question) -> Mapping[str, str]:
    """Tell each rate, and what becomes of fixed costs."""
    rates, currency = question.terms.cost, question.terms.currency
    told = {
        "labour_per_order": rates.labour_per_order,
        "labour_per_line": rates.labour_per_line,
        "material_per_shipment": rates.material_per_shipment,
        "fixed_per_month": rates.fixed_per_month,
    }
    words = {
        name: "not set" if rate is None else f"{rate} {currency}"
        for name, rate in told.items()
    }
    if question.group_by and rates.fixed_per_month is not None:
        words["fixed_per_month"] += "; left out of groups"
    return words


def _without_rates(_orders: Sequence[OrderFacts], question: Question) -> str | None:
    rates = question.terms.cost
    if rates == CostRates():
        return NO_RATES
    if question.group_by and replace(rates, fixed_per_month=None) == CostRates():
        return "only fixed costs are set, and a group bears none of them"
    return None


def _freight(order: OrderFacts, _question: Question) -> Observation:
    if not is_shipped(order):
        return NOT_SHIPPED
    if order.freight is None:
        return Excluded("no_freight_known")
    return Counts(order.freight, 1)


COST_PER_ORDER = OrderFigure(
    definition=FigureDefinition(
        name="cost_per_order",
        title="Cost per order",
        area=Area.COST,
        says=(
            "What a shipped order costs in labour, in packing material and as its "
            "share of the fixed costs of the days of the period so far, by the rates "
            "of the shop. Freight is not in it: it stands apart."
        ),
        grain=Grain.ORDER,
        unit=Unit.MONEY,
        numerator="labour for each order and line sent, material for each shipment, "
        "fixed costs of the period",
        denominator="orders of which at least one shipment has left",
        windows=_WINDOWS,
        needs=frozenset({Part.LINES}),
    ),
    observe=_cost,
    choices=_choices,
    not_measured=_without_rates,
)
FREIGHT_PER_ORDER = OrderFigure(
    definition=FigureDefinition(
        name="freight_per_order",
        title="Freight per order",
        area=Area.COST,
        says=(
            "What the labels of a shipped order cost on average; orders whose labels "
            "were not bought here are left out."
        ),
        grain=Grain.ORDER,
        unit=Unit.MONEY,
        numerator="cost of the labels bought here",
        denominator="orders shipped with labels bought here",
        windows=_WINDOWS,
        needs=frozenset({Part.FREIGHT}),
    ),
    observe=each(_freight),
)
FIGURES = (COST_PER_ORDER, FREIGHT_PER_ORDER)
