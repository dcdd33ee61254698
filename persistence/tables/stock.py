"""Where stock lies, how much, and the append-only ledger of how it got there."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from domain.stock.movements import LocationKind, MovementKind
from persistence.tables.base import id_column, metadata, one_of
from persistence.types import ExactDecimal, Instant

# SQLite counts rows by itself only in an INTEGER key.
RowId = BigInteger().with_variant(Integer, "sqlite")

warehouse = Table(
    "warehouse",
    metadata,
    Column("warehouse_id", String(40), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("street", String(300)),
    Column("city", String(300)),
    Column("postcode", String(30)),
    Column("country", String(2)),
    Column("time_zone", String(60), nullable=False),
    # Local time of the last release that leaves the same day; empty: closing time.
    Column("cut_off", String(5)),
    # Shipments a day; empty: no limit.
    Column("daily_capacity", Integer),
    Column("frozen_at", Instant),
    Column("frozen_reason", String(60)),
)

# Where a warehouse sends to; one without a row here sends everywhere.
service_area = Table(
    "service_area",
    metadata,
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("country", String(2), nullable=False),
    Column("postcode_prefix", String(30), nullable=False, default=""),
    Column("distance_km", Integer),
    Column("transit_days", Integer),
    PrimaryKeyConstraint("warehouse_id", "country", "postcode_prefix"),
    CheckConstraint(
        "transit_days IS NULL OR transit_days >= 0", name="transit_days_not_negative"
    ),
)

# How many shipments a warehouse has taken on for a day.
warehouse_day = Table(
    "warehouse_day",
    metadata,
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("planned", Integer, nullable=False),
    PrimaryKeyConstraint("warehouse_id", "day"),
    CheckConstraint("planned >= 0", name="planned_not_negative"),
)

location = Table(
    "location",
    metadata,
    Column("location_id", String(80), primary_key=True),
    Column("warehouse_id", ForeignKey("warehouse.warehouse_id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("pick_sequence", Integer, nullable=False),
    Column("frozen_at", Instant),
    Column("frozen_reason", String(60)),
    # How often it was counted, and how often the books were right.
    Column("counts", Integer, nullable=False, default=0, server_default="0"),
    Column("exact_counts", Integer, nullable=False, default=0, server_default="0"),
    one_of("kind", LocationKind),
)

staff = Table(
    "staff",
    metadata,
    Column("staff_reference", String(100), primary_key=True),
    Column("role", String(40), nullable=False),
    Column("name", String(300), nullable=False),
)

stock_level = Table(
    "stock_level",
    metadata,
    Column("stock_level_id", RowId, primary_key=True),
    Column("location_id", ForeignKey("location.location_id"), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    # Lots with expiry come later; until then every level has the empty lot.
    Column("lot", String(80), nullable=False, default=""),
    Column("on_hand", Integer, nullable=False, default=0),
    Column("allocated", Integer, nullable=False, default=0),
    Column("reserved", Integer, nullable=False, default=0),
    # When the oldest of what lies there came in: first in, first out.
    Column("received_at", Instant),
    UniqueConstraint("location_id", "sku", "lot"),
    CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
    CheckConstraint("allocated >= 0", name="allocated_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    CheckConstraint("allocated + reserved <= on_hand", name="not_oversold"),
)

stock_movement = Table(
    "stock_movement",
    metadata,
    Column("stock_movement_id", RowId, primary_key=True),
    Column(
        "stock_level_id",
        ForeignKey("stock_level.stock_level_id"),
        nullable=False,
        index=True,
    ),
    Column("kind", String(20), nullable=False),
    Column("on_hand_change", Integer, nullable=False, default=0),
    Column("allocated_change", Integer, nullable=False, default=0),
    Column("reserved_change", Integer, nullable=False, default=0),
    Column("unit_cost", ExactDecimal),
    Column("currency", String(3)),
    id_column("order_id", index=True),
    id_column("shipment_id"),
    Column("cause", String(700), nullable=False),
    Column("document", String(300)),
    Column("actor", String(100), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    one_of("kind", MovementKind),
    CheckConstraint(
        "on_hand_change <> 0 OR allocated_change <> 0 OR reserved_change <> 0",
        name="changes_something",
    ),
)

stock_receipt = Table(
    "stock_receipt",
    metadata,
    Column("receipt_reference", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
)
