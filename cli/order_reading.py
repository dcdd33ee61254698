"""`orderwright order list|status|timeline|watch`: what the database says of orders."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import typer

from cli.context import in_database, surroundings_of
from cli.history import history_in_words
from cli.options import AsJson, Limit, Number, OrderArgument, Source, chosen_order
from cli.output import Output, moment, say
from domain.errors import OrderwrightError
from domain.orders.status import OrderStatus
from operations.queries.details import OrderDetails, ShipmentView, order_details
from operations.queries.history import HistoryDetails, history_details
from operations.queries.orders import (
    DEFAULT_LIMIT,
    OrderFilter,
    OrderRow,
    count_orders,
    list_orders,
    order_row,
)
from operations.queries.timeline import TimelineEntry, order_timeline
from persistence.database import Database

LIST_COLUMNS = (
    "order_id",
    "status",
    "since",
    "waits_for",
    "due_at",
    "attention_reason",
)
TIMELINE_COLUMNS = ("occurred_at", "recorded_at", "text", "actor", "shipment_id")
_Statuses = Annotated[
    list[OrderStatus] | None,
    typer.Option("--status", help="Only orders of this status; may be repeated."),
]


_Interval = Annotated[float, typer.Option(min=0.05, help="Seconds between looks.")]
_Timeout = Annotated[
    float | None,
    typer.Option(min=0, help="Give up after so many seconds, with exit code 1."),
]


class StillOpen(OrderwrightError):
    """The order has not ended in the time that was given."""


def list_all(
    context: typer.Context,
    statuses: _Statuses = None,
    source: Annotated[
        str | None, typer.Option(help="Only orders of this source.")
    ] = None,
    needs_attention: Annotated[
        bool | None,
        typer.Option(
            "--needs-attention/--needs-no-attention",
            help="Only orders that wait for a person, or only the others.",
        ),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first.

    Examples: orderwright order list --needs-attention; orderwright order list --status
    backordered --source web --json
    """
    wanted = OrderFilter(
        statuses=tuple(statuses or ()),
        source=source,
        needs_attention=needs_attention,
        limit=limit,
    )

    def read(database: Database) -> tuple[list[OrderRow], int]:
        with database.read() as connection:
            found = list_orders(connection, wanted)
            total = len(found)
            if total == limit:
                total = count_orders(connection, wanted)
            return found, total

    rows, total = in_database(context, read)
    Output(as_json=as_json).items(rows, LIST_COLUMNS)
    if total > len(rows):
        say(f"{len(rows)} of {total} orders; --limit {total} shows all")


def status(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    as_json: AsJson = False,
) -> None:
    """Show where an order stands, with its lines, shipments, holds and checks.

    Examples: orderwright order status web-1001; orderwright order status --source web
    --number '#1001' --json
    """
    order_id = chosen_order(order, source, number)
    now = surroundings_of(context).clock()

    def read(database: Database) -> OrderDetails | HistoryDetails:
        with database.read() as connection:
            imported = history_details(connection, order_id)
            return imported or order_details(connection, order_id, now)

    details = in_database(context, read)
    if isinstance(details, HistoryDetails):
        text = "\n".join(history_in_words(details))
    else:
        text = "\n".join(_in_words(details))
    Output(as_json=as_json).one(details, text)


def timeline(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened to an order, by whom, when, and when it was recorded.

    Example: orderwright order timeline web-1001
    """
    order_id = chosen_order(order, source, number)

    def read(database: Database) -> list[TimelineEntry]:
        with database.read() as connection:
            return order_timeline(connection, order_id)

    Output(as_json=as_json).items(in_database(context, read), TIMELINE_COLUMNS)


def watch(
    context: typer.Context,
    order: OrderArgument = None,
    source: Source = None,
    number: Number = None,
    interval: _Interval = 1.0,
    timeout: _Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Follow an order until it ends: each thing that happens, as it happens.

    Example: orderwright order watch web-1001
    """
    order_id = chosen_order(order, source, number)
    clock = surroundings_of(context).clock
    ends_at = clock() + timedelta(seconds=timeout) if timeout is not None else None
    output = Output(as_json=as_json)

    def follow(database: Database) -> OrderRow:
        seen, told_of = 0, ""
        while True:
            # The row first: what it says has its events written already.
            with database.read() as connection:
                row = order_row(connection, order_id)
                news = order_timeline(connection, order_id, seen)
            for entry in news:
                seen = max(seen, entry.event_id)
                output.one(entry, _sentence(entry))
            if row.ended_at is not None:
                return row
            if row.waits_for != told_of:
                told_of = row.waits_for
                say(f"{row.status}; waits for {told_of}")
            if ends_at is not None and clock() >= ends_at:
                raise StillOpen(f"{order_id} is still {row.status}")
            time.sleep(interval)

    say(f"{order_id} has ended: {in_database(context, follow).status}")


def _sentence(entry: TimelineEntry) -> str:
    where = f" [{entry.shipment_id}]" if entry.shipment_id else ""
    return f"{moment(entry.occurred_at)}  {entry.text}{where}  ({entry.actor})"


def _in_words(order: OrderDetails) -> Iterator[str]:
    yield f"{order.order_id}  {order.status} since {moment(order.since)} UTC"
    yield f"placed {moment(order.placed_at)} UTC as {order.number} by {order.channel}"
    if order.ended_at is None:
        due = f", due {moment(order.due_at)} UTC" if order.due_at else ""
        yield f"waits for {order.waits_for}{due}"
        yield f"what to do: {order.what_to_do}"
    if order.promised_on is not None:
        yield f"promised by {order.promised_on}"
    yield from _lines_in_words(order)
    for shipment in order.shipments:
        number = shipment.tracking_number or "no tracking number"
        told = f", carrier says {shipment.milestone}" if shipment.milestone else ""
        yield (
            f"shipment {shipment.shipment_id}: {shipment.status} at "
            f"{shipment.warehouse_id}, {shipment.carrier}, {number}{told}"
            f"{_days_in_words(shipment)}"
        )
    yield from _holds_in_words(order)
    yield from _questions_in_words(order)


def _days_in_words(shipment: ShipmentView) -> str:
    if shipment.ship_on is None or shipment.handed_over_at is not None:
        return ""
    return f", leaves on {shipment.ship_on}, due on {shipment.deliver_by}"


def _lines_in_words(order: OrderDetails) -> Iterator[str]:
    for line in order.lines:
        cancelled = (
            f", {line.cancelled_quantity} cancelled" if line.cancelled_quantity else ""
        )
        unknown = "" if line.sku else " (unknown SKU)"
        sku = line.sku or line.ordered_sku
        yield f"line {line.line_no}: {line.quantity} x {sku}{unknown}{cancelled}"


def _holds_in_words(order: OrderDetails) -> Iterator[str]:
    for hold in order.holds:
        if hold.released_at is None:
            # A hold that was placed without a word for it has its kind as reason.
            reason = "" if hold.reason == hold.kind else f": {hold.reason}"
            yield (
                f"hold {hold.hold_id} ({hold.kind}) blocks {', '.join(hold.blocks)}"
                f"{reason}; for {hold.owner_role}{_until(hold.expires_at)}"
            )
    for check in order.checks:
        if check.outcome not in ("pass", "not_checked"):
            yield f"check {check.check}: {check.outcome}, {check.reason}"


def _questions_in_words(order: OrderDetails) -> Iterator[str]:
    for exception in order.exceptions:
        if exception.resolved_at is None:
            yield (
                f"exception {exception.exception_id} for {exception.owner_role}: "
                f"{exception.cause}; {exception.suggested_act}"
            )
    for refund in order.refunds:
        if refund.confirmed_at is None:
            money = f"{refund.amount} {refund.currency}" if refund.amount else "?"
            yield f"refund {refund.refund_id} is due: {money}, {refund.reason}"


def _until(instant: datetime | None) -> str:
    return f", until {moment(instant)} UTC" if instant else ""
