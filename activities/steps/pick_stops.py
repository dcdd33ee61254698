"""The stops of a pick task: what a picker is asked, what was said, what is added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from activities.steps.order_step import OrderStep
from domain.errors import InvalidInput
from domain.identity import pick_task_id_of
from messages.order_messages import PickedLine, ShortReason
from messages.order_state import ShipmentState
from persistence.tables import allocation, location, pick_line, stock_level

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
_PROMISED = (
    select(
        allocation.c.allocation_id,
        allocation.c.line_no,
        allocation.c.sku,
        allocation.c.open_quantity,
        stock_level.c.location_id,
    )
    .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(
        allocation.c.shipment_id == bindparam("shipment_id"),
        allocation.c.open_quantity > 0,
    )
    .order_by(location.c.pick_sequence, allocation.c.allocation_id)
)
_LAST_STOP = select(func.max(pick_line.c.pick_line_no)).where(
    pick_line.c.pick_task_id == bindparam("pick_task_id")
)
_MORE_AT_STOP = (
    update(pick_line)
    .where(
        pick_line.c.pick_task_id == bindparam("task"),
        pick_line.c.allocation_id == bindparam("allocation"),
        pick_line.c.done_quantity.is_(None),
    )
    .values(quantity=bindparam("units"))
)
_ADD_STOPS = insert(pick_line)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStop:
    """One stop of a pick task that nobody has confirmed yet."""

    number: int
    line_no: int
    allocation_id: int
    stock_level_id: int
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneStop:
    """A stop and what the picker found there."""

    stop: OpenStop
    picked: int
    reason: ShortReason | None

    @property
    def short(self) -> int:
        """Return the units that were not found fit."""
        return self.stop.quantity - self.picked


def load_stops(step: OrderStep, task_id: str) -> tuple[list[OpenStop], Counter[int]]:
    """Return a task's open stops, and the units of each line picked at the others."""
    open_stops: list[OpenStop] = []
    picked: Counter[int] = Counter()
    for row in step.connection.execute(_TASK_LINES, {"pick_task_id": task_id}):
        if row.done_quantity is not None:
            picked[row.line_no] += row.done_quantity
            continue
        open_stops.append(
            OpenStop(
                number=row.pick_line_no,
                line_no=row.line_no,
                allocation_id=row.allocation_id,
                stock_level_id=row.stock_level_id,
                sku=row.sku,
                location_id=row.location_id,
                quantity=row.quantity,
            )
        )
    return open_stops, picked


def match_stops(
    stops: Sequence[OpenStop], lines: Sequence[PickedLine]
) -> list[DoneStop]:
    """Return the stop each told line means; refuse a line that fits none."""
    left = list(stops)
    done: list[DoneStop] = []
    for index, line in enumerate(lines):
        stop = _stop_of(left, line, f"lines[{index}]")
        left.remove(stop)
        done.append(DoneStop(stop=stop, picked=line.quantity, reason=line.reason))
    return done


def add_stops(
    step: OrderStep, subject: ShipmentState, left: Sequence[OpenStop]
) -> list[str]:
    """Ask the picker for what was promised since; return the stops in words.

    `left` are the stops still open: one of them may now be asked for more.
    """
    task_id = pick_task_id_of(subject.shipment_id)
    asked = Counter({stop.allocation_id: stop.quantity for stop in left})
    promised = step.connection.execute(
        _PROMISED, {"shipment_id": subject.shipment_id}
    ).all()
    grown = [
        row for row in promised if 0 < asked[row.allocation_id] < row.open_quantity
    ]
    new = [row for row in promised if not asked[row.allocation_id]]
    if grown:
        _ask_for_more(step, task_id, grown)
    if new:
        _add(step, task_id, new)
    return [
        f"{row.open_quantity - asked[row.allocation_id]} {row.sku} at {row.location_id}"
        for row in [*grown, *new]
    ]


def _ask_for_more(
    step: OrderStep, task_id: str, grown: Sequence[Row[*tuple[Any, ...]]]
) -> None:
    step.connection.execute(
        _MORE_AT_STOP,
        [
            {
                "task": task_id,
                "allocation": row.allocation_id,
                "units": row.open_quantity,
            }
            for row in grown
        ],
    )


def _add(step: OrderStep, task_id: str, new: Sequence[Row[*tuple[Any, ...]]]) -> None:
    last = step.connection.execute(_LAST_STOP, {"pick_task_id": task_id})
    step.connection.execute(
        _ADD_STOPS,
        [
            {
                "pick_task_id": task_id,
                "pick_line_no": number,
                "line_no": row.line_no,
                "allocation_id": row.allocation_id,
                "sku": row.sku,
                "location_id": row.location_id,
                "quantity": row.open_quantity,
            }
            for number, row in enumerate(new, start=last.scalar_one() + 1)
        ],
    )


def _stop_of(left: Sequence[OpenStop], line: PickedLine, field: str) -> OpenStop:
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
