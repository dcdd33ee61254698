"""`orderwright put-back confirm`: goods of a cancelled shipment are in their bins."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import (
    Actor,
    AsJson,
    At,
    MessageId,
    SkuQuantity,
    SubjectArgument,
    read_sku_quantity,
)
from cli.telling import message_of, sender, tell
from messages.names import UpdateName
from messages.order_messages import ConfirmPutBack

app = typer.Typer(no_args_is_help=True, help="Confirm goods that were put back.")


@app.callback()
def _put_back() -> None:
    """Confirm goods that were put back."""


_Scans = Annotated[
    list[str] | None,
    typer.Option(
        "--scan",
        metavar="BARCODE",
        help="A barcode as scanned at the bin, once for each scan.",
    ),
]


@app.command()
def confirm(
    context: typer.Context,
    subject: SubjectArgument,
    lines: Annotated[
        list[SkuQuantity] | None,
        typer.Option(
            "--line",
            parser=read_sku_quantity,
            metavar="SKU=QUANTITY[@LOCATION]",
            help="Units of an article that went back, and where to.",
        ),
    ] = None,
    scans: _Scans = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All went back to where it came from.")
    ] = False,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say that a cancelled shipment's goods are back; `pick list` shows where to.

    Examples: orderwright put-back confirm web-1001-1 --all; orderwright put-back
    confirm web-1001-1 --line MUG=2@B-04-1; orderwright put-back confirm web-1001-1
    --scan 4006381333931 --scan 4006381333931
    """
    if bool(lines or scans) == everything:
        raise typer.BadParameter(
            "say what went back: --line for each SKU, --scan for each barcode, or --all"
        )
    by = sender(message_id, actor, as_json, at)
    message = message_of(
        ConfirmPutBack,
        by,
        shipment_id=subject.shipment_id,
        lines=[
            {"sku": one.sku, "quantity": one.quantity, "location": one.rest}
            for one in lines or []
        ]
        + [{"sku": barcode, "quantity": 1} for barcode in scans or []],
    )
    tell(context, subject.order_id, UpdateName.CONFIRM_PUT_BACK, by, message)
