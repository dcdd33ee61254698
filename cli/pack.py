"""`orderwright pack confirm`: what was counted into each package."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from cli.context import Desk, at_desk
from cli.options import (
    Actor,
    AsJson,
    At,
    MessageId,
    SubjectArgument,
    read_sku_quantity,
)
from cli.shipments import shipment_in
from cli.telling import message_of, send, sender
from messages.fitting import FITTING
from messages.names import UpdateName
from messages.order_messages import ConfirmPack
from operations.floor import package_as_picked

app = typer.Typer(no_args_is_help=True, help="Confirm what was packed.")
_FORM = "'SKU=QUANTITY,SKU=QUANTITY;weight=GRAMS;size=LENGTHxWIDTHxHEIGHT'"
_SIDES = 3


class CountedPackage(NamedTuple):
    """One package as typed: what is in it, in grams and millimetres."""

    fields: dict[str, object]


def read_package(text: str) -> CountedPackage:
    """Read a package, such as `MUG=2,TEA=1;weight=500;size=300x200x100`."""
    contents, *measures = text.split(";")
    lines = [read_sku_quantity(each.strip()) for each in contents.split(",")]
    fields: dict[str, object] = {
        "lines": [{"sku": one.sku, "quantity": one.quantity} for one in lines]
    }
    for measure in measures:
        fields |= _measure(measure.strip())
    return CountedPackage(fields)


def _measure(text: str) -> dict[str, object]:
    name, _, value = text.partition("=")
    sides = value.split("x")
    if name == "weight" and value.isdecimal():
        return {"weight_grams": int(value)}
    if name == "size" and len(sides) == _SIDES and all(s.isdecimal() for s in sides):
        length, width, height = (int(side) for side in sides)
        return {"length_mm": length, "width_mm": width, "height_mm": height}
    raise typer.BadParameter(f"{_FORM}; weight in grams, sides in millimetres")


_Packages = Annotated[
    list[CountedPackage] | None,
    typer.Option(
        "--package",
        parser=read_package,
        metavar="PACKAGE",
        help=f"What was counted into a package: {_FORM}; one option for each.",
    ),
]


@app.callback()
def _pack() -> None:
    """Confirm what was packed."""


@app.command()
def confirm(
    context: typer.Context,
    subject: SubjectArgument,
    packages: _Packages = None,
    as_picked: Annotated[
        bool,
        typer.Option("--as-picked", help="One package that holds all that was picked."),
    ] = False,
    at: At = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Say what was counted into each package; a miscount is recorded and refused.

    Examples: orderwright pack confirm web-1001-1 --package 'MUG=2;weight=750' --actor
    packer:2; orderwright pack confirm web-1001-1 --as-picked
    """
    if bool(packages) == as_picked:
        raise typer.BadParameter("say what was packed: --package, or --as-picked")
    by = sender(message_id, actor, as_json, at)

    async def work(desk: Desk) -> None:
        shipment_id = subject.shipment_id
        counted: list[object] = [one.fields for one in packages or []]
        if as_picked:
            wanted = FITTING[UpdateName.CONFIRM_PACK]
            shipment_id = shipment_in(desk, subject, wanted)
            with desk.database.read() as connection:
                counted = [package_as_picked(connection, shipment_id)]
        message = message_of(ConfirmPack, by, shipment_id=shipment_id, packages=counted)
        await send(desk, subject.order_id, UpdateName.CONFIRM_PACK, by, message)

    at_desk(context, work)
