"""Figures that are read from the database whenever Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from persistence.database import Database
from persistence.outbox import count_undelivered
from persistence.tables import exception_table, order_progress


class FiguresCollector(Collector):
    """Counts orders by status, open exceptions by kind, and what the outbox holds."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database

    def collect(self) -> Iterable[Metric]:
        """Return the figures of this moment."""
        orders = GaugeMetricFamily(
            "orderwright_orders", "Orders by status.", labels=["status"]
        )
        exceptions = GaugeMetricFamily(
            "orderwright_exceptions_open", "Open exceptions by kind.", labels=["kind"]
        )
        with self._database.read() as connection:
            by_status = select(order_progress.c.status, func.count()).group_by(
                order_progress.c.status
            )
            for status, count in connection.execute(by_status):
                orders.add_metric([status], count)
            by_kind = (
                select(exception_table.c.kind, func.count())
                .where(exception_table.c.resolved_at.is_(None))
                .group_by(exception_table.c.kind)
            )
            for kind, count in connection.execute(by_kind):
                exceptions.add_metric([kind], count)
            waiting = GaugeMetricFamily(
                "orderwright_outbox_waiting",
                "Messages that have not reached their run.",
                value=count_undelivered(connection),
            )
        return [orders, exceptions, waiting]
