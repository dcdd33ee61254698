"""The end of a count: the difference is booked and the bin is no longer in doubt."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, update

from domain.exceptions import ExceptionKind
from domain.stock.counts import CountStatus
from domain.stock.movements import MovementKind
from operations.counting.messages import CountAnswer
from operations.counting.tasks import TaskAtHand, write_task
from operations.hand_booking import bring_in, take_out
from persistence.backlog import wake_waiting_orders
from persistence.counts import close_count_exceptions
from persistence.reservations import lift_block
from persistence.shelves import read_level
from persistence.stock import MovementCause
from persistence.tables import excluded_place, location

_COUNTED = (
    update(location)
    .where(location.c.location_id == bindparam("place"))
    .values(
        counts=location.c.counts + 1,
        exact_counts=location.c.exact_counts + bindparam("exact"),
    )
)
# Whose pick failed there may be sent there again: what the books say was seen.
_TRUSTED_AGAIN = delete(excluded_place).where(
    excluded_place.c.location_id == bindparam("place"),
    excluded_place.c.sku == bindparam("article"),
)


def settle(
    connection: Connection, task: TaskAtHand, difference: int, why: MovementCause
) -> CountAnswer:
    """Book the difference as far as nobody was promised the units; close the task.

    The level and the task are locked.
    """
    lift_block(connection, task.count_task_id, why)
    trusted = connection.execute(
        _TRUSTED_AGAIN, {"place": task.place.location_id, "article": task.sku}
    )
    had_failed = trusted.rowcount > 0
    booked, woken = _book(connection, task, difference, why, had_failed=had_failed)
    write_task(
        connection,
        task,
        status=CountStatus.DONE,
        adjustment=booked,
        decided_by=why.actor,
        closed_at=why.recorded_at,
    )
    connection.execute(
        _COUNTED, {"place": task.place.location_id, "exact": int(difference == 0)}
    )
    close_count_exceptions(
        connection,
        task.count_task_id,
        ExceptionKind.SHORT_PICK,
        ExceptionKind.COUNT_APPROVAL,
        actor=why.actor,
        resolution="counted",
        at=why.recorded_at,
    )
    unbooked = booked - difference
    return CountAnswer(
        count_task_id=task.count_task_id,
        status=CountStatus.DONE,
        adjustment=booked,
        unbooked=unbooked,
        woken=woken,
        text=_in_words(task, booked, unbooked),
    )


def _book(
    connection: Connection,
    task: TaskAtHand,
    difference: int,
    why: MovementCause,
    *,
    had_failed: bool,
) -> tuple[int, tuple[str, ...]]:
    """Return the units booked, and the orders that were woken."""
    place, kind = task.place, MovementKind.COUNTED
    if difference > 0:
        woken = bring_in(connection, task.sku, difference, place, kind, why)
        return difference, woken
    free = read_level(connection, task.stock_level_id).free
    gone = min(-difference, free)
    if gone:
        take_out(connection, task.sku, gone, place, kind, why)
    if not place.is_for_sale or (free - gone <= task.books.free and not had_failed):
        return -gone, ()
    # What was in doubt is for sale again, also to those whom the bin had failed.
    woken_now = wake_waiting_orders(
        connection, [task.stock_level_id], cause=why.cause, at=why.recorded_at
    )
    return -gone, tuple(woken_now)


def _in_words(task: TaskAtHand, booked: int, unbooked: int) -> str:
    where = f"{task.sku} at {task.place.location_id}"
    if unbooked:
        return (
            f"{where} is adjusted by {booked:+d}; {unbooked} more units are missing "
            "and promised: the picks that look for them will find them short"
        )
    if booked:
        return f"{where} is adjusted by {booked:+d}"
    return f"{where} is as the books say"
