"""`orderwright kpi sources|leave-out|count-in`: whose orders KPIs count."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.options import Actor, AsJson
from cli.output import Output
from operations.kpi.sources import (
    SourceView,
    count_source_in,
    leave_source_out,
    list_sources,
)
from persistence.database import Database

COLUMNS = ("source", "orders", "is_left_out", "reason")
_SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A selling account, such as web.")
]


def sources(context: typer.Context, as_json: AsJson = False) -> None:
    """List the sources of orders, and which of them KPIs leave out.

    Example: orderwright kpi sources
    """

    def read(database: Database) -> list[SourceView]:
        with database.read() as connection:
            return list_sources(connection)

    Output(as_json=as_json).items(in_database(context, read), COLUMNS)


def leave_out(
    context: typer.Context,
    source: _SourceArgument,
    reason: Annotated[str, typer.Option(help="Why its orders are no business.")],
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Leave a source out of every KPI, such as a test account.

    `--source` still asks for it. Example: orderwright kpi leave-out test --reason
    'orders of our own tests'
    """
    clock = surroundings_of(context).clock

    def write(database: Database) -> SourceView:
        return leave_source_out(database, source, reason, actor=actor, clock=clock)

    found = in_database(context, write)
    text = f"{found.source} is left out: {found.reason}; it has {found.orders} orders"
    Output(as_json=as_json).one(found, text)


def count_in(
    context: typer.Context, source: _SourceArgument, as_json: AsJson = False
) -> None:
    """Count the orders of a source again that was left out.

    Example: orderwright kpi count-in test
    """
    found = in_database(context, lambda database: count_source_in(database, source))
    text = f"{found.source} counts again, with {found.orders} orders"
    Output(as_json=as_json).one(found, text)
