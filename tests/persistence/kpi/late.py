"""A record of a past week to which facts come late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, insert

from domain.events import EventKind
from domain.identity import shipment_id_of
from domain.kpi.periods import Period, PeriodKind
from domain.kpi.question import KpiTerms
from persistence.database import Database
from persistence.kpi.snapshots import Snapshot, snapshot_id_of
from persistence.kpi.staleness import Staleness, count_facts, staleness
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_movement,
    history_order,
    history_shipment,
)

ZONE = "Europe/Berlin"
DAY = Period(first_day=date(2026, 11, 10), last_day=date(2026, 11, 10), zone=ZONE)
NOON = datetime(2026, 11, 10, 11, tzinfo=UTC)  # in the period, a Tuesday
MADE = datetime(2026, 11, 11, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = KpiTerms(zone=ZONE)


def a_snapshot(
    period: Period = DAY,
    version: int = 1,
    kind: PeriodKind = PeriodKind.DAILY,
    *,
    facts: int = 0,
    read_at: datetime = MADE,
    terms: KpiTerms = TERMS,
) -> Snapshot:
    return Snapshot(
        snapshot_id=snapshot_id_of(kind, period, version),
        kind=kind,
        period=period,
        version=version,
        reason=None if version == 1 else "late claims",
        as_of=read_at - timedelta(minutes=1),
        read_at=read_at,
        facts=facts,
        terms=terms,
    )


@dataclass
class PastWeek:
    """Orders of a source, told by events alone, and a report of one of its days."""

    database: Database
    made: Snapshot = field(init=False)

    def placed(
        self, order_id: str, at: datetime = NOON, told: datetime | None = None
    ) -> None:
        self.happened(order_id, EventKind.PLACED, at, told)

    def happened(
        self,
        order_id: str,
        kind: EventKind,
        at: datetime,
        told: datetime | None = None,
        **data: object,
    ) -> None:
        """Write an event down when it happened, or later."""
        with self.database.write() as connection:
            connection.execute(
                insert(fulfillment_event),
                {
                    "order_id": order_id,
                    "shipment_id": None,
                    "kind": kind,
                    "actor": "import",
                    "cause": "history:1",
                    "data": data,
                    "occurred_at": at,
                    "recorded_at": told or at,
                },
            )

    def report(self, period: Period = DAY, read_at: datetime = MADE) -> None:
        """Have a report, made the morning after."""
        with self.database.read() as connection:
            facts = count_facts(connection, period, read_at)
        self.made = a_snapshot(period, facts=facts, read_at=read_at)

    def look(self) -> Staleness:
        with self.database.read() as connection:
            return staleness(connection, self.made)

    def late_kinds(self) -> list[tuple[str, str]]:
        found = self.look()
        assert found.is_stale == bool(found.count)
        return [(one.order_id, one.kind) for one in found.changes]


def add_history_order(connection: Connection, order_id: str, **values: object) -> None:
    source, _, number = order_id.partition("-")
    row = {
        "order_id": order_id,
        "source": source,
        "number": number,
        "import_id": add_import(connection, "orders"),
        "fingerprint": order_id,
        "status": "delivered",
        "placed_at": NOON,
    }
    connection.execute(insert(history_order), {**row, **values})


def add_import(connection: Connection, kind: str) -> str:
    import_id = f"{kind}.csv"
    found = connection.execute(
        history_import.select().where(history_import.c.import_id == import_id)
    ).first()
    if found is None:
        connection.execute(
            insert(history_import),
            {
                "import_id": import_id,
                "kind": kind,
                "started_at": NOON,
                "actor": "manager:1",
            },
        )
    return import_id


def add_movement(connection: Connection, at: datetime, told: datetime) -> None:
    connection.execute(
        insert(history_movement),
        {
            "import_id": add_import(connection, "movements"),
            "warehouse_id": "main",
            "sku": "MUG",
            "kind": "received",
            "quantity_change": 5,
            "value_change_micros": 0,
            "occurred_at": at,
            "recorded_at": told,
        },
    )


def add_delivered_order(
    connection: Connection,
    order_id: str,
    *,
    is_late: bool = False,
    told: datetime | None = None,
) -> None:
    """Import an order that was promised for the day, and came then or at night."""
    delivered_at = NOON + (14 if is_late else 5) * HOUR
    placed_at = NOON - timedelta(days=2)
    add_history_order(
        connection,
        order_id,
        placed_at=placed_at,
        promised_on=DAY.first_day,
        channel="web",
    )
    connection.execute(
        insert(history_shipment),
        {
            "order_id": order_id,
            "shipment_no": 1,
            "warehouse_id": "north",
            "carrier": "bike",
            "delivered_at": delivered_at,
        },
    )
    connection.execute(
        insert(history_line),
        {
            "order_id": order_id,
            "line_no": 1,
            "shipment_no": 1,
            "sku": "MUG",
            "quantity_ordered": 2,
            "quantity_shipped": 2,
        },
    )
    connection.execute(
        insert(fulfillment_event),
        [
            {
                "order_id": order_id,
                "shipment_id": shipment_id,
                "kind": kind,
                "actor": "import",
                "cause": "history:orders.csv",
                "data": {},
                "occurred_at": at,
                "recorded_at": told or at,
            }
            for kind, at, shipment_id in (
                (EventKind.PLACED, placed_at, None),
                (EventKind.DELIVERED, delivered_at, shipment_id_of(order_id, 1)),
            )
        ],
    )
