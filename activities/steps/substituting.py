"""Substitutes: another article is sent where the ordered one is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select

from activities.steps.order_lines import Owed, StoredLine, owed_of
from activities.steps.order_step import OrderStep
from activities.steps.sourcing import allocate
from activities.steps.substitute_prices import settle_price
from domain.events import EventKind
from domain.policy import SubstituteMode
from domain.stock.movements import SELLABLE
from domain.stock.sourcing import LineDemand
from messages.order_state import ShipmentState
from persistence.tables import (
    location,
    order_demand,
    order_line,
    product_substitute,
    stock_level,
)

_SUBSTITUTES = (
    select(product_substitute.c.sku, product_substitute.c.substitute_sku)
    .where(product_substitute.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(
        product_substitute.c.sku,
        product_substitute.c.position,
        product_substitute.c.substitute_sku,
    )
)
_FREE = (
    select(
        func.sum(
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        )
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(
        stock_level.c.sku == bindparam("sku"),
        location.c.kind.in_(sorted(SELLABLE)),
        location.c.warehouse_id == bindparam("warehouse_id"),
    )
)


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where a substitute may come from; the first one opens the shipment."""

    carrier: str
    warehouse_id: str
    into: ShipmentState | None


def skus_instead_of(step: OrderStep, skus: Iterable[str]) -> set[str]:
    """Return these articles and all that might be sent instead of them."""
    wanted = set(skus)
    if not _may_substitute(step):
        return wanted
    return wanted | {instead for _, instead in _substitutes_of(step, wanted)}


def substitute(
    step: OrderStep,
    owed: Owed,
    carrier: str,
    *,
    warehouse_id: str,
    into: ShipmentState | None,
) -> Owed:
    """Send other articles where the order and the policy allow it; return the rest.

    All from one warehouse, into its shipment if it has one, else into a new one.

    A substitute is never substituted again, and a bundle stays what it is.
    """
    if not _may_substitute(step):
        return owed
    place = _Place(carrier=carrier, warehouse_id=warehouse_id, into=into)
    candidates = _substitutes_of(step, {sku for _, sku in owed})
    left = Owed(owed)
    for key in sorted(owed):
        line_no, sku = key
        if not _is_plain(step, line_no, sku):
            continue
        for instead in [other for own, other in candidates if own == sku]:
            if left[key]:
                left[key] -= _send_instead(step, line_no, instead, left[key], place)
    return +left


def _may_substitute(step: OrderStep) -> bool:
    agreed = step.order.accepts_substitutes
    match step.policy.stock.substitutes:
        case SubstituteMode.OFF:
            return False
        case SubstituteMode.WITH_CONSENT:
            return agreed is True
        case SubstituteMode.ALLOWED:
            return agreed is not False


def _substitutes_of(step: OrderStep, skus: set[str]) -> list[tuple[str, str]]:
    rows = step.connection.execute(_SUBSTITUTES, {"skus": sorted(skus)})
    return [(row.sku, row.substitute_sku) for row in rows]


def _is_plain(step: OrderStep, line_no: int, sku: str) -> bool:
    line = _line(step, line_no)
    return line.substitutes_line_no is None and step.parts[line_no] == ((sku, 1),)


def _line(step: OrderStep, line_no: int) -> StoredLine:
    return next(line for line in step.lines if line.line_no == line_no)


def _send_instead(
    step: OrderStep, line_no: int, instead: str, wanted: int, place: _Place
) -> int:
    """Send a substitute for units of a line; return how many there were."""
    asked = {"sku": instead, "warehouse_id": place.warehouse_id}
    free = step.connection.execute(_FREE, asked).scalar_one() or 0
    units = min(wanted, int(free))
    if not units:
        return 0
    ordered = _line(step, line_no)
    sent = _line_of(step, line_no, instead) or _add_line(step, ordered, instead)
    plan = allocate(
        step,
        [LineDemand(line_no=sent.line_no, units=units, parts=((instead, 1),))],
        place.carrier,
        warehouse_ids=frozenset({place.warehouse_id}),
        into=place.into,
    )
    if plan.allocations and place.into is None:
        place.into = step.state.shipments[-1]
    units -= owed_of(plan.missing).total()
    if not units:
        _forget_if_new(step, sent)
        return 0
    settle_price(step, ordered, sent, units)
    step.record(
        EventKind.SUBSTITUTED,
        place.into.shipment_id if place.into else None,
        line_no=line_no,
        sku=ordered.sku,
        substitute_sku=instead,
        quantity=units,
    )
    return units


def _line_of(step: OrderStep, line_no: int, sku: str) -> StoredLine | None:
    """Return the line by which an article goes instead of another line's already."""
    return next(
        (
            line
            for line in step.lines
            if (line.substitutes_line_no, line.sku) == (line_no, sku) and line.wanted
        ),
        None,
    )


def _add_line(step: OrderStep, ordered: StoredLine, sku: str) -> StoredLine:
    """Add a line for units that are still to be allocated."""
    new = StoredLine(
        line_no=max(line.line_no for line in step.lines) + 1,
        ordered_sku=sku,
        sku=sku,
        quantity=0,
        cancelled_quantity=0,
        unit_price=None,
        discount=None,
        substitutes_line_no=ordered.line_no,
    )
    key = {"order_id": step.order_id, "line_no": new.line_no}
    step.connection.execute(
        insert(order_line),
        {
            **key,
            "ordered_sku": sku,
            "sku": sku,
            "quantity": 1,
            "cancelled_quantity": 0,
            "substitutes_line_no": ordered.line_no,
        },
    )
    step.connection.execute(
        insert(order_demand), {**key, "sku": sku, "quantity_per_unit": 1}
    )
    step.state.lines += 1
    step.forget_stored()
    return new


def _forget_if_new(step: OrderStep, sent: StoredLine) -> None:
    """Take back a line of which nothing could be allocated after all."""
    if sent.quantity:
        return
    for table in (order_demand, order_line):
        step.connection.execute(
            delete(table).where(
                table.c.order_id == step.order_id, table.c.line_no == sent.line_no
            )
        )
    step.state.lines -= 1
    step.forget_stored()
