"""Orders that other systems finished, written row by row as an import stores them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from domain.events import EventKind
from domain.identity import shipment_id_of
from persistence.database import Database
from persistence.tables import (
    fulfillment_event,
    history_import,
    history_line,
    history_order,
    history_shipment,
)

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)  # of a Monday
IMPORTED = datetime(2026, 6, 1, tzinfo=UTC)
ORDER_KINDS = frozenset({EventKind.PLACED, EventKind.VERIFIED, EventKind.CANCELLED})


def hour(number: float) -> datetime:
    """Return an instant so many hours after Monday's midnight."""
    return MIDNIGHT + timedelta(hours=number)


class PastOrders:
    """Writes the history of another shop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.add(
            history_import,
            import_id="i1",
            kind="orders",
            started_at=IMPORTED,
            actor="operator:1",
        )

    def add(self, table: Any, *rows: dict[str, object], **row: object) -> None:
        with self.database.write() as connection:
            connection.execute(insert(table), list(rows) or row)

    def order(self, number: str, **told: object) -> str:
        """Add an order, placed at midnight of a Monday unless something else is said.

        Stages are hours after that midnight, as a mapping for each shipment.
        """
        order_id = f"old-{number}"
        shipments: tuple[Mapping[str, object], ...]
        shipments = told.pop("shipments", ({},))  # type: ignore[assignment]
        row = {
            "order_id": order_id,
            "source": order_id.partition("-")[0],
            "number": number,
            "import_id": "i1",
            "fingerprint": "f",
            "status": "open",
            "placed_at": MIDNIGHT,
        } | told
        self.add(history_order, row)
        self.happened(order_id, placed=row["placed_at"])
        for shipment_no, passed in enumerate(shipments, start=1):
            self._shipment(order_id, shipment_no, dict(passed))
        return order_id

    def _shipment(
        self, order_id: str, shipment_no: int, passed: dict[str, object]
    ) -> None:
        place = {name: passed.pop(name, None) for name in ("warehouse_id", "carrier")}
        ends = {
            f"{kind}_at": hour(float(str(passed[kind])))
            for kind in ("handed_over", "delivered")
            if kind in passed
        }
        row = {"order_id": order_id, "shipment_no": shipment_no}
        self.add(history_shipment, {**row, **place, **ends})
        self.happened(order_id, shipment_no, **passed)

    def happened(
        self, order_id: str, shipment_no: int | None = None, **kinds: object
    ) -> None:
        """Add events by kind, at an instant or so many hours after that midnight."""
        for kind, at in kinds.items():
            instant = at if isinstance(at, datetime) else hour(float(str(at)))
            of_shipment = None if shipment_no is None else (order_id, shipment_no)
            self.event(order_id, kind, instant, of_shipment=of_shipment)

    def event(
        self,
        order_id: str,
        kind: str,
        at: datetime,
        *,
        of_shipment: tuple[str, int] | None = None,
        data: Mapping[str, object] | None = None,
    ) -> None:
        self.add(
            fulfillment_event,
            order_id=order_id,
            shipment_id=shipment_id_of(*of_shipment) if of_shipment else None,
            kind=EventKind(kind),
            actor="import",
            cause="history:i1",
            data=dict(data or {}),
            occurred_at=at,
            recorded_at=IMPORTED,
        )

    def line(
        self,
        order_id: str,
        line_no: int,
        ordered: int | None,
        shipped: int | None,
        **more: object,
    ) -> None:
        self.add(
            history_line,
            {
                "order_id": order_id,
                "line_no": line_no,
                "shipment_no": 1,
                "quantity_ordered": ordered,
                "quantity_shipped": shipped,
                **more,
            },
        )
