"""Order cycle time: how long orders take until they are at the door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kpi.definitions import Area, FigureDefinition, Grain, Unit
from domain.kpi.facts import OrderFacts, Part
from domain.kpi.measuring import (
    SECONDS_PER_HOUR,
    Observation,
    OrderFigure,
    Took,
    window_of,
)
from domain.kpi.question import Question
from domain.kpi.statistics import histogram
from domain.kpi.times.stage_figures import STAGE_FIGURES
from domain.kpi.times.stages import StageTime
from domain.kpi.times.survival import Lifetime, survival_curve, time_until
from domain.kpi.times.timing import (
    BUSINESS,
    ELAPSED,
    WINDOW_WORDS,
    WINDOWS,
    ClockKind,
    Timing,
    observed,
    why_left_out,
)
from domain.kpi.times.waits import Clock, seconds_within, waited_for_customer

# Of a histogram's bins, in hours.
_WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 12.0, 24.0, 48.0, 96.0, 168.0)
_HEADLINE = "order_cycle_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """One way to measure the whole of an order."""

    name: str
    title: str
    says: str
    stops: str
    wait: str
    timing: Timing
    source: str | None = None
    needs: frozenset[Part] = frozenset()


def _until(order: OrderFacts, end: datetime | None, clock: Clock) -> StageTime | None:
    if end is None:
        return None
    return StageTime(clock(order.placed_at, end), end < order.placed_at)


def _until_delivered(order: OrderFacts, clock: Clock) -> StageTime | None:
    return _until(order, order.delivered_at, clock)


def _until_first_delivered(order: OrderFacts, clock: Clock) -> StageTime | None:
    return _until(order, order.first_delivered_at, clock)


def _net(order: OrderFacts, clock: Clock) -> StageTime | None:
    whole = _until(order, order.delivered_at, clock)
    if whole is None or order.delivered_at is None or not order.waits:
        return whole
    start, end = order.placed_at, order.delivered_at
    waited = seconds_within(waited_for_customer(order), start, end, clock)
    return StageTime(whole.seconds - waited, whole.is_backward)


_LAST_DELIVERED = "its last shipment is delivered"
_WAIT_STAYS = "counts like any other time"
_GROSS = _Span(
    name=_HEADLINE,
    title="Order cycle time",
    says="Time{clock} from placing an order until its last shipment is delivered, "
    "waits included; cancelled and rejected orders do not count.",
    stops=_LAST_DELIVERED,
    wait=_WAIT_STAYS,
    timing=_until_delivered,
    source="SCOR RS.1.1, gross",
)
_NET = _Span(
    name="order_cycle_time_net",
    title="Order cycle time without the customer's waits",
    says="Time{clock} from placing an order until its last shipment is delivered, "
    "less the time in which the next step was the customer's; cancelled and rejected "
    "orders do not count.",
    stops=_LAST_DELIVERED,
    wait="taken out: holds for payment, email, phone or address, and questions to the "
    "customer about missing goods; what overlaps is taken out once",
    timing=_net,
    source="SCOR RS.1.1, net of dwell time",
    needs=frozenset({Part.WAITS}),
)
_FIRST_PARCEL = _Span(
    name="first_parcel_time",
    title="Time to the first parcel",
    says="Time{clock} from placing an order until the first of its shipments is "
    "delivered; cancelled and rejected orders do not count.",
    stops="its first shipment is delivered",
    wait=_WAIT_STAYS,
    timing=_until_first_delivered,
)


def _figure(span: _Span, clock: ClockKind) -> OrderFigure:
    definition = FigureDefinition(
        name=f"{span.name}{clock.suffix}",
        title=f"{span.title}{clock.title}",
        area=Area.TIME,
        says=span.says.format(clock=clock.says),
        grain=Grain.ORDER,
        unit=Unit.HOURS,
        clock_starts="the order is placed",
        clock_stops=span.stops,
        denominator="delivered orders that were not cancelled",
        windows=WINDOWS,
        needs=span.needs,
        higher_is_better=False,
        is_headline=f"{span.name}{clock.suffix}" == _HEADLINE,
        source=span.source,
    )

    def choices(question: Question) -> dict[str, str]:
        return {
            "window": WINDOW_WORDS[window_of(definition, question)],
            "clock": clock.choice,
            "customer_wait": span.wait,
        }

    return OrderFigure(
        definition=definition,
        observe=observed(span.timing, clock),
        choices=choices,
        details=_censored if definition.is_headline else _nothing,
        shape=_distribution,
    )


def _nothing(_orders: Sequence[OrderFacts], _question: Question) -> dict[str, object]:
    return {}


def _distribution(looks: Sequence[Observation]) -> Mapping[str, object]:
    hours = [one.seconds / SECONDS_PER_HOUR for one in looks if isinstance(one, Took)]
    if not hours:
        return {}
    found = histogram(hours, _WIDTHS)
    edges, counts = list(found.edges), list(found.counts)
    return {"distribution": {"edges": edges, "counts": counts}}


def _censored(orders: Sequence[OrderFacts], question: Question) -> Mapping[str, object]:
    """Tell of the orders placed in the period, those still on their way included."""
    starts_at, ends_at = question.period.starts_at, question.period.ends_at
    lifetimes: list[Lifetime] = []
    left_out: Counter[str] = Counter()
    for order in orders:
        if starts_at <= order.placed_at < ends_at:
            found = _lifetime(order, question.as_of)
            if isinstance(found, Lifetime):
                lifetimes.append(found)
            else:
                left_out[found] += 1
    curve = survival_curve(lifetimes)
    delivered = sum(one.is_over for one in lifetimes)
    told = {
        "p50": time_until(curve, 0.50),
        "p90": time_until(curve, 0.90),
        "delivered": delivered,
        "open": len(lifetimes) - delivered,
        "left_out": dict(sorted(left_out.items())),
        "says": "Hours of the orders placed in the period; an order still on its way "
        "counts as one that takes longer than it has so far (Kaplan-Meier).",
    }
    return {"censored": told}


def _lifetime(order: OrderFacts, as_of: datetime) -> Lifetime | str:
    """Return how long it has taken until now, or why nobody can say."""
    until = order.delivered_at or as_of
    hours = (until - order.placed_at).total_seconds() / SECONDS_PER_HOUR
    reason = why_left_out(order) or ("negative" if hours < 0 else None)
    return reason or Lifetime(hours, order.delivered_at is not None)


FIGURES: tuple[OrderFigure, ...] = (
    _figure(_GROSS, ELAPSED),
    _figure(_GROSS, BUSINESS),
    _figure(_NET, ELAPSED),
    _figure(_NET, BUSINESS),
    _figure(_FIRST_PARCEL, ELAPSED),
    *STAGE_FIGURES,
)
