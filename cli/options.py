"""Options and arguments that several commands share, and how their texts are read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from cli.documents import STDIN
from domain.errors import InvalidInput
from domain.identity import order_id_of, source_and_number

# An order, a shipment of it, or a task of that shipment.
_SUBJECT = re.compile(
    r"(?P<order>[a-z0-9]+-[A-Za-z0-9._]+)"
    r"(?:-(?P<sequence>\d+)(?:-(?:pick|put-back\d*))?)?"
)
_PICK = re.compile(
    r"(?P<line>\d+)(?::(?P<sku>[^=]+))?=(?P<quantity>\d+)(?:@(?P<location>.+))?"
)
_SKU = re.compile(r"(?P<sku>[^=]+)=(?P<quantity>\d+)(?:@(?P<rest>.+))?")


class Subject(NamedTuple):
    """What a shipment command is about; without a shipment, the only fitting one."""

    order_id: str
    shipment_id: str | None


class LineQuantity(NamedTuple):
    """A line's number and a quantity of it, of one of its SKUs, at a location."""

    line_no: int
    quantity: int
    sku: str | None
    location: str | None


class SkuQuantity(NamedTuple):
    """Units of a SKU, and what followed the `@`."""

    sku: str
    quantity: int
    rest: str | None


def read_subject(text: str) -> Subject:
    """Read an order, shipment or task id."""
    found = _SUBJECT.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            "an order id such as web-1001, a shipment id such as web-1001-1, "
            "or a task id such as web-1001-1-pick"
        )
    sequence = found["sequence"]
    order_id = found["order"]
    return Subject(order_id, f"{order_id}-{sequence}" if sequence else None)


def read_instant(text: str) -> datetime:
    """Read an instant in ISO 8601 with its offset."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter("a moment with its offset, such as 2026-01-31T09:00Z")
    return instant.astimezone(UTC)


def read_line_quantity(text: str) -> LineQuantity:
    """Read `LINE=QUANTITY`, with `:SKU` and `@LOCATION` where one line has several."""
    found = _PICK.fullmatch(text)
    if found is None:
        raise typer.BadParameter("LINE[:SKU]=QUANTITY[@LOCATION], such as 1=2")
    return LineQuantity(
        int(found["line"]), int(found["quantity"]), found["sku"], found["location"]
    )


def read_sku_quantity(text: str) -> SkuQuantity:
    """Read `SKU=QUANTITY`, with what follows an `@`."""
    found = _SKU.fullmatch(text)
    if found is None:
        raise typer.BadParameter("SKU=QUANTITY, such as MUG=2")
    return SkuQuantity(found["sku"], int(found["quantity"]), found["rest"])


def read_input_path(text: str) -> Path:
    """Read the path of a file that exists, or `-` for stdin."""
    path = Path(text)
    if path != STDIN and not path.is_file():
        raise typer.BadParameter(f"file {text!r} does not exist")
    return path


def read_decimal(text: str) -> Decimal:
    """Read an exact decimal number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise typer.BadParameter("a number, such as 9.50")
    return number


def chosen_order(order: str | None, source: str | None, number: str | None) -> str:
    """Return the order id that was given, or that of a source's own number."""
    if order is not None and source is None and number is None:
        try:
            source_and_number(order)
        except InvalidInput:
            raise typer.BadParameter(
                f"{order!r} is no order id: those look like web-1001 "
                "(or give --source web --number '#1001')"
            ) from None
        return order
    if order is None and source is not None and number is not None:
        try:
            return order_id_of(source, number)
        except InvalidInput as error:
            raise typer.BadParameter(str(error)) from None
    raise typer.BadParameter(
        "either an order id such as web-1001, or --source with --number"
    )


AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help="Write JSON to stdout: one object, or a line for each of a list."
    ),
]
MessageId = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Id of this message; a repeat with the same id changes nothing. "
        "Without it a new one is made and shown.",
    ),
]
Actor = Annotated[
    str, typer.Option(help="Who says so: an opaque reference such as picker:7.")
]
At = Annotated[
    datetime | None,
    typer.Option(
        parser=read_instant,
        metavar="INSTANT",
        help="When it happened, if not now: 2026-01-31T09:00Z.",
    ),
]
OrderArgument = Annotated[
    str | None, typer.Argument(metavar="ORDER", help="Order id, such as web-1001.")
]
Source = Annotated[
    str | None, typer.Option(help="With --number, in place of the order id.")
]
Number = Annotated[str | None, typer.Option(help="The source's own order number.")]
SubjectArgument = Annotated[
    Subject,
    typer.Argument(
        parser=read_subject,
        metavar="SHIPMENT",
        help="Shipment id such as web-1001-1, its task's id, or the order id "
        "if only one shipment fits.",
    ),
]
Note = Annotated[
    str | None,
    typer.Option(
        help="Free text; it is kept in the database and travels as a reference."
    ),
]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check everything, keep nothing.")
]
InputFile = Annotated[
    Path,
    typer.Argument(
        parser=read_input_path, metavar="FILE|-", help="A file, or - for stdin."
    ),
]
DiskFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]
Rejects = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        help="Where refused rows go, to be mended and sent again "
        "[default: NAME.rejects.csv here].",
    ),
]
Mapping = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="With --from-orders: TOML that says what the columns mean.",
    ),
]
