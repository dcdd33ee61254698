"""History: what other systems already finished, or left open; no run belongs to it.

What happened to these orders stands in `fulfillment_event`, as for every order.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from domain.kpi.history import HistoryKind, HistoryStatus
from domain.stock.movements import MovementKind
from persistence.tables.base import id_column, metadata, one_of
from persistence.tables.stock import RowId
from persistence.types import Instant

history_import = Table(
    "history_import",
    metadata,
    Column("import_id", String(100), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("started_at", Instant, nullable=False),
    # Empty: it broke off; the same file again goes on with it.
    Column("finished_at", Instant),
    Column("actor", String(100), nullable=False),
    one_of("kind", HistoryKind),
)

history_order = Table(
    "history_order",
    metadata,
    id_column("order_id", primary_key=True),
    Column("source", String(40), nullable=False),
    Column("number", String(200), nullable=False),
    # The import that said the newest of it, and a hash of what that said.
    Column("import_id", ForeignKey("history_import.import_id"), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("channel", String(40)),
    Column("service_level", String(40)),
    Column("customer_group", String(40)),
    # A salted hash: who ordered is not kept.
    Column("customer", String(64)),
    Column("ship_to_zone", String(60)),
    Column("currency", String(3)),
    Column("placed_at", Instant, nullable=False, index=True),
    Column("cancel_cause", String(60)),
    # An instant or a whole day, as the source promised it.
    Column("promised_at", Instant, index=True),
    Column("promised_on", Date, index=True),
    Column("due_ship_at", Instant, index=True),
    Column("due_ship_on", Date, index=True),
    UniqueConstraint("source", "number"),
    one_of("status", HistoryStatus),
)

history_shipment = Table(
    "history_shipment",
    metadata,
    Column("order_id", ForeignKey("history_order.order_id"), nullable=False),
    Column("shipment_no", Integer, nullable=False),
    # As the source names it; it need not be a warehouse of ours.
    Column("warehouse_id", String(40)),
    Column("carrier", String(40)),
    Column("handed_over_at", Instant, index=True),
    Column("delivered_at", Instant, index=True),
    PrimaryKeyConstraint("order_id", "shipment_no"),
)

# Empty quantities and amounts are unknown, never nought.
history_line = Table(
    "history_line",
    metadata,
    Column("order_id", String(320), nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("shipment_no", Integer, nullable=False),
    Column("sku", String(100)),
    Column("category", String(100)),
    Column("quantity_ordered", Integer),
    Column("quantity_shipped", Integer),
    Column("quantity_rejected", Integer),
    Column("unit_price_micros", BigInteger),
    Column("unit_cost_micros", BigInteger),
    Column("error_kind", String(40)),
    Column("error_found_at", Instant),
    PrimaryKeyConstraint("order_id", "line_no"),
    ForeignKeyConstraint(
        ["order_id", "shipment_no"],
        ["history_shipment.order_id", "history_shipment.shipment_no"],
    ),
)

# What came into a warehouse and left it, before its own ledger began.
history_movement = Table(
    "history_movement",
    metadata,
    Column("history_movement_id", RowId, primary_key=True),
    Column("import_id", ForeignKey("history_import.import_id"), nullable=False),
    Column("warehouse_id", String(40), nullable=False),
    Column("sku", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("quantity_change", Integer, nullable=False),
    Column("unit_cost_micros", BigInteger),
    # What the stock was worth more or less by it, at the moving average.
    Column("value_change_micros", BigInteger, nullable=False),
    Column("currency", String(3)),
    Column("occurred_at", Instant, nullable=False, index=True),
    Column("recorded_at", Instant, nullable=False),
    one_of("kind", MovementKind),
    CheckConstraint("quantity_change <> 0", name="changes_something"),
    Index("ix_history_movement_article", "warehouse_id", "sku", "occurred_at"),
)
