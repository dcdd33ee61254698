"""Picking: goods leave their bin for the staging place; what is short is owed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from activities.steps.backorders import add_backorders
from activities.steps.holding import refuse_if_held
from activities.steps.order_step import OrderStep
from activities.steps.releasing import close_task
from domain.errors import InvalidInput
from domain.events import EventKind
from domain.exceptions import HANDLING, ExceptionKind
from domain.identity import pick_task_id_of
from domain.policy import Stage, Step
from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import TaskStatus
from domain.stock.movements import (
    MovementKind,
    damaged_location_of,
    staging_location_of,
)
from domain.stock.sourcing import MissingStock
from messages.fitting import fitting_shipment
from messages.names import UpdateName
from messages.order_messages import ConfirmPick, PickedLine, ShortReason
from messages.order_state import ExceptionState, ShipmentState
from persistence.exceptions import insert_exception
from persistence.stock import Movement, levels_at
from persistence.tables import allocation, pick_line

_TASK_LINES = (
    select(
        pick_line.c.pick_line_no,
        pick_line.c.line_no,
        pick_line.c.allocation_id,
        pick_line.c.sku,
        pick_line.c.location_id,
        pick_line.c.quantity,
        pick_line.c.done_quantity,
        allocation.c.stock_level_id,
    )
    .join(allocation, allocation.c.allocation_id == pick_line.c.allocation_id)
    .where(pick_line.c.pick_task_id == bindparam("pick_task_id"))
    .order_by(pick_line.c.pick_line_no)
)
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
        open_quantity=0,
        picked_quantity=allocation.c.picked_quantity + bindparam("picked"),
    )
)
_OUT_OF_SALE = frozenset({ShortReason.DAMAGED, ShortReason.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPickLine:
    """One stop of a pick task that nobody has confirmed yet."""

    number: int
    line_no: int
    allocation_id: int
    stock_level_id: int
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneLine:
    """A stop and what the picker found there."""

    stop: OpenPickLine
    picked: int
    reason: ShortReason | None

    @property
    def short(self) -> int:
        """Return the units that were not found fit."""
        return self.stop.quantity - self.picked


def confirm_pick(step: OrderStep, message: ConfirmPick) -> str:
    """Take what was picked; when every stop is done, the shipment is picked."""
    subject = fitting_shipment(step.state, UpdateName.CONFIRM_PICK, message.shipment_id)
    refuse_if_held(step, Step.PICK)
    task_id = pick_task_id_of(subject.shipment_id)
    rows = list(step.connection.execute(_TASK_LINES, {"pick_task_id": task_id}))
    open_stops = [
        OpenPickLine(
            number=row.pick_line_no,
            line_no=row.line_no,
            allocation_id=row.allocation_id,
            stock_level_id=row.stock_level_id,
            sku=row.sku,
            location_id=row.location_id,
            quantity=row.quantity,
        )
        for row in rows
        if row.done_quantity is None
    ]
    done = _match(open_stops, message.lines)
    _write_pick(step, subject, task_id, done)
    if len(done) < len(open_stops):
        return _pick_started(step, subject, len(open_stops) - len(done))
    picked_before = sum(row.done_quantity or 0 for row in rows)
    return _pick_finished(step, subject, task_id, picked_before + _units(done))


def _units(done: list[DoneLine]) -> int:
    return sum(one.picked for one in done)


def _match(stops: list[OpenPickLine], lines: tuple[PickedLine, ...]) -> list[DoneLine]:
    left = list(stops)
    done: list[DoneLine] = []
    for index, line in enumerate(lines):
        stop = _stop_of(left, line, f"lines[{index}]")
        left.remove(stop)
        done.append(DoneLine(stop=stop, picked=line.quantity, reason=line.reason))
    return done


def _stop_of(left: list[OpenPickLine], line: PickedLine, field: str) -> OpenPickLine:
    of_line = [stop for stop in left if stop.line_no == line.line_no]
    if not of_line:
        open_ones = (
            ", ".join(str(n) for n in sorted({s.line_no for s in left})) or "none"
        )
        raise InvalidInput(f"{field}.line_no", f"an open line of the task: {open_ones}")
    found = [s for s in of_line if line.sku in (None, s.sku)]
    if not found:
        raise InvalidInput(f"{field}.sku", f"{_either(s.sku for s in of_line)}")
    there = [s for s in found if line.location in (None, s.location_id)]
    if not there:
        raise InvalidInput(f"{field}.location", _either(s.location_id for s in found))
    if len(there) > 1:
        places = _either(f"{s.sku} at {s.location_id}" for s in there)
        raise InvalidInput(f"{field}.location", f"say which: {places}")
    stop = there[0]
    if line.quantity > stop.quantity:
        raise InvalidInput(f"{field}.quantity", f"at most {stop.quantity}")
    if line.quantity < stop.quantity and line.reason is None:
        reasons = _either(reason.value for reason in ShortReason)
        raise InvalidInput(f"{field}.reason", f"why fewer than asked: {reasons}")
    return stop


def _either(texts: Iterable[str]) -> str:
    return " or ".join(sorted(set(texts)))


def _write_pick(
    step: OrderStep, subject: ShipmentState, task_id: str, done: list[DoneLine]
) -> None:
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
        [{"id": one.stop.allocation_id, "picked": one.picked} for one in done],
    )
    picked = [one for one in done if one.picked]
    movements = _to_staging(step, subject, picked)
    short = [one for one in done if one.short]
    movements += _off_the_shelf(step, subject, short)
    step.move(movements)
    _owe_again(step, subject, short)


def _to_staging(
    step: OrderStep, subject: ShipmentState, picked: list[DoneLine]
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


def _off_the_shelf(
    step: OrderStep, subject: ShipmentState, short: list[DoneLine]
) -> list[Movement]:
    """Take what was not fit out of the bin, so that it is not promised again."""
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
        damaged = one.reason in _OUT_OF_SALE
        kind = MovementKind.DAMAGED if damaged else MovementKind.ADJUSTED
        movements.append(
            Movement(
                stock_level_id=one.stop.stock_level_id,
                kind=kind,
                on_hand=-one.short,
                shipment_id=subject.shipment_id,
            )
        )
        if damaged:
            place = damaged_location_of(subject.warehouse_id)
            level = levels_at(step.connection, place, [one.stop.sku])[one.stop.sku]
            movements.append(
                Movement(
                    stock_level_id=level,
                    kind=kind,
                    on_hand=one.short,
                    shipment_id=subject.shipment_id,
                )
            )
    return movements


def _owe_again(step: OrderStep, subject: ShipmentState, short: list[DoneLine]) -> None:
    if not short:
        return
    owed: Counter[tuple[int, str]] = Counter()
    for one in short:
        owed[one.stop.line_no, one.stop.sku] += one.short
        step.record(
            EventKind.SHORT_PICKED,
            subject.shipment_id,
            line_no=one.stop.line_no,
            sku=one.stop.sku,
            location_id=one.stop.location_id,
            quantity=one.short,
            reason=one.reason,
        )
        _ask_for_count(step, subject, one)
    add_backorders(
        step,
        [
            MissingStock(line_no=line_no, sku=sku, quantity=quantity)
            for (line_no, sku), quantity in owed.items()
        ],
    )


def _ask_for_count(step: OrderStep, subject: ShipmentState, one: DoneLine) -> None:
    """Ask for a count of the bin: a question about the place, not about the order."""
    kind = ExceptionKind.SHORT_PICK
    asked = ExceptionState(
        exception_id=f"{subject.shipment_id}.short{one.stop.number}",
        kind=kind,
        owner_role=HANDLING[kind].owner_role,
        cause=f"{one.short} of {one.stop.quantity} {one.stop.sku} "
        f"not picked at {one.stop.location_id}: {one.reason}",
        shipment_id=subject.shipment_id,
    )
    insert_exception(step.connection, asked, order_id=None, opened_at=step.why.now)


def _pick_started(step: OrderStep, subject: ShipmentState, left: int) -> str:
    if subject.status is ShipmentStatus.RELEASED:
        step.set_shipment_status(subject, ShipmentStatus.PICKING)
        step.record(EventKind.PICK_STARTED, subject.shipment_id)
    return f"picked; {left} lines of {subject.shipment_id} are still open"


def _pick_finished(
    step: OrderStep, subject: ShipmentState, task_id: str, units: int
) -> str:
    close_task(step, task_id, TaskStatus.DONE)
    step.disarm(Stage.PICK, subject.shipment_id)
    if not units:
        step.set_shipment_status(subject, ShipmentStatus.CANCELLED)
        step.record(EventKind.SHIPMENT_CANCELLED, subject.shipment_id, reason="short")
        return f"nothing of {subject.shipment_id} was there; it is owed again"
    step.set_shipment_status(subject, ShipmentStatus.PICKED)
    step.record(EventKind.PICKED, subject.shipment_id, units=units)
    step.arm(Stage.PACK, subject)
    return f"{subject.shipment_id} is picked: {units} units to pack"
