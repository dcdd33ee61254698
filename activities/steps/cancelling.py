"""Cancelling: undo at once what nobody picked, ask the floor to put back the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import bindparam, func, insert, select, update

from activities.steps.backorders import close_backorders
from activities.steps.holding import lift_hold
from activities.steps.order_step import OrderStep
from activities.steps.refunding import cancel_units
from activities.steps.releasing import close_task, drop_shipment
from domain.errors import InvalidInput, Refused
from domain.events import EventKind
from domain.identity import pick_task_id_of, put_back_task_id_of
from domain.orders.status import OrderStatus
from domain.policy import Stage
from domain.shipments.status import (
    BEFORE_HAND_OVER,
    BEFORE_PICKING,
    ENDED,
    ON_THE_FLOOR,
    WITH_CARRIER,
    ShipmentStatus,
)
from domain.shipments.tasks import BackorderStatus, TaskKind, TaskStatus
from domain.stock.movements import MovementKind, staging_location_of
from messages.fitting import fitting_shipment
from messages.names import UpdateName
from messages.order_messages import (
    AnswerFloorRequest,
    CancelOrder,
    ConfirmPutBack,
    PutBackLine,
)
from messages.order_state import LabelState, ShipmentState
from persistence.catalog import article_of_barcode
from persistence.stock import Movement, levels_at
from persistence.tables import allocation, location, pick_line, pick_task, stock_level

_HELD_UNITS = (
    select(
        allocation.c.line_no,
        allocation.c.sku,
        func.sum(
            allocation.c.open_quantity
            + allocation.c.picked_quantity
            + allocation.c.shipped_quantity
        ).label("quantity"),
    )
    .where(allocation.c.shipment_id.in_(bindparam("shipments", expanding=True)))
    .group_by(allocation.c.line_no, allocation.c.sku)
)
_ALLOCATIONS = (
    select(
        allocation.c.allocation_id,
        allocation.c.line_no,
        allocation.c.sku,
        allocation.c.stock_level_id,
        allocation.c.open_quantity,
        allocation.c.picked_quantity,
        stock_level.c.location_id,
    )
    .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
    .where(allocation.c.shipment_id == bindparam("shipment_id"))
    .order_by(allocation.c.allocation_id)
)
_EMPTY = (
    update(allocation)
    .where(allocation.c.shipment_id == bindparam("id"))
    .values(open_quantity=0, picked_quantity=0)
)


def cancel_order(step: OrderStep, message: CancelOrder) -> str:
    """Cancel what has not left; refused when everything has."""
    if step.state.cancel_reason is not None:
        raise Refused("the order is being cancelled: the floor has not answered yet")
    gone = [s for s in step.state.shipments if s.status in WITH_CARRIER]
    if gone and not _something_left(step):
        told = ", ".join(f"{s.shipment_id} is {s.status}" for s in gone)
        raise Refused(f"too late to cancel: {told}; ask for a return instead")
    step.record(
        EventKind.CANCEL_REQUESTED,
        reason=message.reason,
        note_reference=message.note_reference,
    )
    return cancel_what_is_left(step, message.reason)


def cancel_what_is_left(step: OrderStep, reason: str) -> str:
    """Undo every step of what has not left the warehouse."""
    state = step.state
    asked = [s for s in state.shipments if s.status in ON_THE_FLOOR]
    kept = [s for s in state.shipments if s.status in WITH_CARRIER]
    cancel_units(step, _units_outside(step, [*asked, *kept]), reason)
    for subject in state.shipments:
        if subject.status in BEFORE_PICKING:
            drop_shipment(step, subject)
    close_backorders(step, BackorderStatus.CANCELLED)
    for subject in asked:
        _ask_floor(step, subject)
    state.sourced = True
    if asked:
        state.cancel_reason = reason
        ids = ", ".join(s.shipment_id for s in asked)
        return f"the floor is asked to put back {ids}"
    return settle_cancel(step, reason)


def settle_cancel(step: OrderStep, reason: str) -> str:
    """Close the cancel once nothing of it is open."""
    step.state.cancel_reason = None
    if not any(s.status in BEFORE_HAND_OVER for s in step.state.shipments):
        # Until then they stand: the floor may refuse, and the order go on.
        for one in list(step.state.holds):
            lift_hold(step, one, "order_cancelled")
    if any(s.status not in ENDED for s in step.state.shipments):
        return "what had not left is cancelled; the rest is on its way"
    if any(s.status in WITH_CARRIER for s in step.state.shipments):
        return "what had not left is cancelled"
    step.set_status(OrderStatus.CANCELLED)
    step.record(EventKind.CANCELLED, reason=reason)
    return "the order is cancelled"


def confirm_put_back(step: OrderStep, message: ConfirmPutBack) -> str:
    """Take the goods back into their bins and end the shipment."""
    subject = fitting_shipment(
        step.state, UpdateName.CONFIRM_PUT_BACK, message.shipment_id
    )
    asked = {"shipment_id": subject.shipment_id}
    rows = list(step.connection.execute(_ALLOCATIONS, asked))
    picked: Counter[str] = Counter()
    for row in rows:
        picked[row.sku] += row.picked_quantity
    movements = [
        Movement(
            stock_level_id=row.stock_level_id,
            kind=MovementKind.RELEASED,
            allocated=-row.open_quantity,
            shipment_id=subject.shipment_id,
        )
        for row in rows
        if row.open_quantity
    ]
    if message.lines:
        back = _named_places(step, subject, message.lines, +picked)
    else:
        back = [(r.sku, r.stock_level_id, r.picked_quantity) for r in rows]
    step.move(movements + _from_staging(step, subject, back))
    # A bundle's parts may lie in several shipments: its unit goes with the last one.
    held = _units_in(step, step.state.shipments)
    step.connection.execute(_EMPTY, {"id": subject.shipment_id})
    kept = _units_in(step, step.state.shipments)
    units = {line_no: held[line_no] - kept.get(line_no, 0) for line_no in held}
    _end_put_back(step, subject, TaskStatus.DONE)
    step.set_shipment_status(subject, ShipmentStatus.CANCELLED)
    if subject.label in (LabelState.WANTED, LabelState.MADE, LabelState.REFUSED):
        subject.label = LabelState.VOID_WANTED
    step.record(EventKind.PUT_BACK, subject.shipment_id, units=picked.total())
    step.record(EventKind.SHIPMENT_CANCELLED, subject.shipment_id)
    reason = step.state.cancel_reason or "cancelled"
    cancel_units(step, units, reason)
    if any(s.status is ShipmentStatus.PUTTING_BACK for s in step.state.shipments):
        return f"{subject.shipment_id} is put back; others are not yet"
    return settle_cancel(step, reason)


def answer_floor_request(step: OrderStep, message: AnswerFloorRequest) -> str:
    """Take the floor's word on a cancel: a refusal lets the shipment go on."""
    subject = fitting_shipment(
        step.state, UpdateName.ANSWER_FLOOR_REQUEST, message.shipment_id
    )
    if message.accept:
        return f"the floor puts {subject.shipment_id} back; confirm_put_back is awaited"
    before = subject.status_before_put_back
    if before is None:
        raise Refused(f"{subject.shipment_id} was not on the floor")
    _end_put_back(step, subject, TaskStatus.CANCELLED)
    step.set_shipment_status(subject, before)
    subject.status_before_put_back = None
    step.arm(_STAGE_OF[before], subject)
    step.record(EventKind.CANCEL_REFUSED, subject.shipment_id, reason=message.reason)
    if not any(s.status is ShipmentStatus.PUTTING_BACK for s in step.state.shipments):
        step.state.cancel_reason = None
    return f"{subject.shipment_id} goes on: the floor refused ({message.reason})"


_STAGE_OF = {
    ShipmentStatus.PICKING: Stage.PICK,
    ShipmentStatus.PICKED: Stage.PACK,
    ShipmentStatus.PACKED: Stage.HAND_OVER,
}


def _something_left(step: OrderStep) -> bool:
    return bool(step.state.backordered) or any(
        s.status in BEFORE_HAND_OVER for s in step.state.shipments
    )


def _units_outside(step: OrderStep, kept: Iterable[ShipmentState]) -> dict[int, int]:
    inside = _units_in(step, kept)
    lines = step.lines
    return {
        line.line_no: max(line.wanted - inside.get(line.line_no, 0), 0)
        for line in lines
    }


def _units_in(step: OrderStep, shipments: Iterable[ShipmentState]) -> dict[int, int]:
    """Return the units of each line that shipments hold; a part counts as its whole."""
    ids = sorted(s.shipment_id for s in shipments)
    if not ids:
        return {}
    parts = step.parts
    units: dict[int, int] = {}
    for row in step.connection.execute(_HELD_UNITS, {"shipments": ids}):
        each = dict(parts[row.line_no])[row.sku]
        units[row.line_no] = max(units.get(row.line_no, 0), -(-row.quantity // each))
    return units


def _ask_floor(step: OrderStep, subject: ShipmentState) -> None:
    if subject.status is ShipmentStatus.PICKING:
        close_task(step, pick_task_id_of(subject.shipment_id), TaskStatus.CANCELLED)
    task_id = f"{put_back_task_id_of(subject.shipment_id)}{step.state.revision}"
    step.connection.execute(
        insert(pick_task),
        {
            "pick_task_id": task_id,
            "shipment_id": subject.shipment_id,
            "kind": TaskKind.PUT_BACK,
            "status": TaskStatus.OPEN,
            "warehouse_id": subject.warehouse_id,
            "released_at": step.why.now,
        },
    )
    _list_goods(step, subject, task_id)
    subject.status_before_put_back = subject.status
    step.set_shipment_status(subject, ShipmentStatus.PUTTING_BACK)
    step.disarm_shipment(subject.shipment_id)
    step.record(EventKind.PUT_BACK_REQUESTED, subject.shipment_id, pick_task_id=task_id)


def _list_goods(step: OrderStep, subject: ShipmentState, task_id: str) -> None:
    asked = {"shipment_id": subject.shipment_id}
    rows = step.connection.execute(_ALLOCATIONS, asked)
    goods = [row for row in rows if row.picked_quantity]
    if goods:
        step.connection.execute(
            insert(pick_line),
            [
                {
                    "pick_task_id": task_id,
                    "pick_line_no": number,
                    "line_no": row.line_no,
                    "allocation_id": row.allocation_id,
                    "sku": row.sku,
                    "location_id": row.location_id,
                    "quantity": row.picked_quantity,
                }
                for number, row in enumerate(goods, start=1)
            ],
        )


def _end_put_back(step: OrderStep, subject: ShipmentState, status: TaskStatus) -> None:
    step.connection.execute(
        update(pick_task)
        .where(
            pick_task.c.shipment_id == subject.shipment_id,
            pick_task.c.kind == TaskKind.PUT_BACK,
            pick_task.c.status == TaskStatus.OPEN,
        )
        .values(status=status, closed_at=step.why.now)
    )
    before = subject.status_before_put_back
    if status is TaskStatus.CANCELLED and before is ShipmentStatus.PICKING:
        close_task(step, pick_task_id_of(subject.shipment_id), TaskStatus.OPEN)


def _named_places(
    step: OrderStep,
    subject: ShipmentState,
    lines: tuple[PutBackLine, ...],
    picked: Counter[str],
) -> list[tuple[str, int, int]]:
    """Check that all that was picked went back, and where to."""
    lines = _by_sku(step, lines, picked)
    told: Counter[str] = Counter()
    for line in lines:
        told[line.sku] += line.quantity
    for sku in sorted(told | picked):
        if told[sku] != picked[sku]:
            raise InvalidInput(
                "lines", f"{picked[sku]} of {sku}, as picked; {told[sku]} named"
            )
    back: list[tuple[str, int, int]] = []
    asked = {"shipment_id": subject.shipment_id}
    origin = {
        r.sku: r.location_id for r in step.connection.execute(_ALLOCATIONS, asked)
    }
    for index, line in enumerate(lines):
        place = line.location or origin[line.sku]
        if not _is_in_warehouse(step, place, subject.warehouse_id):
            raise InvalidInput(
                f"lines[{index}].location", f"a location of {subject.warehouse_id}"
            )
        level = levels_at(step.connection, place, [line.sku])[line.sku]
        back.append((line.sku, level, line.quantity))
    return back


def _by_sku(
    step: OrderStep, lines: tuple[PutBackLine, ...], picked: Counter[str]
) -> tuple[PutBackLine, ...]:
    """Name articles where barcodes were scanned; a pack's barcode means its units."""
    named: list[PutBackLine] = []
    for index, line in enumerate(lines):
        sku, units = line.sku, 1
        if sku not in picked:
            sku, units = article_of_barcode(step.connection, sku) or (sku, 1)
        if sku not in picked:
            wanted = f"an article to put back, or its barcode: {_listed(picked)}"
            raise InvalidInput(f"lines[{index}].sku", wanted)
        told = {"sku": sku, "quantity": units * line.quantity}
        named.append(line.model_copy(update=told))
    return tuple(named)


def _listed(skus: Iterable[str]) -> str:
    return ", ".join(sorted(skus))


def _is_in_warehouse(step: OrderStep, place: str, warehouse_id: str) -> bool:
    found = step.connection.execute(
        select(location.c.location_id).where(
            location.c.location_id == place, location.c.warehouse_id == warehouse_id
        )
    )
    return found.first() is not None


def _from_staging(
    step: OrderStep, subject: ShipmentState, back: list[tuple[str, int, int]]
) -> list[Movement]:
    moved = [one for one in back if one[2]]
    if not moved:
        return []
    place = staging_location_of(subject.warehouse_id)
    staging = levels_at(step.connection, place, [sku for sku, _, _ in moved])
    movements: list[Movement] = []
    for sku, level, quantity in moved:
        movements += [
            Movement(
                stock_level_id=staging[sku],
                kind=MovementKind.PUT_BACK,
                on_hand=-quantity,
                allocated=-quantity,
                shipment_id=subject.shipment_id,
            ),
            Movement(
                stock_level_id=level,
                kind=MovementKind.PUT_BACK,
                on_hand=quantity,
                shipment_id=subject.shipment_id,
            ),
        ]
    return movements
