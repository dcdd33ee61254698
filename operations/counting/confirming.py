"""Asking for a count, and what a counted figure leads to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from domain.errors import InvalidInput, Refused
from domain.exceptions import ExceptionKind
from domain.policy import CountTerms
from domain.stock.counts import CountStatus
from operations.counting.messages import ConfirmCount, CountAnswer, OpenCount
from operations.counting.settling import settle
from operations.counting.tasks import (
    TaskAtHand,
    cause_of_count,
    task_at_hand,
    write_task,
)
from operations.repeats import Clock, done_once, find_answer, keep_answer
from operations.stock_places import place_named, refuse_unknown_article
from persistence.counts import ask_about_count, open_count_task
from persistence.database import Database
from persistence.stock_value import unit_costs


def open_count(database: Database, told: OpenCount, clock: Clock) -> CountAnswer:
    """Ask for a count of an article in a location, or join the one that is asked for.

    Raises `InvalidInput` naming the field.
    """
    return done_once(database, told, clock, CountAnswer, _open)


def confirm_count(
    database: Database, told: ConfirmCount, clock: Clock, terms: CountTerms
) -> CountAnswer:
    """Compare a count with the books of this moment.

    The same: done. Another figure: counted again by another person, whose count is
    booked, or approved first if it is worth more than the terms allow. Raises
    `NotFound`, `Refused` if the task waits for no count, `InvalidInput` (actor).
    """
    now = clock()
    with database.write() as connection:
        task = task_at_hand(connection, told.count_task_id)
        # Looked for behind the lock: of two equal messages one waits for the other.
        answered = find_answer(connection, told, CountAnswer)
        if answered is not None:
            return answered
        answer = _confirm(connection, task, told, now, terms)
        keep_answer(connection, told, answer, now)
        return answer


def _open(connection: Connection, told: OpenCount, now: datetime) -> CountAnswer:
    refuse_unknown_article(connection, told.sku)
    place = place_named(connection, told.location, "location")
    task_id = open_count_task(
        connection,
        location_id=place.location_id,
        sku=told.sku,
        cause=f"asked:{told.message_id}",
        at=now,
    )
    return CountAnswer(
        count_task_id=task_id,
        status=task_at_hand(connection, task_id).status,
        text=f"{task_id}: count {told.sku} at {place.location_id}",
    )


def _confirm(
    connection: Connection,
    task: TaskAtHand,
    told: ConfirmCount,
    now: datetime,
    terms: CountTerms,
) -> CountAnswer:
    difference = told.quantity - task.books.on_hand
    counted = {"booked": task.books.on_hand}
    match task.status:
        case CountStatus.OPEN:
            counted |= {"first_count": told.quantity}
            write_task(connection, task, first_counted_by=told.actor, **counted)
            if difference:
                return _count_again(connection, task)
        case CountStatus.RECOUNT:
            if task.first is not None and task.first.actor == told.actor:
                raise InvalidInput(
                    "actor", "another person than the one who counted before"
                )
            counted |= {"second_count": told.quantity}
            write_task(connection, task, second_counted_by=told.actor, **counted)
            value = _value_above(connection, task, difference, terms)
            if value is not None:
                return _ask_approval(connection, task, told, difference, value, now)
        case _:
            raise Refused(_why_not(task))
    return settle(connection, task, difference, cause_of_count(told, now))


def _count_again(connection: Connection, task: TaskAtHand) -> CountAnswer:
    write_task(connection, task, status=CountStatus.RECOUNT)
    return CountAnswer(
        count_task_id=task.count_task_id,
        status=CountStatus.RECOUNT,
        text="the books say otherwise: another person counts it again",
    )


def _value_above(
    connection: Connection, task: TaskAtHand, difference: int, terms: CountTerms
) -> str | None:
    """Return what a difference is worth if that is too much to book unseen."""
    if difference == 0:
        return None
    place = task.place
    cost = unit_costs(connection, place.warehouse_id, [task.sku]).get(task.sku)
    if cost is None:
        return "a value that is not known"
    value = abs(difference) * cost.amount
    if value <= terms.approval_above:
        return None
    return f"{value} {cost.currency}"


def _ask_approval(
    connection: Connection,
    task: TaskAtHand,
    told: ConfirmCount,
    difference: int,
    value: str,
    now: datetime,
) -> CountAnswer:
    write_task(connection, task, status=CountStatus.APPROVAL, adjustment=difference)
    first = task.first.quantity if task.first else told.quantity
    ask_about_count(
        connection,
        task.count_task_id,
        ExceptionKind.COUNT_APPROVAL,
        f"{task.sku} at {task.place.location_id}: counted {first}, then "
        f"{told.quantity}; the books say {task.books.on_hand}: worth {value}",
        at=now,
    )
    return CountAnswer(
        count_task_id=task.count_task_id,
        status=CountStatus.APPROVAL,
        text="the books say otherwise by more than may be booked unseen: "
        "somebody approves it",
    )


def _why_not(task: TaskAtHand) -> str:
    if task.status is CountStatus.APPROVAL:
        return (
            f"{task.count_task_id} waits for an approval: "
            "`count approve` or `count refuse`"
        )
    return f"{task.count_task_id} is {task.status} already; open another count"
