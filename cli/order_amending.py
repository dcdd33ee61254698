"""`orderwright order change`: other lines, or another address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic import ValidationError

from cli.context import Desk, at_desk
from cli.documents import read_object
from cli.options import (
    Actor,
    AsJson,
    LineQuantity,
    MessageId,
    Number,
    OrderArgument,
    SkuQuantity,
    Source,
    chosen_order,
    read_decimal,
    read_input_path,
    read_line_quantity,
    read_sku_quantity,
)
from cli.output import Output
from cli.telling import Sender, message_of, sender, tell
from messages.names import UpdateName
from messages.order_document import ShipTo, invalid_input_of
from messages.order_messages import ChangeLines

_FIELDS = tuple(ShipTo.model_fields)


class AddressField(NamedTuple):
    """One field of an address, as typed."""

    name: str
    value: str


def read_address_field(text: str) -> AddressField:
    """Read `FIELD=VALUE` of an address."""
    name, separator, value = text.partition("=")
    if not separator or name not in _FIELDS:
        raise typer.BadParameter(f"FIELD=VALUE, with a field of {', '.join(_FIELDS)}")
    return AddressField(name, value)


_Lines = Annotated[
    list[LineQuantity] | None,
    typer.Option(
        "--line",
        parser=read_line_quantity,
        metavar="LINE=QUANTITY",
        help="Set the quantity of a line.",
    ),
]
_Remove = Annotated[list[int] | None, typer.Option(min=1, help="Remove a line.")]
_Add = Annotated[
    list[SkuQuantity] | None,
    typer.Option(
        parser=read_sku_quantity,
        metavar="SKU=QUANTITY[@PRICE]",
        help="Add a line, at a unit price if given.",
    ),
]
_ShipTo = Annotated[
    Path | None,
    typer.Option(
        parser=read_input_path,
        metavar="FILE|-",
        help="The new address as JSON, as in an order document; - for stdin.",
    ),
]
_Address = Annotated[
    list[AddressField] | None,
    typer.Option(
        parser=read_address_field,
        metavar="FIELD=VALUE",
        help="A new value of one field of the address, in place of --ship-to; once for "
        "each field that changes. Without VALUE the field is emptied.",
    ),
]
_Reason = Annotated[str, typer.Option(help="A word for it.")]


def change(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    lines: _Lines = None,
    remove: _Remove = None,
    add: _Add = None,
    reason: _Reason = "customer",
    ship_to: _ShipTo = None,
    address: _Address = None,
    message_id: MessageId = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Change an order's lines before picking, or its address before the hand-over.

    Examples: orderwright order change web-1001 --line 1=2 --remove 3 --add MUG=2@9.50;
    orderwright order change web-1001 --address postcode=10117
    """
    order_id = chosen_order(order, source, number)
    changes = list(_line_changes(lines or [], remove or [], add or []))
    if sum([bool(changes), ship_to is not None, bool(address)]) != 1:
        raise typer.BadParameter(
            "give either line changes (--line, --remove, --add) or one new address "
            "(--ship-to FILE, or --address for each field that changes)"
        )
    by = sender(message_id, actor, as_json)
    if changes:
        message = message_of(ChangeLines, by, lines=changes, reason=reason)
        tell(context, order_id, UpdateName.CHANGE_LINES, by, message)
    else:
        whole = _read_ship_to(read_object(ship_to)) if ship_to else None
        _change_ship_to(context, order_id, by, whole, address or [])


def _line_changes(
    lines: list[LineQuantity], remove: list[int], add: list[SkuQuantity]
) -> Iterator[dict[str, object]]:
    for line in lines:
        yield {"line_no": line.line_no, "sku": line.sku, "quantity": line.quantity}
    for line_no in remove:
        yield {"line_no": line_no, "quantity": 0}
    for new in add:
        price = read_decimal(new.rest) if new.rest else None
        yield {"sku": new.sku, "quantity": new.quantity, "unit_price": price}


def _change_ship_to(
    context: typer.Context,
    order_id: str,
    by: Sender,
    whole: ShipTo | None,
    fields: Sequence[AddressField],
) -> None:
    async def work(desk: Desk) -> None:
        ship_to = whole or _changed(await desk.orders.ship_to(order_id), fields)
        answer = await desk.orders.change_ship_to(
            order_id, ship_to, message_id=by.message_id, actor=by.actor
        )
        if answer is not None:
            Output(as_json=by.as_json).one(answer, answer.text)

    at_desk(context, work)


def _changed(present: ShipTo, fields: Sequence[AddressField]) -> ShipTo:
    return _read_ship_to({**present.model_dump(), **dict(map(_emptied, fields))})


def _emptied(field: AddressField) -> tuple[str, str | None]:
    # A country without postcodes has an empty one; any other empty field is none.
    is_kept = field.value or field.name == "postcode"
    return field.name, field.value if is_kept else None


def _read_ship_to(given: Mapping[str, object]) -> ShipTo:
    try:
        return ShipTo.model_validate(given)
    except ValidationError as error:
        raise invalid_input_of(error) from None
