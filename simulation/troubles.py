"""Trouble made on purpose, and when the orders it hit have moved on."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.identity import order_id_of_shipment
from operations.open_work import OpenWork
from simulation.jobs import Job, jobs_of


@dataclass(slots=True, kw_only=True)
class Trouble:
    """Orders that were hit, and where each stood when it could move again."""

    name: str
    began: float = field(default_factory=time.monotonic)
    hit: dict[str, int] = field(default_factory=dict)
    is_mended: bool = False
    mended_at: float | None = None

    def note(self, work: OpenWork, order_ids: Collection[str]) -> None:
        """Note orders that stand still; while the trouble lasts, where they do."""
        for order_id in order_ids:
            pulse = work.orders.get(order_id)
            if pulse is not None:
                self.hit.setdefault(order_id, pulse.revision)

    def mend(self, work: OpenWork) -> None:
        """Say that what was broken works again: from now on orders can move."""
        self.is_mended = True
        self.mended_at = time.monotonic()
        for order_id in self.hit:
            pulse = work.orders.get(order_id)
            if pulse is not None:
                self.hit[order_id] = pulse.revision

    def still_waiting(self, work: OpenWork) -> tuple[str, ...]:
        """Return the orders that have not moved on yet."""
        return tuple(
            order_id
            for order_id, revision in self.hit.items()
            if order_id in work.orders and work.orders[order_id].revision <= revision
        )

    def is_over(self, work: OpenWork, theirs: Collection[str] = ()) -> bool:
        """Say whether it is mended and every order that was hit has moved on.

        `theirs` are the orders left for the person, which move when the person does.
        """
        return self.is_mended and not set(self.still_waiting(work)) - set(theirs)

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


@dataclass(slots=True, kw_only=True)
class EmptyBin(Trouble):
    """A bin without its units: over when every order that was short has its goods."""

    location_id: str
    short_orders: Mapping[str, set[str]]

    def still_waiting(self, work: OpenWork) -> tuple[str, ...]:
        """Return the short orders that are still owed something."""
        owed = {order_id for one in work.owed for order_id in one.order_ids}
        return tuple(sorted(self.short_orders.get(self.location_id, set()) & owed))

    @property
    def count(self) -> int:
        """How many orders were short."""
        return len(self.short_orders.get(self.location_id, set()))


def needing_a_worker(work: OpenWork, left_alone: Collection[str]) -> set[str]:
    """Return the orders that somebody is about to tell something, or that begin."""
    waiting = {job.order_id for job in jobs_of(work) if _is_for_run(job, left_alone)}
    waiting |= {one.order_id for one in work.orders.values() if not one.revision}
    return {order_id for order_id in waiting if order_id is not None}


def needing_the_carrier(work: OpenWork) -> set[str]:
    """Return the orders that wait for a label or for the carrier's next scan."""
    return {one.order_id for one in (*work.unlabelled, *work.travelling)}


def busiest_bin(work: OpenWork, left_alone: Collection[str]) -> str | None:
    """Return the bin that most open pick stops go to, but for what is left alone."""
    stops: dict[str, int] = {}
    for task in work.picks:
        if f"pick:{task.pick_task_id}" not in left_alone:
            for stop in task.lines:
                if stop.done_quantity is None:
                    stops[stop.location_id] = stops.get(stop.location_id, 0) + 1
    return max(sorted(stops), key=lambda bin_: stops[bin_], default=None)


def orders_of_tasks(keys: Collection[str]) -> set[str]:
    """Return the orders of pick tasks, by the keys of their jobs."""
    return {
        order_id_of_shipment(key.removeprefix("pick:").removesuffix("-pick"))
        for key in keys
    }


def _is_for_run(job: Job, left_alone: Collection[str]) -> bool:
    return job.key not in left_alone
