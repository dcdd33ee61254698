"""Accuracy: whether customers got what they ordered, by errors found in and outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.claims import ClaimKind
from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import FoundError, OrderFacts, Part
from domain.kpi.measuring import Counts, Excluded, Observation, OrderFigure, each
from domain.kpi.orders.population import (
    NO_CLAIMS_RECORDED,
    NOT_SHIPPED,
    UNKNOWN_QUANTITIES,
    counted_in,
    is_shipped,
    lines_sent,
    no_claims_words,
    units_sent,
    yes_or_no,
)
from domain.kpi.question import Question, Window

# These are about the way and the goods, not about what was put into the package.
NOT_ACCURACY = frozenset(
    {
        ClaimKind.DAMAGED,
        ClaimKind.DAMAGED_PACKAGE,
        ClaimKind.LATE,
        ClaimKind.NOT_ARRIVED,
    }
)
_WINDOWS = (Window.PLACED, Window.DELIVERED)
_NO_PACK_RECORDED = Excluded("no_pack_recorded")


def errors_inside(order: OrderFacts) -> list[FoundError]:
    """Return the accuracy errors found before the goods left."""
    return [one for one in order.errors if one.inside and one.kind not in NOT_ACCURACY]


def errors_outside(order: OrderFacts) -> list[FoundError]:
    """Return the accuracy errors that customers found."""
    return [
        one for one in order.errors if not one.inside and one.kind not in NOT_ACCURACY
    ]


def _why_unchecked(order: OrderFacts) -> Excluded | None:
    """Say why nothing can be said about errors found inside."""
    if not is_shipped(order):
        return NOT_SHIPPED
    if order.is_imported and order.packed_at is None and not errors_inside(order):
        return _NO_PACK_RECORDED
    return None


def _right_inside(order: OrderFacts, _question: Question) -> Observation:
    return _why_unchecked(order) or yes_or_no(not errors_inside(order))


def _right_outside(order: OrderFacts, _question: Question) -> Observation:
    if not is_shipped(order):
        return NOT_SHIPPED
    if not order.has_claims_channel:
        return NO_CLAIMS_RECORDED
    return yes_or_no(not errors_outside(order))


def _right_lines(order: OrderFacts, _question: Question) -> Observation:
    picked = lines_sent(order)
    found = errors_inside(order)
    named = {one.line_no for one in found if one.line_no is not None}
    wrong = len(named) + sum(1 for one in found if one.line_no is None)
    return _why_unchecked(order) or _right(picked, wrong)


def _right_units(order: OrderFacts, _question: Question) -> Observation:
    picked = units_sent(order)
    wrong = sum(one.units or 1 for one in errors_inside(order))
    return _why_unchecked(order) or _right(picked, wrong)


def _right(picked: int, wrong: int) -> Observation:
    if not picked:
        return UNKNOWN_QUANTITIES
    return Counts(max(picked - wrong, 0), picked)


def _maturity(orders: Sequence[OrderFacts], question: Question) -> Mapping[str, object]:
    """Say until when claims may still change the rate.

    The time runs from the delivery, or from the hand-over where none is recorded.
    """
    days = question.terms.claim_maturity_days
    mature_since = question.as_of - timedelta(days=days)
    young = [order for order in orders if _left_at(order) > mature_since]
    counted = [order for order, _ in counted_in(ORDER_ACCURACY, young, question)]
    mature_on = None
    if counted:
        last = max(map(_left_at, counted)) + timedelta(days=days)
        mature_on = last.astimezone(ZoneInfo(question.period.zone)).date().isoformat()
    return {
        "provisional": bool(counted),
        "young_orders": len(counted),
        "mature_on": mature_on,
        "claim_maturity_days": days,
    }


def _left_at(order: OrderFacts) -> datetime:
    return (
        order.delivered_at
        or order.handed_over_at
        or order.first_handed_over_at
        or order.placed_at
    )


def _unclaimed(orders: Sequence[OrderFacts], _question: Question) -> str | None:
    return no_claims_words(orders)


def _found_kinds(
    orders: Sequence[OrderFacts], question: Question
) -> Mapping[str, object]:
    """Count the orders by the kind of error that was found inside."""
    kinds: dict[str, int] = {}
    wrong = [order for order in orders if errors_inside(order)]
    for order, _ in counted_in(ORDER_ACCURACY_INSIDE, wrong, question):
        for kind in {one.kind for one in errors_inside(order)}:
            kinds[kind] = kinds.get(kind, 0) + 1
    return {"orders_by_error": dict(sorted(kinds.items()))}


ORDER_ACCURACY_INSIDE = OrderFigure(
    definition=FigureDefinition(
        name="order_accuracy_inside",
        title="Order accuracy, found inside",
        area=Area.ACCURACY,
        says=(
            "The share of shipped orders in which the pack check found no wrong item, "
            "quantity, lot or paper before the goods left; an error of unknown kind "
            "counts, damaged goods do not."
        ),
        grain=Grain.ORDER,
        unit=Unit.RATE,
        numerator="orders shipped in which no error was found inside",
        denominator="orders of which at least one shipment has left",
        windows=_WINDOWS,
        needs=frozenset({Part.STAGES, Part.ERRORS}),
        higher_is_better=True,
    ),
    observe=each(_right_inside),
    details=_found_kinds,
)
ORDER_ACCURACY = OrderFigure(
    definition=FigureDefinition(
        name="order_accuracy",
        title="Order accuracy",
        area=Area.ACCURACY,
        says=(
            "The share of shipped orders for which no customer has claimed a wrong "
            "item, quantity, lot, address or paper; a claim of unknown kind counts; "
            "late, lost and damaged parcels are other figures. Orders of sources that "
            "record no claims are left out."
        ),
        grain=Grain.ORDER,
        unit=Unit.RATE,
        numerator="orders shipped without such a claim",
        denominator="orders of which at least one shipment has left, where claims are "
        "recorded",
        windows=_WINDOWS,
        needs=frozenset({Part.ERRORS}),
        higher_is_better=True,
        is_headline=True,
    ),
    observe=each(_right_outside),
    details=_maturity,
    not_measured=_unclaimed,
)
PICK_ACCURACY_LINES = OrderFigure(
    definition=FigureDefinition(
        name="pick_accuracy_lines",
        title="Pick accuracy by line",
        area=Area.ACCURACY,
        says=(
            "The share of picked lines in which the pack check found no error; an "
            "error that names no line counts as one line."
        ),
        grain=Grain.LINE,
        unit=Unit.RATE,
        numerator="lines sent in which no error was found inside",
        denominator="lines sent, in whole or in part, of orders shipped",
        windows=_WINDOWS,
        needs=frozenset({Part.STAGES, Part.LINES, Part.ERRORS}),
        higher_is_better=True,
    ),
    observe=each(_right_lines),
)
PICK_ACCURACY_UNITS = OrderFigure(
    definition=FigureDefinition(
        name="pick_accuracy_units",
        title="Pick accuracy by unit",
        area=Area.ACCURACY,
        says=(
            "The share of picked units in which the pack check found no error; an "
            "error whose units nobody counted is one unit."
        ),
        grain=Grain.UNIT,
        unit=Unit.RATE,
        numerator="units sent less the units found wrong inside",
        denominator="units sent of orders shipped",
        windows=_WINDOWS,
        needs=frozenset({Part.STAGES, Part.LINES, Part.ERRORS}),
        higher_is_better=True,
    ),
    observe=each(_right_units),
)
FIGURES = (
    ORDER_ACCURACY,
    ORDER_ACCURACY_INSIDE,
    PICK_ACCURACY_LINES,
    PICK_ACCURACY_UNITS,
)
