"""What became of each order: shipped in one or more parts, cancelled, wrong, or odd."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.claims import ClaimKind
from domain.kpi.history import HistoryStatus
from simulation.history.demand import Wish, peak_week, wishes
from simulation.history.goods import shortage_of
from simulation.history.journeys import journey, promises
from simulation.history.past_orders import Journey, PastLine, PastOrder
from simulation.history.sites import SITES

_WAITS_FOR_MONEY = 0.05
_CANCELLED = {"customer": 0.018, "payment": 0.008, "fraud": 0.003}
_GIVES_UP_WAITING = 0.4
_NEVER_AUTHORISED = frozenset({"payment", "fraud"})
_SHORT, _REJECTED = 0.004, 0.006
_FOUND_INSIDE, _FOUND_OUTSIDE = 0.008, 0.007
_INSIDE = (ClaimKind.WRONG_ITEM, ClaimKind.MISSING, ClaimKind.EXTRA)
_OUTSIDE = (
    ClaimKind.WRONG_ITEM,
    ClaimKind.MISSING,
    ClaimKind.MISSING,
    ClaimKind.WRONG_DOCUMENTS,
    ClaimKind.DAMAGED,
    ClaimKind.DAMAGED_PACKAGE,
)
# Of so many orders in a row two have a record that cannot be true.
_ODD_EVERY, _LEFT_TOO_EARLY, _WITHOUT_DATE = 431, 97, 251


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """Which weeks are drawn, by which seed."""

    seed: int
    first_day: date
    weeks: int

    def is_peak(self, moment: datetime) -> bool:
        """Say whether a moment is in the busy week."""
        week = (moment.date() - self.first_day).days // 7
        return week == peak_week(self.weeks)


def past_orders(weeks: Weeks) -> Iterator[PastOrder]:
    """Draw every order with all that ever became of it."""
    for place, wish in enumerate(wishes(weeks.seed, weeks.first_day, weeks.weeks)):
        way, end, error = (
            random.Random(f"{weeks.seed}:{what}:{wish.number}")
            for what in ("way", "end", "error")
        )
        order = _cancelled(end, _sent(way, wish, weeks))
        yield _odd(_with_errors(error, order), place)


def _sent(luck: random.Random, wish: Wish, weeks: Weeks) -> PastOrder:
    minutes = luck.uniform(1, 40)
    if luck.random() < _WAITS_FOR_MONEY:
        minutes = luck.uniform(5, 40) * 60
    authorised_at = _after(wish.placed_at, minutes)
    home = SITES[wish.units[0][0]]
    promised = promises(wish, home, authorised_at)
    # Goods of one site that could be promised at once leave it together.
    starts: dict[tuple[str, datetime], Journey] = {}
    lines = []
    for warehouse, sku, units in wish.units:
        allocated_at = _allocated_at(warehouse, sku, _after(authorised_at, 3), weeks)
        key = (warehouse, allocated_at)
        if key not in starts:
            is_peak = weeks.is_peak(allocated_at)
            starts[key] = journey(
                luck, wish, SITES[warehouse], allocated_at, is_peak=is_peak
            )
        shipped = units - (luck.random() < _SHORT)
        rejected = shipped > 0 and luck.random() < _REJECTED
        lines.append(
            PastLine(
                sku=sku,
                ordered=units,
                shipped=shipped,
                journey=list(starts).index(key),
                rejected=int(rejected),
            )
        )
    return PastOrder(
        source=wish.source,
        number=wish.number,
        placed_at=wish.placed_at,
        authorised_at=authorised_at,
        promised_at=promised.promised_at,
        due_ship_at=promised.due_ship_at,
        channel=wish.channel,
        service_level=wish.service_level,
        customer_group=wish.customer_group,
        customer=wish.customer,
        ship_to_zone=wish.ship_to_zone,
        journeys=tuple(starts.values()),
        lines=tuple(lines),
    )


def _allocated_at(
    warehouse: str, sku: str, wanted_at: datetime, weeks: Weeks
) -> datetime:
    """Return when goods could be promised: where they ran out, when they came."""
    shortage = shortage_of(warehouse, sku)
    if shortage is None:
        return wanted_at
    comes_at = shortage.ends_at(weeks.first_day)
    waits = shortage.begins_at(weeks.first_day) <= wanted_at < comes_at
    return comes_at + timedelta(minutes=15) if waits else wanted_at


def _cancelled(luck: random.Random, order: PastOrder) -> PastOrder:
    """Cancel some: before anything left, and before anything was picked."""
    cause = _cancel_cause(luck, order)
    if cause is None:
        return order
    if cause in _NEVER_AUTHORISED:
        order = replace(order, authorised_at=None)
        cancelled_at = _after(order.placed_at, luck.uniform(20, 120) * 60)
    elif cause == "no_stock":
        cancelled_at = _after(order.placed_at, luck.uniform(6, 20) * 60)
    else:
        released_at = order.journeys[0].released_at or order.placed_at
        share = luck.uniform(0.2, 0.9)
        cancelled_at = order.placed_at + share * (released_at - order.placed_at)
    only = order.journeys[0]
    return replace(
        order,
        status=HistoryStatus.CANCELLED,
        cancelled_at=cancelled_at.replace(microsecond=0),
        cancel_cause=cause,
        journeys=(Journey(warehouse=only.warehouse, carrier=""),),
        lines=tuple(
            replace(line, shipped=0, rejected=0, journey=0) for line in order.lines
        ),
    )


def _cancel_cause(luck: random.Random, order: PastOrder) -> str | None:
    start = order.authorised_at or order.placed_at
    waited = [_wait(one, start) for one in order.journeys]
    if min(waited) > timedelta(days=1) and luck.random() < _GIVES_UP_WAITING:
        return "no_stock"
    fate = luck.random()
    for cause, share in _CANCELLED.items():
        if fate < share:
            return cause
        fate -= share
    return None


def _wait(one: Journey, start: datetime) -> timedelta:
    return (one.allocated_at or start) - start


def _with_errors(luck: random.Random, order: PastOrder) -> PastOrder:
    fate, first = luck.random(), order.journeys[0]
    if order.cancelled_at or not first.picked_at or not first.delivered_at:
        return order
    if fate < _FOUND_INSIDE:
        found_at = _after(first.picked_at, luck.uniform(3, 9))
        return _with_error(order, luck.choice(_INSIDE), found_at)
    if fate < _FOUND_INSIDE + _FOUND_OUTSIDE:
        found_at = _after(first.delivered_at, luck.uniform(0.2, 12) * 24 * 60)
        return _with_error(order, luck.choice(_OUTSIDE), found_at)
    return order


def _with_error(order: PastOrder, kind: str, found_at: datetime) -> PastOrder:
    wrong = replace(order.lines[0], error_kind=kind, error_found_at=found_at)
    return replace(order, lines=(wrong, *order.lines[1:]))


def _odd(order: PastOrder, place: int) -> PastOrder:
    """Give a few orders a record that cannot be true, as every real file has them."""
    if order.cancelled_at:
        return order
    journeys = order.journeys
    if place % _ODD_EVERY == _LEFT_TOO_EARLY:
        left_at = order.placed_at - timedelta(hours=4)
        journeys = tuple(replace(one, handed_over_at=left_at) for one in journeys)
    elif place % _ODD_EVERY == _WITHOUT_DATE:
        journeys = tuple(replace(one, delivered_at=None) for one in journeys)
    return replace(order, journeys=journeys)


def _after(moment: datetime, minutes: float) -> datetime:
    return (moment + timedelta(minutes=minutes)).replace(microsecond=0)
