"""`orderwright pick`: what pickers are asked for, and what they say."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import pick_batching
from cli.context import Desk, at_desk, in_database
from cli.options import (
    Actor,
    AsJson,
    At,
    LineQuantity,
    MessageId,
    SubjectArgument,
    read_line_quantity,
)
from cli.output import Output, moment
from cli.shipments import shipment_in
from cli.telling import message_of, send, sender, tell
from domain.shipments.tasks import TaskKind
from messages.fitting import FITTING
from messages.names import UpdateName
from messages.order_messages import ConfirmPick, ShortReason
from operations.floor import whole_pick
from operations.queries.floor import OpenTask, open_tasks
from persistence.database import Database

app = typer.Typer(no_args_is_help=True, help="List and confirm what is to be picked.")
COLUMNS = (
    "pick_task_id",
    "kind",
    "warehouse_id",
    "released_at",
    "line_no",
    "location_id",
    "sku",
    "name",
    "quantity",
    "done_quantity",
)
_Lines = Annotated[
    list[LineQuantity] | None,
    typer.Option(
        "--line",
        parser=read_line_quantity,
        metavar="LINE[:SKU]=QUANTITY[@LOCATION]",
        help="How many were picked of a line; SKU and location where it has several.",
    ),
]


@app.command("list")
def list_tasks(
    context: typer.Context,
    warehouse: Annotated[str | None, typer.Option(help="Only this warehouse.")] = None,
    kind: Annotated[
        TaskKind | None, typer.Option(help="Only picks, or only put-backs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List open pick and put-back tasks, the oldest first, stops in pick sequence.

    Example: orderwright pick list --warehouse main
    """

    def read(database: Database) -> list[OpenTask]:
        with database.read() as connection:
            return open_tasks(connection, warehouse_id=warehouse, kind=kind)

    tasks = in_database(context, read)
    output = Output(as_json=as_json)
    if as_json:
        output.items(tasks, COLUMNS)
    else:
        output.items([row for task in tasks for row in _stops(task)], COLUMNS)


def _stops(task: OpenTask) -> list[dict[str, object]]:
    return [
        {
            "pick_task_id": task.pick_task_id,
            "kind": task.kind,
            "warehouse_id": task.warehouse_id,
            "released_at": moment(task.released_at),
            **stop.model_dump(),
        }
        for stop in task.lines
    ]


@app.command()
def confirm(
    context: typer.Context,
    subject: SubjectArgument,
    lines: _Lines = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every open line was picked in full.")
    ] = False,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say what was picked; lines that are not named stay open.

    Examples: orderwright pick confirm web-1001-1 --all --actor picker:7; orderwright
    pick confirm web-1001-1 --line 1=2 --line 2=1@A-01-2
    """
    if bool(lines) == everything:
        raise typer.BadParameter("say what was picked: --line for each line, or --all")
    by = sender(message_id, actor, as_json, at)

    async def work(desk: Desk) -> None:
        shipment_id = subject.shipment_id
        if everything:
            wanted = FITTING[UpdateName.CONFIRM_PICK]
            shipment_id = shipment_in(desk, subject, wanted)
            with desk.database.read() as connection:
                picked = list[object](whole_pick(connection, shipment_id))
        else:
            picked = [_picked(line, None) for line in lines or []]
        message = message_of(ConfirmPick, by, shipment_id=shipment_id, lines=picked)
        await send(desk, subject.order_id, UpdateName.CONFIRM_PICK, by, message)

    at_desk(context, work)


@app.command()
def short(
    context: typer.Context,
    subject: SubjectArgument,
    lines: _Lines = None,
    reason: Annotated[
        ShortReason, typer.Option(help="Why fewer than asked were picked.")
    ] = ShortReason.NOT_THERE,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say that fewer were found than asked: QUANTITY is how many were.

    The rest is looked for as the policy says: other bins, a substitute, another
    warehouse, or the customer is asked. Example:
    orderwright pick short web-1001-1 --line 1=1 --reason damaged
    """
    if not lines:
        raise typer.BadParameter("name each short line: --line LINE=QUANTITY")
    by = sender(message_id, actor, as_json, at)
    message = message_of(
        ConfirmPick,
        by,
        shipment_id=subject.shipment_id,
        lines=[_picked(line, reason) for line in lines],
    )
    tell(context, subject.order_id, UpdateName.CONFIRM_PICK, by, message)


def _picked(line: LineQuantity, reason: ShortReason | None) -> dict[str, object]:
    return {**line._asdict(), "reason": reason}


app.command("batch")(pick_batching.batch)
app.command("batches")(pick_batching.batches)
app.command("batch-show")(pick_batching.batch_show)
app.command("batch-cancel")(pick_batching.batch_cancel)
