"""What is kept, awaited, counted and valued beside the levels themselves."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from domain.shipments.tasks import PickListKind, TaskStatus
from domain.stock.counts import CountStatus
from domain.stock.reservations import ReservationKind, ReservationStatus
from persistence.tables.base import id_column, metadata, one_of
from persistence.tables.stock import RowId
from persistence.types import Instant

reservation = Table(
    "reservation",
    metadata,
    id_column("reservation_id", primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    # The waiting order, or the order a draft became.
    id_column("order_id", index=True),
    # The cart or draft, the receipt, the count task.
    Column("reference", String(300)),
    Column("expires_at", Instant),
    # Why this order and not another: its place in line and what put it there.
    Column("explanation", JSON),
    Column("actor", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    one_of("kind", ReservationKind),
    one_of("status", ReservationStatus),
    Index("ix_reservation_open", "status", "kind", "expires_at"),
)

reservation_line = Table(
    "reservation_line",
    metadata,
    Column("reservation_line_id", RowId, primary_key=True),
    Column(
        "reservation_id",
        ForeignKey("reservation.reservation_id"),
        nullable=False,
        index=True,
    ),
    Column(
        "stock_level_id",
        ForeignKey("stock_level.stock_level_id"),
        nullable=False,
        index=True,
    ),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    # What is still kept; 0 when it was used or given back.
    Column("quantity", Integer, nullable=False),
    CheckConstraint("quantity >= 0", name="quantity_not_negative"),
)

expected_receipt = Table(
    "expected_receipt",
    metadata,
    Column("reference", String(200), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("expected_on", Date, nullable=False),
    Column("received_quantity", Integer, nullable=False, default=0),
    Column("damaged_quantity", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    PrimaryKeyConstraint("reference", "sku", "warehouse_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "received_quantity >= 0 AND damaged_quantity >= 0", name="not_negative"
    ),
)

count_task = Table(
    "count_task",
    metadata,
    id_column("count_task_id", primary_key=True),
    Column("location_id", ForeignKey("location.location_id"), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column("status", String(20), nullable=False),
    # A short pick's shipment, or a person who wants to know.
    Column("cause", String(700), nullable=False),
    Column("first_count", Integer),
    Column("first_counted_by", String(100)),
    Column("second_count", Integer),
    Column("second_counted_by", String(100)),
    # What the books said when it was counted; never shown to who counts.
    Column("booked", Integer),
    Column("adjustment", Integer),
    Column("decided_by", String(100)),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    one_of("status", CountStatus),
    CheckConstraint(
        "first_count IS NULL OR first_count >= 0", name="first_count_not_negative"
    ),
    CheckConstraint(
        "second_count IS NULL OR second_count >= 0", name="second_count_not_negative"
    ),
    Index("ix_count_task_open", "status", "location_id", "sku"),
)

# What the stock of an article in a warehouse is worth, in millionths of the currency:
# whole numbers, so that the moving average never drifts.
stock_value = Table(
    "stock_value",
    metadata,
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("value_micros", BigInteger, nullable=False),
    PrimaryKeyConstraint("warehouse_id", "sku"),
    CheckConstraint("units >= 0 AND value_micros >= 0", name="not_negative"),
)

# A place that failed an order is not asked again for it.
excluded_place = Table(
    "excluded_place",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), nullable=False),
    Column("location_id", ForeignKey("location.location_id"), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column("reason", String(30), nullable=False),
    Column("excluded_at", Instant, nullable=False),
    PrimaryKeyConstraint("order_id", "location_id", "sku"),
)

product_substitute = Table(
    "product_substitute",
    metadata,
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column("substitute_sku", ForeignKey("product.sku"), nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("sku", "substitute_sku"),
    CheckConstraint("sku <> substitute_sku", name="not_itself"),
)

sourcing_decision = Table(
    "sourcing_decision",
    metadata,
    Column("sourcing_decision_id", RowId, primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("cause", String(700), nullable=False),
    Column("explanation", JSON, nullable=False),
    Column("decided_at", Instant, nullable=False),
)

pick_list = Table(
    "pick_list",
    metadata,
    id_column("pick_list_id", primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("closed_at", Instant),
    one_of("kind", PickListKind),
    one_of("status", TaskStatus),
    Index("ix_pick_list_open", "status", "warehouse_id"),
)

pick_list_task = Table(
    "pick_list_task",
    metadata,
    Column("pick_list_id", ForeignKey("pick_list.pick_list_id"), nullable=False),
    Column(
        "pick_task_id",
        ForeignKey("pick_task.pick_task_id"),
        nullable=False,
        unique=True,
    ),
    # The tote that takes this shipment's goods.
    Column("tote", String(80), nullable=False),
    PrimaryKeyConstraint("pick_list_id", "pick_task_id"),
)
