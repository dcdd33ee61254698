"""What waits in the shop, as jobs for robots of one role each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.exceptions import ExceptionKind
from domain.stock.counts import CountStatus
from operations.open_work import (
    CarrierWork,
    HoldWork,
    OpenWork,
    OwedUnits,
    PackWork,
)
from operations.queries.counts import CountTaskRow
from operations.queries.exceptions import ExceptionRow
from operations.queries.floor import OpenTask
from operations.queries.refunds import RefundRow
from simulation.habits import Role

# Closed by what is done about their cause: counts, overdue work, mended rows.
_NOT_FOR_ROBOTS = frozenset(
    {
        ExceptionKind.DEADLINE_MISSED,
        ExceptionKind.SHORT_PICK,
        ExceptionKind.COUNT_APPROVAL,
        ExceptionKind.STOCK_DIFFERENCE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWish:
    """A customer wants an order no more."""

    order_id: str


Work = (
    OpenTask
    | PackWork
    | CarrierWork
    | HoldWork
    | ExceptionRow
    | CountTaskRow
    | OwedUnits
    | RefundRow
    | CancelWish
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing for one robot, but not for the one who did the part before.

    The key is the same as long as it waits.
    """

    key: str
    role: Role
    order_id: str | None
    work: Work
    not_for: str | None = None


def jobs_of(work: OpenWork) -> Iterator[Job]:
    """List what robots can do, the oldest first within each kind."""
    yield from _floor_jobs(work)
    for held in work.holds:
        yield _job(Role.OFFICE, f"hold:{held.hold_id}", held.order_id, held)
    for asked in work.exceptions:
        if asked.kind not in _NOT_FOR_ROBOTS:
            key = f"exception:{asked.exception_id}"
            yield _job(Role.OFFICE, key, asked.order_id, asked)
    for refund in work.refunds:
        key = f"refund:{refund.refund_id}"
        yield _job(Role.OFFICE, key, refund.order_id, refund)
    yield from _stock_jobs(work)


def _floor_jobs(work: OpenWork) -> Iterator[Job]:
    for task in work.put_backs:
        yield _job(Role.PICKER, f"put-back:{task.pick_task_id}", task.order_id, task)
    for task in work.picks:
        yield _job(Role.PICKER, f"pick:{task.pick_task_id}", task.order_id, task)
    for pack in work.packs:
        yield _job(Role.PACKER, f"pack:{pack.shipment_id}", pack.order_id, pack)
    for ready in work.hand_overs:
        yield _job(Role.CLERK, f"hand-over:{ready.shipment_id}", ready.order_id, ready)


def _stock_jobs(work: OpenWork) -> Iterator[Job]:
    for task in work.counts:
        yield Job(
            key=f"{task.status}:{task.count_task_id}",
            role=Role.MANAGER if task.status == CountStatus.APPROVAL else Role.STOCK,
            order_id=None,
            work=task,
            not_for=task.counted_by,
        )
    in_doubt = {task.sku for task in work.counts}
    for owed in work.owed:
        # A count may bring back what a bin seemed to lack.
        if owed.sku not in in_doubt and owed.coming < owed.quantity:
            yield _job(Role.STOCK, f"owed:{owed.sku}", None, owed)


def _job(role: Role, key: str, order_id: str | None, work: Work) -> Job:
    return Job(key=key, role=role, order_id=order_id, work=work)
