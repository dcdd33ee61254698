"""`orderwright stock transfer|adjust|damage|return`: what people do with stock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from cli.context import Clock, in_database, surroundings_of
from cli.options import Actor, AsJson, At, MessageId
from cli.output import Output
from cli.telling import Sender, message_of, sender
from operations.adjustments import (
    AdjustStock,
    ReturnStock,
    adjust_stock,
    return_stock,
)
from operations.hand_booking import MovedStock, StockMessage
from operations.transfers import (
    DamageStock,
    TransferStock,
    damage_stock,
    transfer_stock,
)
from persistence.database import Database

M = TypeVar("M", bound=StockMessage)
_Sku = Annotated[str, typer.Argument(metavar="SKU")]
_Quantity = Annotated[int, typer.Argument(metavar="QUANTITY", min=1)]
# `-3` is a number and no option.
NUMBERS_BELOW_ZERO = {"ignore_unknown_options": True}


def transfer(
    context: typer.Context,
    sku: _Sku,
    quantity: _Quantity,
    from_location: Annotated[
        str, typer.Option("--from", metavar="LOCATION", help="Where they lie.")
    ],
    to_location: Annotated[
        str, typer.Option("--to", metavar="LOCATION", help="Where they go.")
    ],
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Move units to another location; only what is free can be moved.

    Example: orderwright stock transfer MUG 5 --from BULK-1 --to A-01-1
    """
    by = sender(message_id, actor, as_json, at)
    told = message_of(
        TransferStock,
        by,
        sku=sku,
        quantity=quantity,
        from_location=from_location,
        to_location=to_location,
    )
    _tell(context, by, told, transfer_stock)


def adjust(
    context: typer.Context,
    sku: _Sku,
    change: Annotated[
        int, typer.Argument(metavar="QUANTITY", help="Found (3) or lost (-3).")
    ],
    location: Annotated[str, typer.Option(help="Where.")],
    reason: Annotated[
        str, typer.Option(metavar="CODE", help="Why, in a word such as found.")
    ],
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Book units that were found or lost; only what is free can be lost.

    Example: orderwright stock adjust MUG -2 --location A-01-1 --reason broken
    """
    by = sender(message_id, actor, as_json, at)
    told = message_of(
        AdjustStock, by, sku=sku, change=change, location=location, reason=reason
    )
    _tell(context, by, told, adjust_stock)


def damage(
    context: typer.Context,
    sku: _Sku,
    quantity: _Quantity,
    location: Annotated[str, typer.Option(help="Where they lie.")],
    reason: Annotated[
        str, typer.Option(metavar="CODE", help="Why, in a word such as expired.")
    ] = "damaged",
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Move units to the warehouse's damaged goods, where nobody sells them.

    Example: orderwright stock damage MUG 1 --location A-01-1
    """
    by = sender(message_id, actor, as_json, at)
    told = message_of(
        DamageStock, by, sku=sku, quantity=quantity, location=location, reason=reason
    )
    _tell(context, by, told, damage_stock)


def give_back(
    context: typer.Context,
    sku: _Sku,
    quantity: _Quantity,
    location: Annotated[
        str, typer.Option(help="Where they go; quarantine is not for sale.")
    ],
    order: Annotated[str | None, typer.Option(help="The order that had them.")] = None,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Book units that came back from a customer.

    Example: orderwright stock return MUG 1 --location QUARANTINE-1 --order web-1001
    """
    by = sender(message_id, actor, as_json, at)
    told = message_of(
        ReturnStock, by, sku=sku, quantity=quantity, location=location, order_id=order
    )
    _tell(context, by, told, return_stock)


def _tell(
    context: typer.Context,
    by: Sender,
    told: M,
    act: Callable[[Database, M, Clock], MovedStock],
) -> None:
    clock = surroundings_of(context).clock
    moved = in_database(context, lambda database: act(database, told, clock))
    text = moved.text
    if moved.woken:
        text += f"; {len(moved.woken)} waiting orders are told"
    Output(as_json=by.as_json).one(moved, text)
