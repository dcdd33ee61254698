"""Some hundred orders of another shop, by a seed: split, late, open, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert

from domain.events import EventKind
from domain.identity import shipment_id_of
from domain.stock.movements import MovementKind
from persistence.database import Database
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_movement,
    history_order,
    history_shipment,
)

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
IMPORTED = datetime(2026, 6, 1, tzinfo=UTC)
_STAGES = (
    EventKind.ALLOCATED,
    EventKind.RELEASED,
    EventKind.PICKED,
    EventKind.PACKED,
    EventKind.HANDED_OVER,
    EventKind.FIRST_SCAN,
    EventKind.DELIVERED,
)
_UNIT_COST = 2_500_000
_CLAIMS = ("missing", "wrong_item", "damaged", "late")


class SeededPast:
    """Makes up the rows of orders, and stores them."""

    def __init__(self, seed: int, orders: int) -> None:
        self._random = Random(seed)
        self.rows: dict[str, list[dict[str, object]]] = {
            name: [] for name in ("order", "shipment", "line", "event")
        }
        for number in range(orders):
            self._add_order(f"past-{number}", number)

    def store(self, database: Database) -> None:
        """Store all rows in one transaction."""
        told = {"import_id": "i1", "kind": "orders", "actor": "operator:1"}
        with database.write() as connection:
            connection.execute(insert(history_import), {**told, "started_at": IMPORTED})
            connection.execute(insert(history_order), self.rows["order"])
            connection.execute(insert(history_shipment), self.rows["shipment"])
            connection.execute(insert(history_line), self.rows["line"])
            connection.execute(insert(fulfillment_event), self.rows["event"])
            connection.execute(insert(history_movement), _receipts())

    def _hours(self, low: float, high: float) -> timedelta:
        return timedelta(
            seconds=self._random.randint(int(low * 3600), int(high * 3600))
        )

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _add_order(self, order_id: str, number: int) -> None:
        placed_at = FIRST + self._hours(0, 40 * 24)
        is_cancelled = self._happens(0.06)
        promised = placed_at + timedelta(days=self._random.randint(2, 5))
        self.rows["order"].append(
            {
                "order_id": order_id,
                "source": "past",
                "number": str(number),
                "import_id": "i1",
                "fingerprint": "f",
                "status": "cancelled" if is_cancelled else "open",
                "channel": self._random.choice(["web", "shop", None]),
                "ship_to_zone": "UTC",
                "placed_at": placed_at,
                "cancel_cause": "customer" if is_cancelled else None,
                "promised_on": promised.date() if self._happens(0.9) else None,
            }
        )
        self._event(order_id, None, EventKind.PLACED, placed_at)
        self._event(order_id, None, EventKind.VERIFIED, placed_at + self._hours(0, 2))
        if is_cancelled:
            cancelled_at = placed_at + timedelta(hours=2)
            self._event(order_id, None, EventKind.CANCELLED, cancelled_at)
        for shipment_no in range(1, self._random.choice([1, 1, 1, 2, 3]) + 1):
            self._add_shipment(
                order_id, shipment_no, placed_at, is_sent=not is_cancelled
            )

    def _add_shipment(
        self, order_id: str, shipment_no: int, placed_at: datetime, *, is_sent: bool
    ) -> None:
        passed = dict(self._passed(placed_at)) if is_sent else {}
        shipment_id = shipment_id_of(order_id, shipment_no)
        row = {
            "order_id": order_id,
            "shipment_no": shipment_no,
            "warehouse_id": self._random.choice(["north", "south"]),
            "carrier": "dhl",
            "handed_over_at": passed.get(EventKind.HANDED_OVER),
            "delivered_at": passed.get(EventKind.DELIVERED),
        }
        self.rows["shipment"].append(row)
        for kind, at in passed.items():
            self._event(order_id, shipment_id, kind, at)
            if self._happens(0.05):
                # Told twice, and an earlier time: the last one counts.
                self._event(order_id, shipment_id, kind, at - timedelta(minutes=5))
        gone = EventKind.HANDED_OVER in passed
        for line_no in range(10 * shipment_no, 10 * shipment_no + 3):
            self._add_line(order_id, shipment_no, line_no, is_sent=gone)
        delivered_at = passed.get(EventKind.DELIVERED)
        if delivered_at and self._happens(0.1):
            self._claim(order_id, 10 * shipment_no, delivered_at)

    def _passed(self, placed_at: datetime) -> Iterator[tuple[EventKind, datetime]]:
        at = placed_at
        is_open = self._happens(0.08)
        for kind in _STAGES:
            if is_open and kind is EventKind.FIRST_SCAN:
                return
            at += self._hours(0.1, 16)
            yield kind, at

    def _add_line(
        self, order_id: str, shipment_no: int, line_no: int, *, is_sent: bool
    ) -> None:
        ordered = self._random.randint(1, 5)
        shipped = ordered - int(self._happens(0.1))
        self.rows["line"].append(
            {
                "order_id": order_id,
                "line_no": line_no,
                "shipment_no": shipment_no,
                "sku": f"S{self._random.randint(1, 9)}",
                "category": self._random.choice(["books", "toys"]),
                "quantity_ordered": ordered,
                "quantity_shipped": shipped if is_sent else None,
                "unit_cost_micros": _UNIT_COST,
            }
        )

    def _claim(self, order_id: str, line_no: int, delivered_at: datetime) -> None:
        told = {
            "line_no": line_no,
            "kind": self._random.choice(_CLAIMS),
            "quantity": 1,
            "imported": True,
        }
        found_at = delivered_at + self._hours(1, 200)
        self._event(order_id, None, EventKind.CLAIM_RECORDED, found_at, told)

    def _event(
        self,
        order_id: str,
        shipment_id: str | None,
        kind: EventKind,
        at: datetime,
        data: dict[str, object] | None = None,
    ) -> None:
        self.rows["event"].append(
            {
                "order_id": order_id,
                "shipment_id": shipment_id,
                "kind": kind,
                "actor": "import",
                "cause": "history:i1",
                "data": data or {},
                "occurred_at": at,
                "recorded_at": IMPORTED,
            }
        )


def _receipts() -> list[dict[str, object]]:
    """Return what came into the warehouses before the first order."""
    return [
        {
            "import_id": "i1",
            "warehouse_id": warehouse,
            "sku": f"S{number}",
            "kind": MovementKind.RECEIVED,
            "quantity_change": 1000,
            "unit_cost_micros": _UNIT_COST,
            "value_change_micros": 1000 * _UNIT_COST,
            "currency": "EUR",
            "occurred_at": FIRST - timedelta(days=1),
            "recorded_at": IMPORTED,
        }
        for warehouse in ("north", "south")
        for number in range(1, 10)
    ]
