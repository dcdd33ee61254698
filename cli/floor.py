"""`orderwright floor answer`: whether the floor puts back what was cancelled."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Actor, AsJson, MessageId, SubjectArgument
from cli.telling import message_of, sender, tell
from messages.names import UpdateName
from messages.order_messages import AnswerFloorRequest

app = typer.Typer(no_args_is_help=True, help="Answer what the floor is asked.")


@app.callback()
def _floor() -> None:
    """Answer what the floor is asked."""


@app.command()
def answer(
    context: typer.Context,
    subject: SubjectArgument,
    accept: Annotated[
        bool | None,
        typer.Option("--accept/--refuse", help="Put it back, or let it go on."),
    ] = None,
    reason: Annotated[str, typer.Option(help="A word for it.")] = "floor",
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Accept or refuse a cancel; a refusal lets the shipment go on.

    Example: orderwright floor answer web-1001-1 --refuse --reason on_the_truck
    """
    if accept is None:
        raise typer.BadParameter("give either --accept or --refuse")
    by = sender(message_id, actor, as_json)
    message = message_of(
        AnswerFloorRequest,
        by,
        shipment_id=subject.shipment_id,
        accept=accept,
        reason=reason,
    )
    tell(context, subject.order_id, UpdateName.ANSWER_FLOOR_REQUEST, by, message)
