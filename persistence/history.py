"""Storing the history: orders that other systems finished, or left open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, String, bindparam, delete, select, update

from domain.events import EventKind
from domain.identity import shipment_id_of
from domain.kpi.history import HistoryKind, HistoryStatus
from persistence.bulk import insert_rows, unchecked
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_order,
    history_shipment,
    orders,
)
from persistence.upsert import POSTGRESQL, insert_or_ignore

ACTOR = "import"
# Below the number of variables one statement may have on either database.
ORDERS_AT_ONCE = 500


class LineFacts(NamedTuple):
    """One line, or what an order without lines says of all; amounts in millionths.

    Not a dataclass: there are half a million of them.
    """

    sku: str | None
    category: str | None
    quantity_ordered: int | None
    quantity_shipped: int | None
    quantity_rejected: int | None
    unit_price_micros: int | None
    unit_cost_micros: int | None
    error_kind: str | None
    error_found_at: datetime | None


# A line with the number of its shipment; lines are numbered from 1 as they stand.
NumberedLine = tuple[int, LineFacts]
# Number of the shipment if it is of one, kind, when, and what else is known.
HistoryEvent = tuple[int | None, EventKind, datetime, Mapping[str, object]]


class Stored(StrEnum):
    """What became of an order of the history."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    # An order of ours: what happened to it is known here.
    PLACED_HERE = "placed_here"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryShipment:
    """What the source says of one shipment."""

    shipment_no: int
    warehouse_id: str | None
    carrier: str | None
    handed_over_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOrder:
    """An order as another system tells of it; the fingerprint is of all its content."""

    order_id: str
    source: str
    number: str
    fingerprint: str
    status: HistoryStatus
    channel: str | None
    service_level: str | None
    customer_group: str | None
    customer: str | None
    ship_to_zone: str | None
    currency: str | None
    placed_at: datetime
    cancel_cause: str | None
    promised_at: datetime | None
    promised_on: date | None
    due_ship_at: datetime | None
    due_ship_on: date | None
    shipments: Sequence[HistoryShipment]
    lines: Sequence[NumberedLine]
    events: Sequence[HistoryEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """Which import writes, and when."""

    import_id: str
    kind: HistoryKind
    actor: str
    now: datetime


_ORDER_COLUMNS = tuple(column.name for column in history_order.columns)
_SHIPMENT_COLUMNS = tuple(column.name for column in history_shipment.columns)
_LINE_COLUMNS = tuple(column.name for column in history_line.columns)
_EVENT_COLUMNS = tuple(
    column.name
    for column in fulfillment_event.columns
    if column.name != "fulfillment_event_id"
)
_IDS = bindparam("order_ids", type_=String, expanding=True)
_OURS = select(orders.c.order_id).where(orders.c.order_id.in_(_IDS))
_KNOWN = select(history_order.c.order_id, history_order.c.fingerprint).where(
    history_order.c.order_id.in_(_IDS)
)
# What hangs on a row goes before the row.
_FORGET = tuple(
    delete(table).where(table.c.order_id.in_(_IDS))
    for table in (history_line, history_shipment, history_order)
)


class PlacedMeanwhile(Exception):
    """One of the orders was placed here while its history was being written."""


def begin_import(connection: Connection, run: ImportRun) -> None:
    """Note the import; one that broke off is taken up again."""
    row = {
        "import_id": run.import_id,
        "kind": run.kind,
        "started_at": run.now,
        "actor": run.actor,
    }
    insert_or_ignore(connection, history_import, [row])


def finish_import(connection: Connection, run: ImportRun) -> None:
    """Note that all of the file was read."""
    connection.execute(
        update(history_import)
        .where(history_import.c.import_id == run.import_id)
        .values(finished_at=run.now)
    )


def store_history(
    connection: Connection, run: ImportRun, told: Sequence[HistoryOrder]
) -> dict[str, Stored]:
    """Store orders with their events; say of each id what became of it.

    Raises `PlacedMeanwhile` if one of them was placed here at the same time.
    """
    begin_import(connection, run)
    found: dict[str, Stored] = {}
    for start in range(0, len(told), ORDERS_AT_ONCE):
        chunk = told[start : start + ORDERS_AT_ONCE]
        became = _became(connection, chunk)
        found |= became
        corrected = [i for i, what in became.items() if what is Stored.CORRECTED]
        if corrected:
            for forget in _FORGET:
                connection.execute(forget, {"order_ids": corrected})
        writing = {Stored.IMPORTED, Stored.CORRECTED}
        written = [each for each in chunk if became[each.order_id] in writing]
        # In the order of the keys, which is kinder to their indexes.
        written.sort(key=lambda order: order.order_id)
        _write(connection, run, written, frozenset(corrected))
    _refuse_placed(connection, found)
    return found


def _became(connection: Connection, chunk: Sequence[HistoryOrder]) -> dict[str, Stored]:
    wanted = {"order_ids": [order.order_id for order in chunk]}
    ours = set(connection.execute(_OURS, wanted).scalars())
    known = {
        row.order_id: row.fingerprint for row in connection.execute(_KNOWN, wanted)
    }
    found = {}
    for order in chunk:
        if order.order_id in ours:
            found[order.order_id] = Stored.PLACED_HERE
        elif order.order_id not in known:
            found[order.order_id] = Stored.IMPORTED
        elif known[order.order_id] == order.fingerprint:
            found[order.order_id] = Stored.UNCHANGED
        else:
            found[order.order_id] = Stored.CORRECTED
    return found


def _write(
    connection: Connection,
    run: ImportRun,
    written: Sequence[HistoryOrder],
    corrected: frozenset[str],
) -> None:
    insert_rows(
        connection,
        history_order,
        _ORDER_COLUMNS,
        [
            tuple(
                run.import_id if name == "import_id" else getattr(order, name)
                for name in _ORDER_COLUMNS
            )
            for order in written
        ],
    )
    insert_rows(
        connection, history_shipment, _SHIPMENT_COLUMNS, list(_shipments(written))
    )
    insert_rows(
        connection,
        history_line,
        _LINE_COLUMNS,
        [
            (order.order_id, line_no, shipment_no, *line)
            for order in written
            for line_no, (shipment_no, line) in enumerate(order.lines, start=1)
        ],
    )
    with unchecked(connection):
        insert_rows(
            connection,
            fulfillment_event,
            _EVENT_COLUMNS,
            list(_events(run, written, corrected)),
        )


def _shipments(written: Sequence[HistoryOrder]) -> Iterator[tuple[object, ...]]:
    for order in written:
        for one in order.shipments:
            yield (
                order.order_id,
                one.shipment_no,
                one.warehouse_id,
                one.carrier,
                one.handed_over_at,
                one.delivered_at,
            )


def _events(
    run: ImportRun, written: Sequence[HistoryOrder], corrected: frozenset[str]
) -> Iterator[tuple[object, ...]]:
    cause = f"history:{run.import_id}"
    for order in written:
        order_id = order.order_id
        events = order.events
        if order_id in corrected:
            # It comes first: readers pass over everything before it.
            events = [(None, EventKind.HISTORY_CORRECTED, run.now, {}), *events]
        for shipment_no, kind, occurred_at, data in events:
            yield (
                order_id,
                shipment_no and shipment_id_of(order_id, shipment_no),
                kind.value,
                ACTOR,
                cause,
                data,
                occurred_at,
                run.now,
            )


def _refuse_placed(connection: Connection, found: Mapping[str, Stored]) -> None:
    """Look again for orders of ours, now that nobody can add one.

    Without this, capture and import could each miss what the other has not committed;
    SQLite has one writer anyway. The lock is held for this look and the commit alone.
    """
    if connection.dialect.name != POSTGRESQL:
        return
    told = [i for i, what in found.items() if what is not Stored.PLACED_HERE]
    connection.exec_driver_sql("LOCK TABLE orders IN SHARE MODE")
    for start in range(0, len(told), ORDERS_AT_ONCE):
        wanted = {"order_ids": told[start : start + ORDERS_AT_ONCE]}
        if connection.execute(_OURS, wanted).first() is not None:
            raise PlacedMeanwhile
