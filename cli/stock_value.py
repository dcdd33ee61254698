"""`orderwright stock value`: what the stock is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.context import in_database
from cli.options import AsJson
from cli.output import Output
from operations.queries.stock_value import ValueReport, stock_value_report
from persistence.database import Database

COLUMNS = (
    "warehouse_id",
    "sku",
    "units",
    "average",
    "value",
    "currency",
    "units_without_cost",
)


def value(
    context: typer.Context,
    warehouse: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the stock is worth by the moving average: each article, and the sums.

    Example: orderwright stock value --warehouse main --json
    """

    def read(database: Database) -> ValueReport:
        with database.read() as connection:
            return stock_value_report(connection, warehouse)

    report = in_database(context, read)
    output = Output(as_json=as_json)
    if not as_json:
        output.items(report.articles, COLUMNS)
    output.one(report, "\n".join(_in_words(report)))


def _in_words(report: ValueReport) -> Iterator[str]:
    for one in report.sums:
        yield f"{one.units} units are worth {one.value} {one.currency}"
    if not report.sums:
        yield "no stock has a known cost"
    if report.units_without_cost:
        yield f"of {report.units_without_cost} units the cost is not known"
