"""Reservations, sourcing over several warehouses, counts, expected receipts."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

import persistence.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Kinds that a row may have had before this revision, and those it adds.
_EARLIER_KINDS = {
    "stock_movement": (
        "received",
        "allocated",
        "released",
        "picked",
        "put_back",
        "shipped",
        "adjusted",
        "counted",
        "damaged",
        "transferred",
        "returned",
    ),
    "fulfillment_event": (
        "placed",
        "verified",
        "allocated",
        "released",
        "picked",
        "packed",
        "handed_over",
        "first_scan",
        "delivered",
        "rejected",
        "hold_placed",
        "hold_released",
        "hold_expired",
        "backordered",
        "pick_started",
        "short_picked",
        "pack_error_found",
        "label_made",
        "label_refused",
        "label_voided",
        "carrier_reported",
        "deadline_missed",
        "deadline_escalated",
        "deadline_cleared",
        "exception_opened",
        "exception_taken",
        "exception_resolved",
        "cancel_requested",
        "cancel_refused",
        "put_back_requested",
        "put_back",
        "cancelled",
        "undo_failed",
        "lines_changed",
        "ship_to_changed",
        "refund_due",
        "refund_confirmed",
        "shipment_cancelled",
        "message_refused",
        "repeat_refused",
        "claim_recorded",
    ),
    "exception": (
        "deadline_missed",
        "hold_expired",
        "label_refused",
        "short_pick",
        "delivery_trouble",
        "undo_failed",
        "cancel_after_handover",
    ),
}
_NEW_KINDS = {
    "stock_movement": ("reserved",),
    "fulfillment_event": (
        "sourced",
        "backorder_filled",
        "promised",
        "promise_changed",
        "substituted",
        "customer_asked",
        "customer_answered",
        "shipment_resourced",
    ),
    "exception": (
        "customer_choice",
        "stock_difference",
        "count_approval",
        "receipt_difference",
    ),
}
_KINDS = {
    table: (*kinds, *_NEW_KINDS[table]) for table, kinds in _EARLIER_KINDS.items()
}


def _know(kinds: Mapping[str, tuple[str, ...]]) -> None:
    """Let the tables hold these kinds, and no others."""
    for table, known in kinds.items():
        name = op.f(f"ck_{table}_kind_known")
        listed = ", ".join(f"'{kind}'" for kind in known)
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(name, type_="check")
            changed.create_check_constraint(name, sa.text(f"kind IN ({listed})"))


def upgrade() -> None:
    """Add what is new."""
    op.create_table(
        "reservation",
        sa.Column("reservation_id", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.String(length=320), nullable=True),
        sa.Column("reference", sa.String(length=300), nullable=True),
        sa.Column("expires_at", persistence.types.Instant(length=32), nullable=True),
        sa.Column("explanation", sa.JSON(), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("created_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("closed_at", persistence.types.Instant(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('draft', 'checkout', 'backlog', 'backorder', 'count')",
            name=op.f("ck_reservation_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'used', 'released', 'expired')",
            name=op.f("ck_reservation_status_known"),
        ),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_reservation")),
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reservation_open", ["status", "kind", "expires_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reservation_order_id"), ["order_id"], unique=False
        )

    op.create_table(
        "expected_receipt",
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("warehouse_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("received_quantity", sa.Integer(), nullable=False),
        sa.Column("damaged_quantity", sa.Integer(), nullable=False),
        sa.Column("created_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("closed_at", persistence.types.Instant(length=32), nullable=True),
        sa.CheckConstraint(
            "quantity > 0", name=op.f("ck_expected_receipt_quantity_positive")
        ),
        sa.CheckConstraint(
            "received_quantity >= 0 AND damaged_quantity >= 0",
            name=op.f("ck_expected_receipt_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["product.sku"], name=op.f("fk_expected_receipt_sku")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.warehouse_id"],
            name=op.f("fk_expected_receipt_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint(
            "reference", "sku", "warehouse_id", name=op.f("pk_expected_receipt")
        ),
    )
    with op.batch_alter_table("expected_receipt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_expected_receipt_sku"), ["sku"], unique=False
        )

    op.create_table(
        "pick_list",
        sa.Column("pick_list_id", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("warehouse_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("closed_at", persistence.types.Instant(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('single', 'batch')", name=op.f("ck_pick_list_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'done', 'cancelled')",
            name=op.f("ck_pick_list_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.warehouse_id"],
            name=op.f("fk_pick_list_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("pick_list_id", name=op.f("pk_pick_list")),
    )
    with op.batch_alter_table("pick_list", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pick_list_open", ["status", "warehouse_id"], unique=False
        )

    op.create_table(
        "product_substitute",
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("substitute_sku", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "sku <> substitute_sku", name=op.f("ck_product_substitute_not_itself")
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["product.sku"], name=op.f("fk_product_substitute_sku")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_sku"],
            ["product.sku"],
            name=op.f("fk_product_substitute_substitute_sku"),
        ),
        sa.PrimaryKeyConstraint(
            "sku", "substitute_sku", name=op.f("pk_product_substitute")
        ),
    )
    op.create_table(
        "service_area",
        sa.Column("warehouse_id", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("postcode_prefix", sa.String(length=30), nullable=False),
        sa.Column("distance_km", sa.Integer(), nullable=True),
        sa.Column("transit_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "transit_days IS NULL OR transit_days >= 0",
            name=op.f("ck_service_area_transit_days_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.warehouse_id"],
            name=op.f("fk_service_area_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint(
            "warehouse_id", "country", "postcode_prefix", name=op.f("pk_service_area")
        ),
    )
    op.create_table(
        "stock_value",
        sa.Column("warehouse_id", sa.String(length=40), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("value_micros", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "units >= 0 AND value_micros >= 0", name=op.f("ck_stock_value_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["product.sku"], name=op.f("fk_stock_value_sku")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.warehouse_id"],
            name=op.f("fk_stock_value_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "sku", name=op.f("pk_stock_value")),
    )
    op.create_table(
        "warehouse_day",
        sa.Column("warehouse_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "planned >= 0", name=op.f("ck_warehouse_day_planned_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.warehouse_id"],
            name=op.f("fk_warehouse_day_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("warehouse_id", "day", name=op.f("pk_warehouse_day")),
    )
    op.create_table(
        "count_task",
        sa.Column("count_task_id", sa.String(length=320), nullable=False),
        sa.Column("location_id", sa.String(length=80), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=700), nullable=False),
        sa.Column("first_count", sa.Integer(), nullable=True),
        sa.Column("first_counted_by", sa.String(length=100), nullable=True),
        sa.Column("second_count", sa.Integer(), nullable=True),
        sa.Column("second_counted_by", sa.String(length=100), nullable=True),
        sa.Column("booked", sa.Integer(), nullable=True),
        sa.Column("adjustment", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("opened_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("closed_at", persistence.types.Instant(length=32), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'recount', 'approval', 'done', 'cancelled')",
            name=op.f("ck_count_task_status_known"),
        ),
        sa.CheckConstraint(
            "first_count IS NULL OR first_count >= 0",
            name=op.f("ck_count_task_first_count_not_negative"),
        ),
        sa.CheckConstraint(
            "second_count IS NULL OR second_count >= 0",
            name=op.f("ck_count_task_second_count_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.location_id"],
            name=op.f("fk_count_task_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["product.sku"], name=op.f("fk_count_task_sku")
        ),
        sa.PrimaryKeyConstraint("count_task_id", name=op.f("pk_count_task")),
    )
    with op.batch_alter_table("count_task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_count_task_open", ["status", "location_id", "sku"], unique=False
        )

    op.create_table(
        "excluded_place",
        sa.Column("order_id", sa.String(length=320), nullable=False),
        sa.Column("location_id", sa.String(length=80), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("excluded_at", persistence.types.Instant(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.location_id"],
            name=op.f("fk_excluded_place_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.order_id"], name=op.f("fk_excluded_place_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["product.sku"], name=op.f("fk_excluded_place_sku")
        ),
        sa.PrimaryKeyConstraint(
            "order_id", "location_id", "sku", name=op.f("pk_excluded_place")
        ),
    )
    op.create_table(
        "sourcing_decision",
        sa.Column(
            "sourcing_decision_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("order_id", sa.String(length=320), nullable=False),
        sa.Column("cause", sa.String(length=700), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("decided_at", persistence.types.Instant(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.order_id"],
            name=op.f("fk_sourcing_decision_order_id"),
        ),
        sa.PrimaryKeyConstraint(
            "sourcing_decision_id", name=op.f("pk_sourcing_decision")
        ),
    )
    with op.batch_alter_table("sourcing_decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sourcing_decision_order_id"), ["order_id"], unique=False
        )

    op.create_table(
        "reservation_line",
        sa.Column(
            "reservation_line_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("reservation_id", sa.String(length=320), nullable=False),
        sa.Column(
            "stock_level_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0", name=op.f("ck_reservation_line_quantity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.reservation_id"],
            name=op.f("fk_reservation_line_reservation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["sku"], ["product.sku"], name=op.f("fk_reservation_line_sku")
        ),
        sa.ForeignKeyConstraint(
            ["stock_level_id"],
            ["stock_level.stock_level_id"],
            name=op.f("fk_reservation_line_stock_level_id"),
        ),
        sa.PrimaryKeyConstraint(
            "reservation_line_id", name=op.f("pk_reservation_line")
        ),
    )
    with op.batch_alter_table("reservation_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reservation_line_reservation_id"),
            ["reservation_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_reservation_line_sku"), ["sku"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reservation_line_stock_level_id"),
            ["stock_level_id"],
            unique=False,
        )

    op.create_table(
        "pick_list_task",
        sa.Column("pick_list_id", sa.String(length=320), nullable=False),
        sa.Column("pick_task_id", sa.String(length=320), nullable=False),
        sa.Column("tote", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["pick_list_id"],
            ["pick_list.pick_list_id"],
            name=op.f("fk_pick_list_task_pick_list_id"),
        ),
        sa.ForeignKeyConstraint(
            ["pick_task_id"],
            ["pick_task.pick_task_id"],
            name=op.f("fk_pick_list_task_pick_task_id"),
        ),
        sa.PrimaryKeyConstraint(
            "pick_list_id", "pick_task_id", name=op.f("pk_pick_list_task")
        ),
        sa.UniqueConstraint(
            "pick_task_id", name=op.f("uq_pick_list_task_pick_task_id")
        ),
    )
    op.add_column(
        "location",
        sa.Column("frozen_at", persistence.types.Instant(length=32), nullable=True),
    )
    op.add_column(
        "location", sa.Column("frozen_reason", sa.String(length=60), nullable=True)
    )
    op.add_column(
        "location",
        sa.Column("counts", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "location",
        sa.Column("exact_counts", sa.Integer(), server_default="0", nullable=False),
    )

    op.add_column(
        "order_line", sa.Column("substitutes_line_no", sa.Integer(), nullable=True)
    )

    op.add_column(
        "orders", sa.Column("when_missing", sa.String(length=20), nullable=True)
    )
    op.add_column(
        "orders", sa.Column("accepts_substitutes", sa.Boolean(), nullable=True)
    )
    op.add_column("orders", sa.Column("asked_for_on", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("promised_on", sa.Date(), nullable=True))
    op.add_column(
        "orders", sa.Column("reservation_id", sa.String(length=320), nullable=True)
    )

    op.add_column("shipment", sa.Column("ship_on", sa.Date(), nullable=True))
    op.add_column("shipment", sa.Column("deliver_by", sa.Date(), nullable=True))

    op.add_column(
        "stock_level",
        sa.Column("received_at", persistence.types.Instant(length=32), nullable=True),
    )

    op.add_column("warehouse", sa.Column("cut_off", sa.String(length=5), nullable=True))
    op.add_column("warehouse", sa.Column("daily_capacity", sa.Integer(), nullable=True))
    op.add_column(
        "warehouse",
        sa.Column("frozen_at", persistence.types.Instant(length=32), nullable=True),
    )
    op.add_column(
        "warehouse", sa.Column("frozen_reason", sa.String(length=60), nullable=True)
    )

    _know(_KINDS)


def downgrade() -> None:
    """Take it back."""
    _know(_EARLIER_KINDS)
    op.drop_column("warehouse", "frozen_reason")
    op.drop_column("warehouse", "frozen_at")
    op.drop_column("warehouse", "daily_capacity")
    op.drop_column("warehouse", "cut_off")

    op.drop_column("stock_level", "received_at")

    op.drop_column("shipment", "deliver_by")
    op.drop_column("shipment", "ship_on")

    op.drop_column("orders", "reservation_id")
    op.drop_column("orders", "promised_on")
    op.drop_column("orders", "asked_for_on")
    op.drop_column("orders", "accepts_substitutes")
    op.drop_column("orders", "when_missing")

    op.drop_column("order_line", "substitutes_line_no")

    op.drop_column("location", "exact_counts")
    op.drop_column("location", "counts")
    op.drop_column("location", "frozen_reason")
    op.drop_column("location", "frozen_at")

    op.drop_table("pick_list_task")
    with op.batch_alter_table("reservation_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservation_line_stock_level_id"))
        batch_op.drop_index(batch_op.f("ix_reservation_line_sku"))
        batch_op.drop_index(batch_op.f("ix_reservation_line_reservation_id"))

    op.drop_table("reservation_line")
    with op.batch_alter_table("sourcing_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sourcing_decision_order_id"))

    op.drop_table("sourcing_decision")
    op.drop_table("excluded_place")
    with op.batch_alter_table("count_task", schema=None) as batch_op:
        batch_op.drop_index("ix_count_task_open")

    op.drop_table("count_task")
    op.drop_table("warehouse_day")
    op.drop_table("stock_value")
    op.drop_table("service_area")
    op.drop_table("product_substitute")
    with op.batch_alter_table("pick_list", schema=None) as batch_op:
        batch_op.drop_index("ix_pick_list_open")

    op.drop_table("pick_list")
    with op.batch_alter_table("expected_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expected_receipt_sku"))

    op.drop_table("expected_receipt")
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservation_order_id"))
        batch_op.drop_index("ix_reservation_open")

    op.drop_table("reservation")
