"""Perfect orders: in full, on time, with the right papers, undamaged, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from domain.claims import ClaimKind
from domain.kpi.definitions import Area, DueKind, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import (
    Counts,
    Excluded,
    Observation,
    OrderFigure,
    window_of,
)
from domain.kpi.orders.accuracy import NOT_ACCURACY
from domain.kpi.orders.fill import in_full
from domain.kpi.orders.population import (
    NO_CLAIMS_RECORDED,
    UNKNOWN_QUANTITIES,
    has_unknown_lines,
    no_claims_words,
)
from domain.kpi.promises.keeping import PromiseKeeping, promise_choices
from domain.kpi.promises.otif import wanted_lines
from domain.kpi.question import Question, Window


class PerfectPart(StrEnum):
    """What an order must be to be perfect; it must be all of it."""

    IN_FULL = "in_full"
    ON_TIME = "on_time"
    DOCUMENTS = "right_documents"
    CONDITION = "undamaged"


_DOCUMENTS = frozenset({ClaimKind.WRONG_DOCUMENTS})
_PLACE = frozenset({ClaimKind.WRONG_ADDRESS, ClaimKind.NOT_ARRIVED})
_DAMAGE = frozenset({ClaimKind.DAMAGED, ClaimKind.DAMAGED_PACKAGE})
# Claims that say nothing of what was in the package; any other kind does.
_NOT_CONTENT = NOT_ACCURACY | _DOCUMENTS | _PLACE


def _parts(order: OrderFacts, keeping: PromiseKeeping) -> tuple[bool, ...]:
    """Say of each part, in the order of `PerfectPart`, whether it was met."""
    claims = {one.kind for one in order.errors if not one.inside}
    accepted = not any(
        line.lines_rejected or line.units_rejected for line in order.lines
    )
    return (
        in_full(order) and claims <= _NOT_CONTENT,
        keeping.is_kept(order, order.delivered_at) and not claims & _PLACE,
        not claims & _DOCUMENTS,
        accepted and not claims & _DAMAGE,
    )


def _look(order: OrderFacts, keeping: PromiseKeeping) -> Observation:
    if not order.has_claims_channel:
        return NO_CLAIMS_RECORDED
    excluded = keeping.why_excluded(order)
    if excluded:
        return excluded
    if has_unknown_lines(order):
        return UNKNOWN_QUANTITIES
    if not wanted_lines(order):
        return Excluded("cancelled")
    parts = _parts(order, keeping)
    return Counts(int(all(parts)), 1, parts)


def _observe(orders: Sequence[OrderFacts], question: Question) -> Sequence[Observation]:
    keeping = PromiseKeeping(DueKind.DELIVERY, _window(question), question)
    return [_look(order, keeping) for order in orders]


def _choices(question: Question) -> Mapping[str, str]:
    return promise_choices(DueKind.DELIVERY, _window(question), question)


def _window(question: Question) -> Window:
    return window_of(PERFECT_ORDER_RATE.definition, question)


def _rates(observed: Sequence[Observation]) -> Mapping[str, object]:
    """Give the rate of each part by itself."""
    counted = [one.parts for one in observed if isinstance(one, Counts)]
    if not counted:
        return {}
    return {
        part.value: {
            "numerator": sum(met),
            "denominator": len(counted),
            "rate": sum(met) / len(counted),
        }
        for part, met in zip(PerfectPart, zip(*counted, strict=True), strict=True)
    }


def _unclaimed(orders: Sequence[OrderFacts], _question: Question) -> str | None:
    return no_claims_words(orders)


_WINDOWS = (Window.PLACED, Window.DELIVERED, Window.DUE)
_NEEDS = frozenset({Part.LINES, Part.ERRORS})
_LEFT_OUT = (
    "Orders that the customer cancelled in time, that are not due yet or have no "
    "promise are left out, as are sources that record no claims; one cancelled by us "
    "or overdue is not perfect."
)

PERFECT_ORDER_RATE = OrderFigure(
    definition=FigureDefinition(
        name="perfect_order_rate",
        title="Perfect order rate",
        area=Area.ACCURACY,
        says=(
            "The share of orders that were perfect on every line: all that was "
            "ordered, to the right door by the promise, with the right papers, "
            f"undamaged and accepted. {_LEFT_OUT}"
        ),
        grain=Grain.ORDER,
        unit=Unit.RATE,
        numerator="orders that met all four parts on every line",
        denominator="orders whose promise has come due and whose claims are recorded",
        windows=_WINDOWS,
        needs=_NEEDS,
        higher_is_better=True,
        is_headline=True,
        source="SCOR RL.1.1, perfect order fulfilment",
    ),
    observe=_observe,
    choices=_choices,
    shape=_rates,
    not_measured=_unclaimed,
)
PERFECT_ORDER_INDEX = OrderFigure(
    definition=FigureDefinition(
        name="perfect_order_index",
        title="Perfect order index",
        area=Area.ACCURACY,
        says=(
            "Four shares multiplied: orders in full, on time, with the right papers, "
            "undamaged. It is not the share of perfect orders: it would be that only "
            f"if the four failed independently of each other. {_LEFT_OUT}"
        ),
        grain=Grain.ORDER,
        unit=Unit.INDEX,
        numerator="the share in full x on time x right papers x undamaged",
        denominator="orders whose promise has come due and whose claims are recorded",
        windows=_WINDOWS,
        needs=_NEEDS,
        higher_is_better=True,
        source="APQC measure 101741, perfect order index",
    ),
    observe=_observe,
    choices=_choices,
    shape=_rates,
    not_measured=_unclaimed,
)
FIGURES = (PERFECT_ORDER_RATE, PERFECT_ORDER_INDEX)
