"""The one task that robots leave for the person at the keyboard."""

from __future__ import annotations

from operations.open_work import OpenWork
from operations.queries.floor import OpenTask
from simulation.jobs import Job

# The first orders go through untouched, to show how it goes.
ORDERS_BEFORE = 3


class LeftForPerson:
    """Chooses one pick task, and the next one when it is done."""

    def __init__(self, *, is_wanted: bool) -> None:
        """Leave a task, or none at all."""
        self._is_wanted = is_wanted
        self._seen: set[str] = set()
        self.task: OpenTask | None = None

    def is_left_alone(self, job: Job) -> bool:
        """Say whether a job is the person's."""
        return job.key in self.keys()

    def keys(self) -> frozenset[str]:
        """Return the keys of the jobs that robots leave alone."""
        if self.task is None:
            return frozenset()
        return frozenset({f"pick:{self.task.pick_task_id}"})

    def choose(self, work: OpenWork) -> OpenTask | None:
        """Keep the task while it is open; else choose the newest that can be picked."""
        if not self._is_wanted:
            return None
        self._seen |= work.orders.keys()
        open_now = {task.pick_task_id: task for task in work.picks}
        if self.task is not None and self.task.pick_task_id in open_now:
            return self.task
        held = {one.order_id for one in work.holds}
        free = [task for task in work.picks if task.order_id not in held]
        is_early = len(self._seen) < ORDERS_BEFORE
        self.task = None if is_early or not free else free[-1]
        return self.task
