"""`orderwright stock`: what lies where, how it got there, and what arrives."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import (
    stock_audit,
    stock_booking,
    stock_expected,
    stock_freezing,
    stock_moving,
    stock_reserving,
    stock_value,
)
from cli.context import in_database
from cli.options import AsJson, Limit
from cli.output import Output
from operations.queries.stock import (
    MovementRow,
    StockRow,
    stock_levels,
    stock_movements,
)
from persistence.database import Database

app = typer.Typer(
    no_args_is_help=True, help="Show stock and its movements, book what arrives."
)
LEVEL_COLUMNS = (
    "sku",
    "warehouse_id",
    "location_id",
    "on_hand",
    "allocated",
    "reserved",
    "available",
)
MOVEMENT_COLUMNS = (
    "occurred_at",
    "kind",
    "sku",
    "location_id",
    "on_hand_change",
    "allocated_change",
    "reserved_change",
    "unit_cost",
    "currency",
    "order_id",
    "actor",
)


@app.command()
def show(
    context: typer.Context,
    skus: Annotated[
        list[str] | None, typer.Argument(metavar="SKU...", help="Only these.")
    ] = None,
    warehouse: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    location: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how much is where: on hand, allocated, reserved and available.

    Example: orderwright stock show MUG --json
    """

    def read(database: Database) -> list[StockRow]:
        with database.read() as connection:
            return stock_levels(
                connection,
                skus=tuple(skus or ()),
                warehouse_id=warehouse,
                location_id=location,
            )

    Output(as_json=as_json).items(in_database(context, read), LEVEL_COLUMNS)


@app.command()
def movements(
    context: typer.Context,
    sku: Annotated[str | None, typer.Option(help="Only of this article.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this one.")] = None,
    order: Annotated[str | None, typer.Option(help="Only for this order.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show the ledger behind the stock, the newest movement first.

    Example: orderwright stock movements --sku MUG --limit 20
    """

    def read(database: Database) -> list[MovementRow]:
        with database.read() as connection:
            return stock_movements(
                connection, sku=sku, location_id=location, order_id=order, limit=limit
            )

    Output(as_json=as_json).items(in_database(context, read), MOVEMENT_COLUMNS)


app.command("import")(stock_booking.import_file)
app.command("receive")(stock_booking.receive)
app.command("audit")(stock_audit.audit)
app.command("value")(stock_value.value)
app.command("expect")(stock_expected.expect)
app.add_typer(stock_expected.app, name="expected")
app.command("transfer")(stock_moving.transfer)
app.command("adjust", context_settings=stock_moving.NUMBERS_BELOW_ZERO)(
    stock_moving.adjust
)
app.command("damage")(stock_moving.damage)
app.command("return")(stock_moving.give_back)
app.command("freeze")(stock_freezing.freeze)
app.command("unfreeze")(stock_freezing.unfreeze)
app.command("reserve")(stock_reserving.reserve)
app.command("extend")(stock_reserving.extend)
app.command("release")(stock_reserving.release)
app.command("reservations")(stock_reserving.reservations)
app.command("backlog")(stock_reserving.show_backlog)
