"""`orderwright count`: bins that somebody counts without being told what is in them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.options import Actor, AsJson, At, MessageId
from cli.output import Output
from cli.telling import message_of, sender
from operations.counting import (
    ApproveCount,
    ConfirmCount,
    CountAnswer,
    OpenCount,
    RefuseCount,
    approve_count,
    confirm_count,
    open_count,
    refuse_count,
)
from operations.queries.counts import CountTaskRow, open_counts
from persistence.database import Database

app = typer.Typer(no_args_is_help=True, help="List, confirm and approve counts.")
COLUMNS = (
    "count_task_id",
    "status",
    "warehouse_id",
    "location_id",
    "sku",
    "name",
    "counted_by",
)
_Task = Annotated[
    str, typer.Argument(metavar="TASK", help="Count task, such as count-A-01-1-MUG-1.")
]


@app.command("list")
def list_tasks(
    context: typer.Context,
    warehouse: Annotated[str | None, typer.Option(help="Only this warehouse.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is to be counted, in pick sequence; never what the books say.

    A task in `recount` needs another person than `counted_by`; one in `approval` waits
    for `count approve` or `count refuse`. Example: orderwright count list
    """

    def read(database: Database) -> list[CountTaskRow]:
        with database.read() as connection:
            return open_counts(connection, warehouse_id=warehouse)

    Output(as_json=as_json).items(in_database(context, read), COLUMNS)


@app.command("open")
def ask(
    context: typer.Context,
    location: Annotated[str, typer.Argument(metavar="LOCATION")],
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Have an article counted in a location; an open task is joined.

    Example: orderwright count open A-01-1 MUG
    """
    by = sender(message_id, actor, as_json)
    told = message_of(OpenCount, by, location=location, sku=sku)
    clock = surroundings_of(context).clock
    _show(as_json, in_database(context, lambda base: open_count(base, told, clock)))


@app.command()
def confirm(
    context: typer.Context,
    task: _Task,
    quantity: Annotated[
        int, typer.Option(min=0, help="How many units there are, all of them.")
    ],
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say how many units there are.

    Where the books say otherwise, another person counts again. Example: orderwright
    count confirm count-A-01-1-MUG-1 --quantity 7 --actor counter:3
    """
    by = sender(message_id, actor, as_json, at)
    told = message_of(ConfirmCount, by, count_task_id=task, quantity=quantity)
    around = surroundings_of(context)
    terms = around.policy().counts
    _show(
        as_json,
        in_database(
            context, lambda base: confirm_count(base, told, around.clock, terms)
        ),
    )


@app.command()
def approve(
    context: typer.Context,
    task: _Task,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Book the difference that two counts have found.

    Example: orderwright count approve count-A-01-1-MUG-1 --actor manager:1
    """
    by = sender(message_id, actor, as_json)
    told = message_of(ApproveCount, by, count_task_id=task)
    clock = surroundings_of(context).clock
    _show(as_json, in_database(context, lambda base: approve_count(base, told, clock)))


@app.command()
def refuse(
    context: typer.Context,
    task: _Task,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Do not believe the difference: have it counted again.

    Example: orderwright count refuse count-A-01-1-MUG-1 --actor manager:1
    """
    by = sender(message_id, actor, as_json)
    told = message_of(RefuseCount, by, count_task_id=task)
    clock = surroundings_of(context).clock
    _show(as_json, in_database(context, lambda base: refuse_count(base, told, clock)))


def _show(as_json: bool, answer: CountAnswer) -> None:
    Output(as_json=as_json).one(answer, answer.text)
