"""`orderwright ship`: labels, the hand-over to the carrier, and what it reports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Desk, at_desk, in_database
from cli.documents import STDIN, read_bytes
from cli.files import write_file
from cli.options import (
    Actor,
    AsJson,
    At,
    MessageId,
    Subject,
    SubjectArgument,
    read_input_path,
    read_instant,
)
from cli.output import Output
from cli.telling import Sender, message_of, sender, tell
from domain.tracking import Milestone, tracking_number_from_scan
from gateways.carrier.protocol import CarrierEvent as WebhookEvent
from gateways.carrier.webhook import parse_webhook
from messages.names import UpdateName
from messages.order_messages import CarrierEvent, ConfirmHandover
from operations.carrier_events import CarrierEventOperations
from operations.floor import fitting_shipment_of
from operations.queries.labels import LabelDocuments, valid_label
from persistence.database import Database

app = typer.Typer(
    no_args_is_help=True, help="Write labels, hand over, report the carrier's events."
)
_LABELLED = frozenset({"packed", "handed_over"})


class LabelFormat(StrEnum):
    """What a printer understands."""

    PDF = "pdf"
    ZPL = "zpl"


@app.command()
def handover(
    context: typer.Context,
    subject: SubjectArgument,
    tracking_number: Annotated[
        str | None,
        typer.Option(help="As scanned or typed; needed for the manual carrier."),
    ] = None,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say that the carrier took a shipment: its goods leave the stock.

    Example: orderwright ship handover web-1001-1 --actor packer:2
    """
    by = sender(message_id, actor, as_json, at)
    number = tracking_number_from_scan(tracking_number) if tracking_number else None
    message = message_of(
        ConfirmHandover, by, shipment_id=subject.shipment_id, tracking_number=number
    )
    tell(context, subject.order_id, UpdateName.CONFIRM_HANDOVER, by, message)


_Payload = Annotated[
    Path | None,
    typer.Argument(
        parser=read_input_path,
        metavar="FILE|-",
        help="A carrier's webhook payload, or - for stdin; or use the options.",
    ),
]
_ShipmentId = Annotated[str | None, typer.Option(help="The shipment's id.")]
_Tracked = Annotated[
    str | None, typer.Option(help="The number the carrier knows it by.")
]
_Milestone = Annotated[Milestone | None, typer.Option(help="What the carrier says.")]
_EventId = Annotated[
    str | None, typer.Option(help="The carrier's own id of the event.")
]
_Place = Annotated[str | None, typer.Option(help="Where it was scanned.")]
_OccurredAt = Annotated[
    datetime | None,
    typer.Option(
        parser=read_instant, metavar="INSTANT", help="When it says it happened."
    ),
]


@app.command()
def event(
    context: typer.Context,
    payload: _Payload = None,
    shipment: _ShipmentId = None,
    tracking_number: _Tracked = None,
    milestone: _Milestone = None,
    occurred_at: _OccurredAt = None,
    event_id: _EventId = None,
    place: _Place = None,
    message_id: MessageId = None,
    actor: Actor = "carrier",
    as_json: AsJson = False,
) -> None:
    """Pass on what a carrier reports; a repeat of an event changes nothing.

    Examples: orderwright ship event payload.json; orderwright ship event --shipment
    web-1001-1 --milestone delivered --occurred-at 2026-01-31T14:20Z
    """
    fields: dict[str, object] = {
        "shipment_id": shipment,
        "tracking_number": tracking_number,
        "milestone": milestone,
        "occurred_at": occurred_at,
        "event_id": event_id,
        "place": place,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    if payload is None:
        _refuse_if_incomplete(given)
    elif given:
        raise typer.BadParameter("give a payload or the options, not both")
    else:
        given = _fields_of(parse_webhook(read_bytes(payload)))
    by = sender(message_id or _id_of(given.get("event_id")), actor, as_json)
    _report(context, by, message_of(CarrierEvent, by, **given))


def _fields_of(told: WebhookEvent) -> dict[str, object]:
    return {
        "tracking_number": told.tracking_number,
        "milestone": told.milestone,
        "occurred_at": told.occurred_at,
        "event_id": told.event_id,
        "place": told.place,
    }


def _id_of(event_id: object) -> str | None:
    # The carrier repeats its events: its own id makes a repeat the same message.
    return f"carrier:{event_id}" if event_id else None


def _refuse_if_incomplete(given: dict[str, object]) -> None:
    named = given.keys() & {"shipment_id", "tracking_number"}
    if not named or not {"milestone", "occurred_at"} <= given.keys():
        raise typer.BadParameter(
            "give a payload file, or --milestone and --occurred-at with --shipment "
            "or --tracking-number"
        )


def _report(context: typer.Context, by: Sender, message: CarrierEvent) -> None:
    async def work(desk: Desk) -> None:
        operations = CarrierEventOperations(
            database=desk.database, delivery=desk.delivery, clock=desk.clock
        )
        reported = await operations.report(message)
        later = "" if reported.is_delivered else "; kept, a worker delivers it"
        text = f"{reported.shipment_id}: {reported.milestone}{later}"
        Output(as_json=by.as_json).one(reported, text)

    at_desk(context, work)


@app.command()
def label(
    context: typer.Context,
    subject: SubjectArgument,
    label_format: Annotated[
        LabelFormat, typer.Option("--format", help="For office or label printers.")
    ] = LabelFormat.PDF,
    output: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="Where to write it, - for stdout [default: SHIPMENT.FORMAT here].",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a shipment's label to a file; it bears the customer's address.

    Example: orderwright ship label web-1001-1 --format zpl --output label.zpl
    """
    if as_json and output == STDIN:
        raise typer.BadParameter("stdout takes the label or JSON, not both")
    found = in_database(context, lambda database: _find_label(database, subject))
    path = output or Path(f"{found.shipment_id}.{label_format}")
    is_pdf = label_format is LabelFormat.PDF
    write_file(path, found.pdf if is_pdf else found.zpl.encode())
    if path != STDIN:
        written = {
            "shipment_id": found.shipment_id,
            "carrier": found.carrier,
            "tracking_number": found.tracking_number,
            "file": str(path),
        }
        Output(as_json=as_json).one(written, str(path))


def _find_label(database: Database, subject: Subject) -> LabelDocuments:
    with database.read() as connection:
        shipment_id = subject.shipment_id or fitting_shipment_of(
            connection, subject.order_id, _LABELLED
        )
        return valid_label(connection, shipment_id)
