"""What is reserved for an order: taken first, and passed on when it is of no use."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, bindparam, select, update

from activities.steps.order_step import OrderStep
from activities.steps.sourcing import allocate
from domain.stock.movements import MovementKind
from domain.stock.reservations import SOFT, ReservationKind, ReservationStatus
from domain.stock.sourcing import LineDemand, SourcingPlan
from persistence.reservations import (
    KeptLine,
    close_reservations,
    lock_levels,
    lock_levels_of,
    set_lines,
)
from persistence.sharing import Supply, share_out
from persistence.stock import Movement, apply_movements, record_movements
from persistence.tables import reservation, reservation_line
from persistence.waiting_line import lock_lines, words_of

_OPEN_LINES = (
    select(
        reservation_line.c.reservation_line_id,
        reservation_line.c.reservation_id,
        reservation_line.c.stock_level_id,
        reservation_line.c.sku,
        reservation_line.c.quantity,
        reservation.c.reference,
        reservation.c.explanation,
    )
    .join(
        reservation, reservation.c.reservation_id == reservation_line.c.reservation_id
    )
    .where(
        reservation.c.status == ReservationStatus.OPEN, reservation_line.c.quantity > 0
    )
    .order_by(reservation_line.c.stock_level_id, reservation_line.c.reservation_line_id)
)
_SHARES = _OPEN_LINES.where(
    reservation.c.order_id == bindparam("asked_for"),
    reservation.c.kind == ReservationKind.BACKORDER,
)
_SOFT_ONE = _OPEN_LINES.where(
    reservation.c.reservation_id == bindparam("asked_for"),
    reservation.c.kind.in_(sorted(SOFT)),
)
_NAME_ORDER = (
    update(reservation)
    .where(reservation.c.reservation_id == bindparam("id"))
    .values(order_id=bindparam("for_order"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine(KeptLine):
    """Units reserved for this order at a level, and why."""

    reference: str | None
    explanation: dict[str, object] | None


def shares_of(step: OrderStep) -> list[OwnLine]:
    """Return what came in for the order's backorders and is kept for it."""
    return _read(step, _SHARES, step.order_id)


def allocate_with_shares(
    step: OrderStep, demands: Sequence[LineDemand], carrier: str
) -> tuple[SourcingPlan, str | None]:
    """Allocate from what is kept for the order and what is free; pass the rest on.

    Returns the plan, and the reason why the order was given its shares, if any.
    """
    own = shares_of(step)
    if not own:
        return allocate(step, demands, carrier), None
    _line_up(step, demands, own)
    plan, left = _allocate(step, demands, carrier, own)
    # What is left was never given to anybody else: the levels are ours till the end.
    apply_movements(step.connection, [_reserved(one, one.quantity) for one in left])
    reason = "; ".join(
        dict.fromkeys(words_of(one.explanation) for one in own if one.explanation)
    )
    unused = {one.reservation_id for one in left}
    used = {one.reservation_id for one in own} - unused
    now = step.why.recorded_at
    close_reservations(step.connection, used, ReservationStatus.USED, now)
    _pass_on(step, left)
    return plan, reason


def allocate_with_reservation(
    step: OrderStep, demands: Sequence[LineDemand], carrier: str
) -> SourcingPlan:
    """Allocate from the reservation the order came with first; free its rest.

    One that is unknown, or has expired, is none.
    """
    named = step.order.reservation_id
    own = _read(step, _SOFT_ONE, named) if named else []
    if own:
        _line_up(step, demands, own)
        # Its time may have come while the levels were waited for.
        own = _read(step, _SOFT_ONE, named)
    if not own:
        return allocate(step, demands, carrier)
    plan, left = _allocate(step, demands, carrier, own)
    why = step.movement_cause()
    freed = [_reserved(one, -one.quantity, MovementKind.RELEASED) for one in left]
    record_movements(step.connection, freed, why)
    step.free_levels(one.stock_level_id for one in left)
    set_lines(step.connection, {one.reservation_line_id: 0 for one in left})
    used = ReservationStatus.USED
    close_reservations(step.connection, [named], used, step.why.recorded_at)
    step.connection.execute(_NAME_ORDER, {"id": named, "for_order": step.order_id})
    return plan


def pass_shares_on(step: OrderStep) -> None:
    """Give what is kept for the order to those behind it: it has no use for it."""
    own = shares_of(step)
    if own:
        lock_levels(step.connection, [one.stock_level_id for one in own])
        _pass_on(step, own)


def _line_up(
    step: OrderStep, demands: Sequence[LineDemand], own: Iterable[OwnLine]
) -> None:
    """Wait in key order for every level that the step may come to change."""
    skus = {sku for demand in demands for sku, _ in demand.parts}
    lock_levels_of(step.connection, skus | {one.sku for one in own})


def _allocate(
    step: OrderStep,
    demands: Sequence[LineDemand],
    carrier: str,
    own: Sequence[OwnLine],
) -> tuple[SourcingPlan, list[OwnLine]]:
    """Allocate as if the own units were free; return what was not taken of them.

    The counters hold the own units no more, and nobody else can take them: the levels
    are this transaction's own.
    """
    apply_movements(step.connection, [_reserved(one, -one.quantity) for one in own])
    plan = allocate(step, demands, carrier)
    taken: Counter[int] = Counter()
    for planned in plan.allocations:
        taken[planned.stock.stock_level_id] += planned.quantity
    used: list[Movement] = []
    left: list[OwnLine] = []
    still: dict[int, int] = {}
    for one in own:
        units = min(one.quantity, taken[one.stock_level_id])
        taken[one.stock_level_id] -= units
        still[one.reservation_line_id] = one.quantity - units
        if units:
            used.append(_reserved(one, -units))
        if units < one.quantity:
            left.append(replace(one, quantity=one.quantity - units))
    set_lines(step.connection, still)
    record_movements(step.connection, used, step.movement_cause())
    return plan, left


def _pass_on(step: OrderStep, left: Sequence[OwnLine]) -> None:
    if not left:
        return
    connection, now = step.connection, step.why.recorded_at
    ids = {one.reservation_id for one in left}
    close_reservations(connection, ids, ReservationStatus.RELEASED, now)
    set_lines(connection, {one.reservation_line_id: 0 for one in left})
    lock_lines(connection, {one.sku for one in left})
    supplies: dict[tuple[str, str], list[OwnLine]] = defaultdict(list)
    for one in left:
        named = str((one.explanation or {}).get("receipt", "free stock"))
        supplies[one.reference or step.why.cause, named].append(one)
    for (reference, named), lines in sorted(supplies.items()):
        supply = Supply(
            reference=reference,
            named=named,
            at=now,
            not_for=step.order_id,
            passed_on_by=step.order_id,
        )
        share_out(connection, lines, supply, step.movement_cause())


def _reserved(
    one: OwnLine, change: int, kind: MovementKind = MovementKind.ALLOCATED
) -> Movement:
    return Movement(stock_level_id=one.stock_level_id, kind=kind, reserved=change)


def _read(
    step: OrderStep, query: Select[tuple[object, ...]], asked_for: str
) -> list[OwnLine]:
    rows = step.connection.execute(query, {"asked_for": asked_for})
    return [OwnLine(**row._mapping) for row in rows]
