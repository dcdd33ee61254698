"""What must hold after every crash: one end, one label, stock equal to its ledger."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, func, select
from temporalio.client import Client, WorkflowExecutionStatus

from domain.events import EventKind
from domain.identity import workflow_id_of
from persistence.database import Database
from persistence.outbox import count_undelivered
from persistence.tables import (
    fulfillment_event,
    label,
    order_progress,
    stock_level,
    stock_movement,
)

ONCE_AN_ORDER = (
    EventKind.PLACED,
    EventKind.VERIFIED,
    EventKind.RELEASED,
    EventKind.PICKED,
    EventKind.PACKED,
    EventKind.LABEL_MADE,
    EventKind.HANDED_OVER,
    EventKind.DELIVERED,
)
COUNTERS = ("on_hand", "allocated", "reserved")


def differences(
    database: Database, carrier_file: Path, order_ids: Sequence[str]
) -> list[str]:
    """Return every difference between what is stored and what must be."""
    with database.read() as connection:
        labels = {
            row.shipment_id: row.tracking_number
            for row in connection.execute(select(label))
        }
        found = [
            *_unended(connection, order_ids),
            *_not_once(connection, order_ids),
            *_stock(connection),
            *_undelivered(connection),
        ]
    found += _labels(labels, carrier_file, [f"{order_id}-1" for order_id in order_ids])
    return found


async def unfinished_runs(client: Client, order_ids: Iterable[str]) -> list[str]:
    """Return the orders whose run has not completed."""
    found = []
    for order_id in order_ids:
        handle = client.get_workflow_handle(workflow_id_of(order_id))
        status = (await handle.describe()).status
        if status is not WorkflowExecutionStatus.COMPLETED:
            found.append(f"{order_id}: its run is {status.name if status else None}")
    return found


def _unended(connection: Connection, order_ids: Sequence[str]) -> Iterable[str]:
    statuses = {
        row.order_id: row.status for row in connection.execute(select(order_progress))
    }
    for order_id in order_ids:
        if statuses.get(order_id) != "delivered":
            yield f"{order_id}: stands as {statuses.get(order_id)}"


def _not_once(connection: Connection, order_ids: Sequence[str]) -> Iterable[str]:
    events = Counter(
        (row.order_id, row.kind)
        for row in connection.execute(
            select(fulfillment_event.c.order_id, fulfillment_event.c.kind)
        )
    )
    for order_id in order_ids:
        for kind in ONCE_AN_ORDER:
            if events[order_id, kind] != 1:
                yield f"{order_id}: {kind} {events[order_id, kind]} times"


def _stock(connection: Connection) -> Iterable[str]:
    """Add the movements up, level by level; nothing may stay promised."""
    moved = {
        row.stock_level_id: row
        for row in connection.execute(
            select(
                stock_movement.c.stock_level_id,
                *(
                    func.sum(stock_movement.c[f"{counter}_change"]).label(counter)
                    for counter in COUNTERS
                ),
            ).group_by(stock_movement.c.stock_level_id)
        )
    }
    for level in connection.execute(select(stock_level)):
        ledger = moved.get(level.stock_level_id)
        for counter in COUNTERS:
            booked = getattr(ledger, counter) if ledger else 0
            kept = getattr(level, counter)
            if kept != booked:
                yield f"{level.location_id}: {counter} {kept}, its movements {booked}"
        if level.allocated:
            yield f"{level.location_id}: {level.allocated} units are still promised"


def _undelivered(connection: Connection) -> Iterable[str]:
    waiting = count_undelivered(connection)
    if waiting:
        yield f"outbox: {waiting} messages undelivered"


def _labels(
    stored: dict[str, str | None], carrier_file: Path, shipment_ids: Sequence[str]
) -> Iterable[str]:
    """Ask the carrier's own file what it sold, and compare."""
    with closing(sqlite3.connect(carrier_file)) as connection:
        sold = connection.execute(
            "SELECT shipment_id, tracking_number FROM purchase"
        ).fetchall()
    bought = Counter(shipment_id for shipment_id, _ in sold)
    numbers = dict(sold)
    for shipment_id in shipment_ids:
        if bought[shipment_id] != 1:
            yield f"{shipment_id}: the carrier sold {bought[shipment_id]} labels"
        elif stored.get(shipment_id) != numbers[shipment_id]:
            yield f"{shipment_id}: its label is not the one the carrier sold"
