"""`orderwright refund`: money that is owed to customers; it moves elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import in_database
from cli.options import Actor, AsJson, MessageId
from cli.output import Output
from cli.telling import message_of, sender, tell
from messages.names import UpdateName
from messages.order_messages import ConfirmRefund
from operations.queries.refunds import RefundRow, find_refund, list_refunds
from persistence.database import Database

app = typer.Typer(no_args_is_help=True, help="List and confirm refunds that are due.")
COLUMNS = ("refund_id", "order_id", "amount", "currency", "reason", "created_at")


@app.command("list")
def list_due(
    context: typer.Context,
    order: Annotated[str | None, typer.Option(help="Only of this order.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Confirmed ones too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List refunds that customers wait for, the oldest first.

    Example: orderwright refund list --json
    """

    def read(database: Database) -> list[RefundRow]:
        with database.read() as connection:
            return list_refunds(connection, order_id=order, open_only=not everything)

    columns = (*COLUMNS, "confirmed_at") if everything else COLUMNS
    Output(as_json=as_json).items(in_database(context, read), columns)


@app.command()
def confirm(
    context: typer.Context,
    refund_id: Annotated[str, typer.Argument(help="Refund id, such as web-1001.r1.")],
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say that the money went back to the customer.

    Example: orderwright refund confirm web-1001.r1 --actor accounts:3
    """
    by = sender(message_id, actor, as_json)

    def read(database: Database) -> RefundRow:
        with database.read() as connection:
            return find_refund(connection, refund_id)

    found = in_database(context, read)
    message = message_of(ConfirmRefund, by, refund_id=refund_id)
    tell(context, found.order_id, UpdateName.CONFIRM_REFUND, by, message)
