"""`orderwright exception`: the work that waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from cli.context import Desk, at_desk, in_database, surroundings_of
from cli.options import Actor, AsJson, MessageId, Note
from cli.output import Output
from cli.telling import keep_note, message_of, sender
from messages.order_messages import ResolveException
from operations.exceptions import ExceptionOperations
from operations.queries.exceptions import ExceptionRow, open_exceptions
from persistence.database import Database

app = typer.Typer(no_args_is_help=True, help="List, take and resolve exceptions.")
COLUMNS = ("exception_id", "owner_role", "age", "cause", "suggested_act", "taken_by")
_Id = Annotated[str, typer.Argument(help="Exception id, such as web-1001.x1.")]


@app.command("list")
def list_open(
    context: typer.Context,
    owner: Annotated[str | None, typer.Option(help="Only of this owner role.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, the oldest first, with what to do about it.

    Example: orderwright exception list --owner warehouse
    """
    now = surroundings_of(context).clock()

    def read(database: Database) -> list[ExceptionRow]:
        with database.read() as connection:
            return open_exceptions(connection, now, owner)

    rows = in_database(context, read)
    output = Output(as_json=as_json)
    if as_json:
        output.items(rows, COLUMNS)
    else:
        output.items(
            [{**row.model_dump(), "age": _age(row.age_seconds)} for row in rows],
            COLUMNS,
        )


@app.command()
def take(
    context: typer.Context,
    exception_id: _Id,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say that you work on it, so that nobody else does.

    Example: orderwright exception take web-1001.x1 --actor clerk:4
    """

    async def work(desk: Desk) -> None:
        answer = _operations(desk).take(exception_id, actor=actor)
        Output(as_json=as_json).one(answer, answer.text)

    at_desk(context, work)


@app.command()
def resolve(
    context: typer.Context,
    exception_id: _Id,
    resolution: Annotated[
        str,
        typer.Option(
            help="What was done, in a word; `closed` ends a shipment that is lost."
        ),
    ] = "done",
    note: Note = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Close an exception with what was done about it.

    Example: orderwright exception resolve web-1001.x1 --resolution address_corrected
    """
    by = sender(message_id, actor, as_json)

    async def work(desk: Desk) -> None:
        operations = _operations(desk)
        message = message_of(
            ResolveException,
            by,
            exception_id=exception_id,
            resolution=resolution,
            note_reference=keep_note(desk, operations.order_of(exception_id), by, note),
        )
        answer = await operations.resolve(message)
        Output(as_json=as_json).one(answer, answer.text)

    at_desk(context, work)


def _operations(desk: Desk) -> ExceptionOperations:
    return ExceptionOperations(
        database=desk.database, orders=desk.orders, clock=desk.clock
    )


def _age(seconds: int) -> str:
    age = timedelta(seconds=seconds)
    hours, rest = divmod(age.seconds, 3600)
    minutes = rest // 60
    if age.days:
        return f"{age.days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
