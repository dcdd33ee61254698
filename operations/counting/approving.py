"""Whether a difference that is worth much may be booked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from domain.errors import InvalidInput, Refused
from domain.exceptions import ExceptionKind
from domain.stock.counts import CountStatus
from operations.counting.messages import (
    ApproveCount,
    CountAnswer,
    CountMessage,
    RefuseCount,
)
from operations.counting.settling import settle
from operations.counting.tasks import (
    TaskAtHand,
    cause_of_count,
    task_at_hand,
    write_task,
)
from operations.repeats import Clock, find_answer, keep_answer
from persistence.counts import close_count_exceptions
from persistence.database import Database


def approve_count(database: Database, told: ApproveCount, clock: Clock) -> CountAnswer:
    """Book the difference that two counts have found.

    Raises `NotFound`, `Refused` if the task waits for no approval, `InvalidInput`
    (actor) for a person who counted it.
    """
    now = clock()
    with database.write() as connection:
        task = task_at_hand(connection, told.count_task_id)
        answered = find_answer(connection, told, CountAnswer)
        if answered is not None:
            return answered
        difference = _awaited(task)
        if told.actor in {one.actor for one in (task.first, task.second) if one}:
            raise InvalidInput("actor", "another person than those who counted")
        answer = settle(connection, task, difference, cause_of_count(told, now))
        keep_answer(connection, told, answer, now)
        return answer


def refuse_count(database: Database, told: RefuseCount, clock: Clock) -> CountAnswer:
    """Have it counted again, by another person than the last one.

    Raises `NotFound`, `Refused` if the task waits for no approval.
    """
    now = clock()
    with database.write() as connection:
        task = task_at_hand(connection, told.count_task_id)
        answered = find_answer(connection, told, CountAnswer)
        if answered is not None:
            return answered
        _awaited(task)
        answer = _count_again(connection, task, told, now)
        keep_answer(connection, told, answer, now)
        return answer


def _awaited(task: TaskAtHand) -> int:
    if task.status is not CountStatus.APPROVAL or task.adjustment is None:
        raise Refused(
            f"{task.count_task_id} is {task.status}: it waits for no approval"
        )
    return task.adjustment


def _count_again(
    connection: Connection, task: TaskAtHand, told: CountMessage, now: datetime
) -> CountAnswer:
    last = task.second or task.first
    write_task(
        connection,
        task,
        status=CountStatus.RECOUNT,
        first_count=last.quantity if last else None,
        first_counted_by=last.actor if last else None,
        second_count=None,
        second_counted_by=None,
        adjustment=None,
    )
    close_count_exceptions(
        connection,
        task.count_task_id,
        ExceptionKind.COUNT_APPROVAL,
        actor=told.actor,
        resolution="refused",
        at=now,
    )
    return CountAnswer(
        count_task_id=task.count_task_id,
        status=CountStatus.RECOUNT,
        text="refused: another person counts it again",
    )
