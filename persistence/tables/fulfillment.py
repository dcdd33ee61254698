"""What the floor and the carrier do: shipments, picks, packages, labels."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from domain.shipments.status import ShipmentStatus
from domain.shipments.tasks import BackorderStatus, TaskKind, TaskStatus
from domain.tracking import Milestone
from persistence.tables.base import id_column, metadata, one_of
from persistence.tables.stock import RowId
from persistence.types import ExactDecimal, Instant

shipment = Table(
    "shipment",
    metadata,
    id_column("shipment_id", primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("carrier", String(40), nullable=False),
    Column("tracking_number", String(300), index=True),
    Column("milestone", String(40)),
    Column("proof_reference", String(300)),
    Column("created_at", Instant, nullable=False),
    # The working day it was planned for, and the day it should be at the door.
    Column("ship_on", Date),
    Column("deliver_by", Date),
    Column("handed_over_at", Instant),
    Column("delivered_at", Instant),
    one_of("status", ShipmentStatus),
)

# A firm promise: an order line's units at a level, and where they are now.
allocation = Table(
    "allocation",
    metadata,
    Column("allocation_id", RowId, primary_key=True),
    Column("order_id", String(320), nullable=False, index=True),
    Column("line_no", Integer, nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column(
        "shipment_id", ForeignKey("shipment.shipment_id"), nullable=False, index=True
    ),
    # The bin the units are taken from.
    Column("stock_level_id", ForeignKey("stock_level.stock_level_id"), nullable=False),
    # Still promised in that bin; picked and not yet gone; handed over.
    Column("open_quantity", Integer, nullable=False),
    Column("picked_quantity", Integer, nullable=False, default=0),
    Column("shipped_quantity", Integer, nullable=False, default=0),
    ForeignKeyConstraint(
        ["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"]
    ),
    UniqueConstraint("shipment_id", "line_no", "sku", "stock_level_id"),
    CheckConstraint(
        "open_quantity >= 0 AND picked_quantity >= 0 AND shipped_quantity >= 0",
        name="not_negative",
    ),
)

backorder = Table(
    "backorder",
    metadata,
    Column("backorder_id", RowId, primary_key=True),
    Column("order_id", String(320), nullable=False, index=True),
    Column("line_no", Integer, nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    ForeignKeyConstraint(
        ["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"]
    ),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    one_of("status", BackorderStatus),
    Index("ix_backorder_queue", "sku", "status", "priority", "created_at"),
)

pick_task = Table(
    "pick_task",
    metadata,
    id_column("pick_task_id", primary_key=True),
    Column(
        "shipment_id", ForeignKey("shipment.shipment_id"), nullable=False, index=True
    ),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("released_at", Instant, nullable=False),
    Column("closed_at", Instant),
    one_of("kind", TaskKind),
    one_of("status", TaskStatus),
    Index("ix_pick_task_open", "status", "warehouse_id", "released_at"),
)

pick_line = Table(
    "pick_line",
    metadata,
    Column("pick_task_id", ForeignKey("pick_task.pick_task_id"), nullable=False),
    Column("pick_line_no", Integer, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("allocation_id", ForeignKey("allocation.allocation_id"), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False),
    Column("location_id", ForeignKey("location.location_id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("done_quantity", Integer),
    Column("short_reason", String(30)),
    Column("actor", String(100)),
    PrimaryKeyConstraint("pick_task_id", "pick_line_no"),
    CheckConstraint(
        "done_quantity IS NULL OR done_quantity BETWEEN 0 AND quantity",
        name="done_within_quantity",
    ),
)

package = Table(
    "package",
    metadata,
    id_column("package_id", primary_key=True),
    Column(
        "shipment_id", ForeignKey("shipment.shipment_id"), nullable=False, index=True
    ),
    # Empty when neither the packer nor the catalogue knows it.
    Column("weight_grams", Integer),
    Column("length_mm", Integer),
    Column("width_mm", Integer),
    Column("height_mm", Integer),
    Column("contents", JSON, nullable=False),
    Column("packed_at", Instant, nullable=False),
    Column("packed_by", String(100), nullable=False),
)

label = Table(
    "label",
    metadata,
    Column("idempotency_key", String(400), primary_key=True),
    Column(
        "shipment_id", ForeignKey("shipment.shipment_id"), nullable=False, index=True
    ),
    Column("carrier", String(40), nullable=False),
    Column("service", String(60)),
    Column("tracking_number", String(300)),
    Column("cost", ExactDecimal),
    Column("currency", String(3)),
    Column("pdf", LargeBinary, nullable=False),
    Column("zpl", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("voided_at", Instant),
    UniqueConstraint("carrier", "tracking_number"),
)

tracking_event = Table(
    "tracking_event",
    metadata,
    Column("tracking_event_id", RowId, primary_key=True),
    Column("shipment_id", ForeignKey("shipment.shipment_id"), nullable=False),
    Column("carrier_event_id", String(300), nullable=False),
    Column("milestone", String(40), nullable=False),
    Column("place", String(300)),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("shipment_id", "carrier_event_id"),
    one_of("milestone", Milestone),
)
