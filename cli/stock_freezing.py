"""`orderwright stock freeze|unfreeze`: places that nothing may be taken from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.options import Actor, AsJson, MessageId
from cli.output import Output
from cli.telling import message_of, sender
from operations.freezing import (
    FreezePlace,
    FrozenPlace,
    UnfreezePlace,
    freeze_place,
    unfreeze_place,
)

_Location = Annotated[str | None, typer.Option(help="This location.")]
_Warehouse = Annotated[str | None, typer.Option(help="This whole warehouse.")]


def freeze(
    context: typer.Context,
    reason: Annotated[
        str, typer.Option(metavar="CODE", help="Why, in a word such as recall.")
    ],
    location: _Location = None,
    warehouse: _Warehouse = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Take nothing from a location or warehouse for now.

    Shipments that nobody has begun to pick are sourced again; those on the floor are
    listed. Example: orderwright stock freeze --location A-01-1 --reason recall
    """
    _refuse_unless_one(location, warehouse)
    by = sender(message_id, actor, as_json)
    told = message_of(
        FreezePlace, by, location=location, warehouse=warehouse, reason=reason
    )
    clock = surroundings_of(context).clock
    frozen = in_database(context, lambda base: freeze_place(base, told, clock))
    Output(as_json=as_json).one(frozen, "\n".join(_in_words(frozen)))


def unfreeze(
    context: typer.Context,
    location: _Location = None,
    warehouse: _Warehouse = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Let a location or warehouse be used again, and wake the orders that wait for it.

    Example: orderwright stock unfreeze --location A-01-1
    """
    _refuse_unless_one(location, warehouse)
    by = sender(message_id, actor, as_json)
    told = message_of(UnfreezePlace, by, location=location, warehouse=warehouse)
    clock = surroundings_of(context).clock
    thawed = in_database(context, lambda base: unfreeze_place(base, told, clock))
    text = thawed.text
    if thawed.woken:
        text += f"; {len(thawed.woken)} waiting orders are told"
    Output(as_json=as_json).one(thawed, text)


def _refuse_unless_one(location: str | None, warehouse: str | None) -> None:
    if (location is None) == (warehouse is None):
        raise typer.BadParameter("give --location or --warehouse, and not both")


def _in_words(frozen: FrozenPlace) -> Iterator[str]:
    yield frozen.text
    for one in frozen.started:
        yield f"on the floor: {one.shipment_id} is {one.status}"
