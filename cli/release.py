"""`orderwright release`: put shipments on the floor that wait for a person to do so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.exits import ExitCode
from cli.options import Actor, AsJson, MessageId, read_instant
from cli.output import Output
from cli.telling import sender
from operations.releases import (
    ReleaseOperations,
    ReleaseOutcome,
    ReleaseReport,
    ReleaseWish,
)

_Before = Annotated[
    datetime | None,
    typer.Option(
        parser=read_instant,
        metavar="INSTANT",
        help="Only what must leave by then (its day's cut-off, else its day's end).",
    ),
]


def release(
    context: typer.Context,
    warehouse: Annotated[str, typer.Option(help="Whose shipments.")],
    carrier: Annotated[str | None, typer.Option(help="Only for this carrier.")] = None,
    before: _Before = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Put allocated shipments on the floor: by priority, then their day, then age.

    Never more in a day than the warehouse has capacity for. Examples: orderwright
    release --warehouse main --limit 40; orderwright release --warehouse main --before
    2026-01-31T14:00Z
    """
    by = sender(message_id, actor, as_json)
    wish = ReleaseWish(
        warehouse_id=warehouse,
        message_id=by.message_id,
        actor=by.actor,
        carrier=carrier,
        before=before,
        limit=limit,
    )

    async def work(desk: Desk) -> ReleaseReport:
        operations = ReleaseOperations(
            database=desk.database, delivery=desk.delivery, clock=desk.clock
        )
        return await operations.release(wish)

    report = at_desk(context, work)
    Output(as_json=as_json).one(report, "\n".join(_in_words(report)))
    raise typer.Exit(_exit_code(report))


def _exit_code(report: ReleaseReport) -> ExitCode:
    if not report.refused:
        return ExitCode.DONE
    went = report.released + report.sent
    return ExitCode.PARTLY_DONE if went else ExitCode.REFUSED


def _in_words(report: ReleaseReport) -> Iterator[str]:
    yield (
        f"{report.released} shipments of {report.warehouse_id} are on the floor, "
        f"{report.refused} refused, {report.left} left for the next time"
    )
    for one in report.shipments:
        if one.outcome is ReleaseOutcome.RELEASED:
            yield one.shipment_id
        else:
            yield f"{one.shipment_id}\t{one.outcome}: {one.reason}"
