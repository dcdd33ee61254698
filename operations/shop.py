"""The operations of a whole shop in one hand, over one database and its runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.errors import Refused
from domain.policy import CountTerms, FulfillmentPolicy
from domain.stock.movements import LocationKind
from gateways.runs.protocol import Runs
from operations.carrier_events import CarrierEventOperations
from operations.counting import (
    ApproveCount,
    ConfirmCount,
    CountAnswer,
    approve_count,
    confirm_count,
)
from operations.delivery import Delivery
from operations.exceptions import ExceptionOperations
from operations.open_work import OpenWork, read_open_work
from operations.orders import OrderOperations
from operations.sourcing import SourcingDecision, explain_order
from operations.stock_files import ReceiptTerms, ReceivedLine, receive_stock
from persistence.database import Database
from persistence.tables import (
    location,
    order_progress,
    orders,
    sourcing_decision,
    stock_level,
)

# How many ids one statement may name on either database.
_CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What people and machines around one database can read and do."""

    database: Database
    orders: OrderOperations
    exceptions: ExceptionOperations
    carrier_events: CarrierEventOperations
    clock: Callable[[], datetime]
    count_terms: CountTerms

    def open_work(self) -> OpenWork:
        """Read what waits for anybody."""
        with self.database.read() as connection:
            return read_open_work(connection, self.clock())

    def refill(
        self, sku: str, quantity: int, *, reference: str, location_id: str | None = None
    ) -> str:
        """Receive units into a bin, by default the article's emptiest; return the bin.

        A repeat of the same receipt books nothing.
        """
        place = location_id or self._bin_of(sku)
        told = receive_stock(
            self.database,
            [ReceivedLine(sku=sku, location=place, quantity=quantity)],
            clock=self.clock,
            terms=ReceiptTerms(
                reference=reference, actor="stock:1", warehouse=self._warehouse(place)
            ),
        )
        if told.refused:
            raise Refused(f"{told.refused[0].column}: {told.refused[0].wanted}")
        return place

    def on_hand(self, location_id: str) -> dict[str, int]:
        """Return the units of each article that the books show in a location."""
        query = (
            select(stock_level.c.sku, func.sum(stock_level.c.on_hand).label("units"))
            .where(stock_level.c.location_id == location_id)
            .group_by(stock_level.c.sku)
        )
        with self.database.read() as connection:
            return {row.sku: int(row.units) for row in connection.execute(query)}

    def confirm_count(self, told: ConfirmCount) -> CountAnswer:
        """Say what was counted in a bin."""
        return confirm_count(self.database, told, self.clock, self.count_terms)

    def approve_count(self, told: ApproveCount) -> CountAnswer:
        """Let the difference that two counts have found be booked."""
        return approve_count(self.database, told, self.clock)

    def first_split(self, order_ids: Iterable[str]) -> SourcingDecision | None:
        """Return the first decision that splits one of the orders over warehouses."""
        query = (
            select(sourcing_decision.c.order_id)
            .where(sourcing_decision.c.order_id.in_(sorted(set(order_ids))[:_CHUNK]))
            .order_by(sourcing_decision.c.sourcing_decision_id)
        )
        with self.database.read() as connection:
            decided: list[str] = list(connection.execute(query).scalars())
            for order_id in dict.fromkeys(decided):
                for decision in explain_order(connection, order_id):
                    if len(decision.explanation.winner) > 1:
                        return decision
        return None

    def outcomes(self, order_ids: Iterable[str]) -> dict[str, str]:
        """Return how those of the orders that have ended did so."""
        named = sorted(set(order_ids))
        found: dict[str, str] = {}
        with self.database.read() as connection:
            for start in range(0, len(named), _CHUNK):
                query = select(
                    order_progress.c.order_id, order_progress.c.status
                ).where(
                    order_progress.c.order_id.in_(named[start : start + _CHUNK]),
                    order_progress.c.ended_at.is_not(None),
                )
                found |= {row.order_id: row.status for row in connection.execute(query)}
        return found

    def count_orders(self, source: str) -> int:
        """Return how many orders of a source are stored."""
        query = select(func.count()).where(orders.c.source == source)
        with self.database.read() as connection:
            return connection.execute(query).scalar_one()

    def _bin_of(self, sku: str) -> str:
        query = (
            select(location.c.location_id)
            .join(stock_level, stock_level.c.location_id == location.c.location_id)
            .where(stock_level.c.sku == sku, location.c.kind == LocationKind.PICK_FACE)
            .order_by(
                stock_level.c.on_hand, location.c.pick_sequence, location.c.location_id
            )
        )
        with self.database.read() as connection:
            found: str | None = connection.execute(query).scalars().first()
        return found or "receiving"

    def _warehouse(self, location_id: str) -> str:
        query = select(location.c.warehouse_id).where(
            location.c.location_id == location_id
        )
        with self.database.read() as connection:
            found: str | None = connection.execute(query).scalars().first()
        return found or "main"


def open_shop(
    database: Database,
    runs: Runs,
    *,
    policy: FulfillmentPolicy,
    clock: Callable[[], datetime],
) -> Shop:
    """Lay out the operations over a database and its runs."""
    delivery = Delivery(database=database, runs=runs, policy=policy, clock=clock)
    placed = OrderOperations(
        database=database, delivery=delivery, policy=policy, clock=clock
    )
    return Shop(
        database=database,
        orders=placed,
        exceptions=ExceptionOperations(database=database, orders=placed, clock=clock),
        carrier_events=CarrierEventOperations(
            database=database, delivery=delivery, clock=clock
        ),
        clock=clock,
        count_terms=policy.counts,
    )
