"""`orderwright claim record`: what a customer reports after the goods have left."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cli.context import Desk, at_desk
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
from cli.output import Output
from cli.telling import keep_note, message_of, sender
from domain.claims import ClaimKind
from operations.claims import RecordClaim, record_claim

app = typer.Typer(no_args_is_help=True, help="Record what customers report.")


_Line = Annotated[int | None, typer.Option(min=1, help="The line of the order.")]
_Kind = Annotated[ClaimKind | None, typer.Option(help="What was wrong.")]
_Quantity = Annotated[
    int | None, typer.Option(min=1, help="How many units, where it matters.")
]
_FoundAt = Annotated[
    datetime | None,
    typer.Option(
        parser=read_instant,
        metavar="INSTANT",
        help="When the customer found it [default: now].",
    ),
]


@app.callback()
def _claim() -> None:
    """Record what customers report."""


@app.command()
def record(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    line: _Line = None,
    kind: _Kind = None,
    quantity: _Quantity = None,
    found_at: _FoundAt = None,
    note: Note = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Record a claim on a line that has shipped.

    Example: orderwright claim record web-1001 --line 1 --kind damaged --quantity 1
    --found-at 2026-02-03T10:00Z
    """
    order_id = chosen_order(order, source, number)
    if line is None or kind is None:
        raise typer.BadParameter("give --line and --kind")
    by = sender(message_id, actor, as_json)

    async def work(desk: Desk) -> None:
        told = message_of(
            RecordClaim,
            by,
            order_id=order_id,
            line_no=line,
            kind=kind,
            quantity=quantity,
            found_at=found_at or desk.clock(),
            note_reference=keep_note(desk, order_id, by, note),
        )
        recorded = record_claim(desk.database, told, desk.clock)
        text = f"claim {recorded.claim_id}: line {line} {kind}"
        Output(as_json=as_json).one(recorded, text)

    at_desk(context, work)
