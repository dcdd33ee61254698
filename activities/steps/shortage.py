"""A shelf that did not hold what it should: the bin is in doubt until it is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from activities.steps.order_lines import Owed
from activities.steps.order_step import OrderStep
from activities.steps.pick_stops import DoneStop
from domain.events import EventKind
from domain.exceptions import ExceptionKind
from domain.stock.movements import MovementKind, damaged_location_of
from messages.order_messages import ShortReason
from messages.order_state import ShipmentState
from persistence.counts import ask_about_count, open_count_task
from persistence.reservations import block_for_count
from persistence.shelves import read_level
from persistence.stock import Movement, levels_at
from persistence.tables import excluded_place
from persistence.upsert import insert_or_ignore

# Found, and not fit to be sold: they leave the bin.
_OUT_OF_SALE = frozenset({ShortReason.DAMAGED, ShortReason.EXPIRED})
# What the books still show there is in doubt as well.
_NOTHING_MORE_THERE = frozenset({ShortReason.NOT_THERE, ShortReason.FEWER})


def off_the_shelf(
    step: OrderStep, subject: ShipmentState, short: Sequence[DoneStop]
) -> list[Movement]:
    """Give back the promise of what was short; damaged goods leave the bin."""
    movements: list[Movement] = []
    for one in short:
        movements.append(
            Movement(
                stock_level_id=one.stop.stock_level_id,
                kind=MovementKind.RELEASED,
                allocated=-one.short,
                shipment_id=subject.shipment_id,
            )
        )
        if one.reason in _OUT_OF_SALE:
            movements += _to_damaged(step, subject, one)
    return movements


def doubt_bins(
    step: OrderStep, subject: ShipmentState, short: Sequence[DoneStop]
) -> Owed:
    """Ask for counts, block what is in doubt, and return the units owed again."""
    owed: Owed = Owed()
    by_bin: dict[tuple[str, str], list[DoneStop]] = defaultdict(list)
    for one in short:
        by_bin[one.stop.location_id, one.stop.sku].append(one)
        owed[one.stop.line_no, one.stop.sku] += one.short
    _exclude(step, by_bin)
    for place, at_bin in sorted(by_bin.items()):
        _doubt(step, subject, place, at_bin)
    return owed


def _to_damaged(
    step: OrderStep, subject: ShipmentState, one: DoneStop
) -> list[Movement]:
    place = damaged_location_of(subject.warehouse_id)
    damaged = levels_at(step.connection, place, [one.stop.sku])[one.stop.sku]
    return [
        Movement(
            stock_level_id=level,
            kind=MovementKind.DAMAGED,
            on_hand=sign * one.short,
            shipment_id=subject.shipment_id,
        )
        for level, sign in ((one.stop.stock_level_id, -1), (damaged, 1))
    ]


def _exclude(
    step: OrderStep, by_bin: Mapping[tuple[str, str], Sequence[DoneStop]]
) -> None:
    insert_or_ignore(
        step.connection,
        excluded_place,
        [
            {
                "order_id": step.order_id,
                "location_id": location_id,
                "sku": sku,
                "reason": at_bin[0].reason,
                "excluded_at": step.why.now,
            }
            for (location_id, sku), at_bin in sorted(by_bin.items())
        ],
    )


def _doubt(
    step: OrderStep,
    subject: ShipmentState,
    place: tuple[str, str],
    at_bin: Sequence[DoneStop],
) -> None:
    location_id, sku = place
    task_id = open_count_task(
        step.connection,
        location_id=location_id,
        sku=sku,
        cause=f"short:{subject.shipment_id}",
        at=step.why.now,
    )
    for one in at_bin:
        ask_about_count(
            step.connection,
            task_id,
            ExceptionKind.SHORT_PICK,
            f"{one.short} of {one.stop.quantity} {sku} "
            f"not picked at {location_id}: {one.reason}",
            at=step.why.now,
            shipment_id=subject.shipment_id,
        )
        step.record(
            EventKind.SHORT_PICKED,
            subject.shipment_id,
            line_no=one.stop.line_no,
            sku=sku,
            location_id=location_id,
            quantity=one.short,
            reason=one.reason,
            count_task_id=task_id,
        )
    for level, quantity in _in_doubt(step, at_bin).items():
        block_for_count(
            step.connection, task_id, level, quantity, step.movement_cause()
        )


def _in_doubt(step: OrderStep, at_bin: Sequence[DoneStop]) -> dict[int, int]:
    """Return the units to block at each level of one bin."""
    units: dict[int, int] = defaultdict(int)
    emptied: set[int] = set()
    for one in at_bin:
        if one.reason not in _OUT_OF_SALE:
            units[one.stop.stock_level_id] += one.short
        if one.reason in _NOTHING_MORE_THERE:
            emptied.add(one.stop.stock_level_id)
    for level in emptied:
        # The level's row is this transaction's own since its goods moved.
        free = read_level(step.connection, level).free
        units[level] = max(units[level], free)
    return dict(sorted(units.items()))
