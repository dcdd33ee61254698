"""Picking: goods go from bin to staging place; what is short is sought elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import bindparam, update

from activities.steps.choices import settle_shortage
from activities.steps.elsewhere import fill_elsewhere
from activities.steps.holding import refuse_if_held
from activities.steps.order_lines import Owed
from activities.steps.order_step import OrderStep
from activities.steps.pick_stops import (
    DoneStop,
    OpenStop,
    add_stops,
    load_stops,
    match_stops,
)
from activities.steps.releasing import close_task
from activities.steps.shortage import doubt_bins, off_the_shelf
from activities.steps.stations import at_station
from activities.steps.substituting import skus_instead_of
from domain.events import EventKind
from domain.identity import pick_task_id_of
from domain.policy import Stage, Step
from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import TaskStatus
from domain.stock.movements import MovementKind, staging_location_of
from messages.fitting import fitting_shipment
from messages.names import UpdateName
from messages.order_messages import ConfirmPick
from messages.order_state import ShipmentState
from persistence.stock import Movement, levels_at
from persistence.tables import allocation, pick_line

_DONE = (
    update(pick_line)
    .where(
        pick_line.c.pick_task_id == bindparam("task"),
        pick_line.c.pick_line_no == bindparam("number"),
    )
    .values(
        done_quantity=bindparam("done"),
        short_reason=bindparam("reason"),
        actor=bindparam("by"),
    )
)
_PICKED = (
    update(allocation)
    .where(allocation.c.allocation_id == bindparam("id"))
    .values(
        open_quantity=allocation.c.open_quantity - bindparam("asked"),
        picked_quantity=allocation.c.picked_quantity + bindparam("picked"),
    )
)


def confirm_pick(step: OrderStep, message: ConfirmPick, carrier: str) -> str:
    """Take what was picked; when every stop is done, the shipment is picked."""
    subject = fitting_shipment(step.state, UpdateName.CONFIRM_PICK, message.shipment_id)
    refuse_if_held(step, Step.PICK)
    task_id = pick_task_id_of(subject.shipment_id)
    stops, picked = load_stops(step, task_id)
    done = match_stops(stops, message.lines)
    owed = _write_pick(step, subject, task_id, done)
    confirmed = {one.stop.number for one in done}
    left = [stop for stop in stops if stop.number not in confirmed]
    added: list[str] = []
    if owed:
        owed = fill_elsewhere(step, subject, owed, carrier)
        added = add_stops(step, subject, left)
    if left or added:
        told = _pick_started(step, subject, left, added)
    else:
        for one in done:
            picked[one.stop.line_no] += one.picked
        told = _pick_finished(step, subject, message, +picked)
    return told + settle_shortage(step, subject, owed)


def _write_pick(
    step: OrderStep, subject: ShipmentState, task_id: str, done: Sequence[DoneStop]
) -> Owed:
    """Write down what was picked; return the units that are owed again."""
    short = [one for one in done if one.short]
    if short:
        # Where else the units are depends on which bin failed: wait for all at once.
        step.hold_levels(skus_instead_of(step, {one.stop.sku for one in short}))
    step.connection.execute(
        _DONE,
        [
            {
                "task": task_id,
                "number": one.stop.number,
                "done": one.picked,
                "reason": one.reason if one.short else None,
                "by": step.why.actor,
            }
            for one in done
        ],
    )
    step.connection.execute(
        _PICKED,
        [
            {
                "id": one.stop.allocation_id,
                "asked": one.stop.quantity,
                "picked": one.picked,
            }
            for one in done
        ],
    )
    picked = [one for one in done if one.picked]
    movements = _to_staging(step, subject, picked)
    movements += off_the_shelf(step, subject, short)
    step.move(movements)
    return doubt_bins(step, subject, short)


def _to_staging(
    step: OrderStep, subject: ShipmentState, picked: Sequence[DoneStop]
) -> list[Movement]:
    if not picked:
        return []
    place = staging_location_of(subject.warehouse_id)
    staging = levels_at(step.connection, place, [one.stop.sku for one in picked])
    return [
        Movement(
            stock_level_id=level,
            kind=MovementKind.PICKED,
            on_hand=sign * one.picked,
            allocated=sign * one.picked,
            shipment_id=subject.shipment_id,
        )
        for one in picked
        for level, sign in ((one.stop.stock_level_id, -1), (staging[one.stop.sku], 1))
    ]


def _pick_started(
    step: OrderStep,
    subject: ShipmentState,
    left: Sequence[OpenStop],
    added: Sequence[str],
) -> str:
    if subject.status is ShipmentStatus.RELEASED:
        step.set_shipment_status(subject, ShipmentStatus.PICKING)
        step.record(EventKind.PICK_STARTED, subject.shipment_id)
    told = f"picked; {len(left)} lines of {subject.shipment_id} are still open"
    return f"{told}; pick also {', '.join(added)}" if added else told


def _pick_finished(
    step: OrderStep, subject: ShipmentState, message: ConfirmPick, picked: Counter[int]
) -> str:
    """End the task; `picked` holds the units of each line."""
    close_task(step, pick_task_id_of(subject.shipment_id), TaskStatus.DONE)
    step.disarm(Stage.PICK, subject.shipment_id)
    if not picked:
        step.set_shipment_status(subject, ShipmentStatus.CANCELLED)
        step.record(EventKind.SHIPMENT_CANCELLED, subject.shipment_id, reason="short")
        return f"nothing of {subject.shipment_id} was there"
    step.set_shipment_status(subject, ShipmentStatus.PICKED)
    step.record(
        EventKind.PICKED,
        subject.shipment_id,
        units=picked.total(),
        lines=len(picked),
        **at_station(message),
    )
    step.arm(Stage.PACK, subject)
    return f"{subject.shipment_id} is picked: {picked.total()} units to pack"
