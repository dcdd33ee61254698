"""`orderwright order cancel|hold|release`: what people decide about orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.options import (
    Actor,
    AsJson,
    MessageId,
    Note,
    Number,
    OrderArgument,
    Source,
    chosen_order,
    read_instant,
)
from cli.telling import sender, tell_with_note
from domain.policy import HoldKind, Step
from messages.names import UpdateName
from messages.order_messages import CancelOrder, PlaceHold, ReleaseHold

_STEPS = ", ".join(step.value for step in Step)

_Reason = Annotated[str, typer.Option(help="A word for it.")]
_Blocks = Annotated[
    str | None,
    typer.Option(
        metavar="STEP,STEP",
        help=f"Steps that wait, of {_STEPS} [default: release,pack,hand_over].",
    ),
]
_Owner = Annotated[str, typer.Option("--owner", help="The role that must act.")]
_ExpiresAt = Annotated[
    datetime | None,
    typer.Option(
        parser=read_instant,
        metavar="INSTANT",
        help="When a person is asked again; a hold never ends by itself.",
    ),
]
_HoldId = Annotated[
    str | None, typer.Option("--hold", help="The hold, such as web-1001.h1.")
]
_Kind = Annotated[HoldKind | None, typer.Option(help="Every open hold of this kind.")]


def cancel(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    reason: _Reason = "customer",
    note: Note = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Cancel an order; from picking on, the floor is asked to put the goods back.

    Example: orderwright order cancel web-1001 --reason customer --note "changed mind"
    """
    order_id = chosen_order(order, source, number)
    by = sender(message_id, actor, as_json)
    tell_with_note(
        context,
        order_id,
        UpdateName.CANCEL_ORDER,
        by,
        note,
        CancelOrder,
        reason=reason,
    )


def hold(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    blocks: _Blocks = None,
    reason: _Reason = "manual",
    owner_role: _Owner = "customer_service",
    expires_at: _ExpiresAt = None,
    note: Note = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Keep an order from some steps until it is released.

    Example: orderwright order hold web-1001 --blocks release,pack --note "call first"
    """
    order_id = chosen_order(order, source, number)
    steps = [step.strip() for step in blocks.split(",")] if blocks else None
    by = sender(message_id, actor, as_json)
    tell_with_note(
        context,
        order_id,
        UpdateName.PLACE_HOLD,
        by,
        note,
        PlaceHold,
        blocks=steps,
        reason=reason,
        owner_role=owner_role,
        expires_at=expires_at,
    )


def release(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    hold_id: _HoldId = None,
    kind: _Kind = None,
    note: Note = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Release a hold; the order goes on when none is left that blocks it.

    Examples: orderwright order release web-1001 --hold web-1001.h1; orderwright order
    release web-1001 --kind address
    """
    order_id = chosen_order(order, source, number)
    if (hold_id is None) == (kind is None):
        raise typer.BadParameter("give either --hold or --kind")
    by = sender(message_id, actor, as_json)
    tell_with_note(
        context,
        order_id,
        UpdateName.RELEASE_HOLD,
        by,
        note,
        ReleaseHold,
        hold_id=hold_id,
        kind=kind,
    )
