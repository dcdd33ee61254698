"""`orderwright stock reserve|extend|release|reservations|backlog`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated

import typer

from cli.context import Desk, at_desk, in_database, surroundings_of
from cli.options import (
    Actor,
    AsJson,
    Limit,
    SkuQuantity,
    read_instant,
    read_sku_quantity,
)
from cli.output import Output
from domain.stock.reservations import SOFT, ReservationKind
from operations.queries.backlog import BacklogRow, backlog
from operations.queries.reservations import ReservationView, list_reservations
from operations.reservations import ReservationOperations, ReservationTerms, Reserved
from persistence.database import Database

DEFAULT_MINUTES = 30
RESERVATION_COLUMNS = (
    "reservation_id",
    "kind",
    "status",
    "units",
    "expires_at",
    "reference",
    "order_id",
)
BACKLOG_COLUMNS = (
    "sku",
    "place",
    "order_id",
    "priority",
    "waiting_since",
    "units",
    "reserved",
    "why",
)
_Minutes = Annotated[
    int | None, typer.Option(min=1, help=f"Keep so long [default: {DEFAULT_MINUTES}].")
]
_Until = Annotated[
    datetime | None,
    typer.Option(
        parser=read_instant,
        metavar="INSTANT",
        help="Keep until then, in place of that.",
    ),
]
_Id = Annotated[str, typer.Argument(metavar="ID", help="The reservation's id.")]


def reserve(
    context: typer.Context,
    units: Annotated[
        list[SkuQuantity],
        typer.Argument(parser=read_sku_quantity, metavar="SKU=QUANTITY..."),
    ],
    kind: Annotated[
        str, typer.Option("--for", help="What for: draft or checkout.")
    ] = ReservationKind.DRAFT,
    minutes: _Minutes = None,
    until: _Until = None,
    reference: Annotated[
        str | None, typer.Option(help="The cart or draft; it has one reservation.")
    ] = None,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Keep units for an order that is being written or paid, all or none of them.

    Example: orderwright stock reserve MUG=2 JUG=1 --for checkout --minutes 15
    """
    if kind not in SOFT:
        raise typer.BadParameter("draft or checkout", param_hint="--for")
    wanted: Counter[str] = Counter()
    for one in units:
        wanted[one.sku] += one.quantity
    terms = ReservationTerms(
        kind=ReservationKind(kind),
        expires_at=_moment(context, minutes, until),
        reference=reference,
        actor=actor,
    )

    async def work(desk: Desk) -> Reserved:
        return await _operations(desk).reserve(wanted, terms)

    _show(Output(as_json=as_json), at_desk(context, work))


def extend(
    context: typer.Context,
    reservation_id: _Id,
    minutes: _Minutes = None,
    until: _Until = None,
    as_json: AsJson = False,
) -> None:
    """Keep a reservation's units longer; never shorter.

    Example: orderwright stock extend draft-3f2a --minutes 30
    """
    moment = _moment(context, minutes, until)

    async def work(desk: Desk) -> Reserved:
        return await _operations(desk).extend(reservation_id, moment)

    _show(Output(as_json=as_json), at_desk(context, work))


def release(
    context: typer.Context,
    reservation_id: _Id,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Give a reservation's units back; who waits for them gets them.

    Example: orderwright stock release draft-3f2a
    """

    async def work(desk: Desk) -> Reserved:
        return await _operations(desk).release(reservation_id, actor=actor)

    _show(Output(as_json=as_json), at_desk(context, work))


def reservations(
    context: typer.Context,
    kind: Annotated[
        list[ReservationKind] | None, typer.Option(help="Only of this kind.")
    ] = None,
    with_closed: Annotated[
        bool, typer.Option("--all", help="Also what has ended.")
    ] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List what is kept for whom, what ends first at the top.

    Example: orderwright stock reservations --kind checkout --json
    """

    def read(database: Database) -> list[ReservationView]:
        with database.read() as connection:
            return list_reservations(
                connection, kinds=kind or (), with_closed=with_closed, limit=limit
            )

    Output(as_json=as_json).items(in_database(context, read), RESERVATION_COLUMNS)


def show_backlog(
    context: typer.Context,
    sku: Annotated[
        str | None, typer.Argument(metavar="SKU", help="Only for this article.")
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List the orders that wait for stock, in the order in which they are filled.

    Example: orderwright stock backlog MUG
    """

    def read(database: Database) -> list[BacklogRow]:
        with database.read() as connection:
            return backlog(connection, sku=sku, limit=limit)

    Output(as_json=as_json).items(in_database(context, read), BACKLOG_COLUMNS)


def _operations(desk: Desk) -> ReservationOperations:
    return ReservationOperations(
        database=desk.database, delivery=desk.delivery, clock=desk.clock
    )


def _moment(
    context: typer.Context, minutes: int | None, until: datetime | None
) -> datetime:
    if minutes is not None and until is not None:
        raise typer.BadParameter("--minutes or --until, not both")
    now = surroundings_of(context).clock()
    return until or now + timedelta(minutes=minutes or DEFAULT_MINUTES)


def _show(output: Output, reserved: Reserved) -> None:
    one = reserved.reservation
    shown = {
        **one.model_dump(mode="json"),
        "is_new": reserved.is_new,
        "is_told": reserved.is_told,
    }
    until = f" until {one.expires_at:%Y-%m-%d %H:%M} UTC" if one.expires_at else ""
    words = (
        f"{one.reservation_id} keeps {one.units} units{until}"
        if one.status == "open"
        else f"{one.reservation_id} is {one.status}"
    )
    later = "" if reserved.is_told else "; the server is told when it answers"
    output.one(shown, words + later)
