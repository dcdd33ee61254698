"""`orderwright deliver confirm`: a person's word that a shipment arrived."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.options import Actor, AsJson, At, MessageId, SubjectArgument
from cli.telling import keep_note, message_of, send, sender
from messages.names import UpdateName
from messages.order_messages import ConfirmDelivery

app = typer.Typer(no_args_is_help=True, help="Confirm deliveries.")


@app.callback()
def _deliver() -> None:
    """Confirm deliveries."""


@app.command()
def confirm(
    context: typer.Context,
    subject: SubjectArgument,
    proof: Annotated[
        str | None,
        typer.Option(
            help="Proof in words; kept in the database and sent as a reference."
        ),
    ] = None,
    proof_reference: Annotated[
        str | None, typer.Option(help="Where a proof is kept that you have stored.")
    ] = None,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say that a shipment reached its door.

    Example: orderwright deliver confirm web-1001-1 --at 2026-01-31T14:20Z
    """
    if proof is not None and proof_reference is not None:
        raise typer.BadParameter("give --proof or --proof-reference, not both")
    by = sender(message_id, actor, as_json, at)

    async def work(desk: Desk) -> None:
        message = message_of(
            ConfirmDelivery,
            by,
            shipment_id=subject.shipment_id,
            proof_reference=proof_reference
            or keep_note(desk, subject.order_id, by, proof),
        )
        await send(desk, subject.order_id, UpdateName.CONFIRM_DELIVERY, by, message)

    at_desk(context, work)
