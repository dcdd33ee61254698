"""`orderwright pick batch...`: one walk for several shipments, a tote for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.options import Actor, AsJson, MessageId
from cli.output import Output
from cli.telling import message_of, sender
from operations.pick_lists import (
    MOST_TASKS,
    CancelPickList,
    GatherPicks,
    cancel_pick_list,
    gather_picks,
)
from operations.queries.pick_lists import (
    PickListDetails,
    PickListRow,
    pick_list_details,
    pick_lists,
)
from persistence.database import Database

COLUMNS = (
    "pick_list_id",
    "kind",
    "status",
    "warehouse_id",
    "tasks",
    "open_tasks",
    "created_at",
    "created_by",
)
_ListId = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the list, as `pick batches` shows.")
]


def batch(
    context: typer.Context,
    warehouse: Annotated[str, typer.Option(help="Whose open pick tasks.")],
    tasks: Annotated[
        int, typer.Option(min=1, max=MOST_TASKS, help="At most so many shipments.")
    ] = 8,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Gather open pick tasks into one list, each shipment with a tote of its own.

    What is on a list already is left out. Each shipment is confirmed by itself, with
    `pick confirm`. Example: orderwright pick batch --warehouse main --tasks 6
    """
    by = sender(message_id, actor, as_json)
    told = message_of(GatherPicks, by, warehouse=warehouse, tasks=tasks)
    clock = surroundings_of(context).clock
    made = in_database(context, lambda database: gather_picks(database, told, clock))
    _show(made, as_json=as_json)


def batches(
    context: typer.Context,
    warehouse: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Done and cancelled lists too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List pick lists, the oldest first; a list is done when its tasks are closed.

    Example: orderwright pick batches --warehouse main
    """

    def read(database: Database) -> list[PickListRow]:
        with database.read() as connection:
            return pick_lists(
                connection, warehouse_id=warehouse, open_only=not everything
            )

    Output(as_json=as_json).items(in_database(context, read), COLUMNS)


def batch_show(
    context: typer.Context, pick_list: _ListId, as_json: AsJson = False
) -> None:
    """Show a list: its totes, and its stops as the picker passes them.

    Example: orderwright pick batch-show main-261124-0a1b2c
    """

    def read(database: Database) -> PickListDetails:
        with database.read() as connection:
            return pick_list_details(connection, pick_list)

    _show(in_database(context, read), as_json=as_json)


def batch_cancel(
    context: typer.Context,
    pick_list: _ListId,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Cancel a list: its open tasks may be gathered anew, what is done stays done.

    Example: orderwright pick batch-cancel main-261124-0a1b2c
    """
    by = sender(message_id, actor, as_json)
    told = message_of(CancelPickList, by, pick_list=pick_list)
    clock = surroundings_of(context).clock
    freed = in_database(
        context, lambda database: cancel_pick_list(database, told, clock)
    )
    Output(as_json=as_json).one(freed, freed.text)


def _show(found: PickListDetails, *, as_json: bool) -> None:
    Output(as_json=as_json).one(found, "\n".join(_in_words(found)))


def _in_words(found: PickListDetails) -> Iterator[str]:
    yield (
        f"{found.kind} list {found.pick_list_id} at {found.warehouse_id}: "
        f"{found.status}"
    )
    for task in found.tasks:
        yield f"{task.tote}\t{task.shipment_id}\t{task.status}"
    for stop in found.stops:
        done = "" if stop.done_quantity is None else f"\tdone {stop.done_quantity}"
        yield (
            f"{stop.location_id}\t{stop.quantity} x {stop.sku}\t{stop.tote}\t"
            f"line {stop.line_no} of {stop.shipment_id}{done}"
        )
