"""Orders of a shop's past, put into the record as an import would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain

from sqlalchemy import insert

from domain.events import EventKind
from domain.identity import order_id_of, shipment_id_of
from domain.kpi.history import HistoryKind, HistoryStatus
from persistence.database import Database
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_order,
    history_shipment,
)

IMPORTED_AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def october(day: int, hour: int = 12) -> datetime:
    """Return an hour of a day of October 2026, in UTC."""
    return datetime(2026, 10, day, hour, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """One order of one line in one shipment."""

    number: str
    placed_at: datetime
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    promised_on: date | None = None
    source: str = "shop"
    carrier: str = "post"

    @property
    def order_id(self) -> str:
        """Return its id."""
        return order_id_of(self.source, self.number)

    @property
    def status(self) -> HistoryStatus:
        """Return where its source left it."""
        if self.cancelled_at:
            return HistoryStatus.CANCELLED
        if self.delivered_at:
            return HistoryStatus.DELIVERED
        return HistoryStatus.SHIPPED if self.handed_over_at else HistoryStatus.OPEN


def remember(database_url: str, *past: PastOrder, import_id: str = "h1") -> None:
    """Put orders into the record, by an import of their own."""
    database = Database(database_url)
    rows = {
        history_import: [_import(import_id)],
        history_order: [{**_order(one), "import_id": import_id} for one in past],
        history_shipment: [_shipment(one) for one in past],
        history_line: [_line(one) for one in past],
        fulfillment_event: list(chain.from_iterable(map(_events, past))),
    }
    with database.write() as connection:
        for table, values in rows.items():
            connection.execute(insert(table), values)
    database.close()


def _import(import_id: str) -> dict[str, object]:
    return {
        "import_id": import_id,
        "kind": HistoryKind.ORDERS,
        "started_at": IMPORTED_AT,
        "finished_at": IMPORTED_AT,
        "actor": "import",
    }


def _order(one: PastOrder) -> dict[str, object]:
    return {
        "order_id": one.order_id,
        "source": one.source,
        "number": one.number,
        "fingerprint": "f",
        "status": one.status,
        "channel": "web",
        "currency": "EUR",
        "placed_at": one.placed_at,
        "promised_on": one.promised_on,
    }


def _shipment(one: PastOrder) -> dict[str, object]:
    return {
        "order_id": one.order_id,
        "shipment_no": 1,
        "warehouse_id": "main",
        "carrier": one.carrier,
        "handed_over_at": one.handed_over_at,
        "delivered_at": one.delivered_at,
    }


def _line(one: PastOrder) -> dict[str, object]:
    return {
        "order_id": one.order_id,
        "line_no": 1,
        "shipment_no": 1,
        "sku": "MUG",
        "quantity_ordered": 2,
        "quantity_shipped": 2 if one.handed_over_at else None,
    }


def _events(one: PastOrder) -> Iterator[dict[str, object]]:
    shipment_id = shipment_id_of(one.order_id, 1)
    happened = (
        (EventKind.PLACED, None, one.placed_at),
        (EventKind.HANDED_OVER, shipment_id, one.handed_over_at),
        (EventKind.DELIVERED, shipment_id, one.delivered_at),
        (EventKind.CANCELLED, None, one.cancelled_at),
    )
    for kind, shipment, at in happened:
        if at is not None:
            yield {
                "order_id": one.order_id,
                "shipment_id": shipment,
                "kind": kind,
                "actor": "import",
                "cause": "history:h1",
                "data": {},
                "occurred_at": at,
                "recorded_at": IMPORTED_AT,
            }
