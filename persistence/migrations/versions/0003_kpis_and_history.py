"""KPIs: imported history, report snapshots, limits; categories and customer groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import persistence.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Kinds that a row may have had before this revision, and those it adds.
_EARLIER_KINDS = {
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
        "deadline_missed",
        "hold_expired",
        "label_refused",
        "short_pick",
        "delivery_trouble",
        "undo_failed",
        "cancel_after_handover",
        "customer_choice",
        "stock_difference",
        "count_approval",
        "receipt_difference",
    ),
}
_NEW_KINDS = {
    "fulfillment_event": ("history_corrected", "kpi_limit_crossed"),
    "exception": ("kpi_limit",),
}


def _know(kinds: dict[str, tuple[str, ...]]) -> None:
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
        "history_import",
        sa.Column("import_id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("started_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("finished_at", persistence.types.Instant(length=32), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "kind IN ('orders', 'movements')", name=op.f("ck_history_import_kind_known")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_history_import")),
    )
    op.create_table(
        "kpi_left_out",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", persistence.types.Instant(length=32), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_kpi_left_out")),
    )
    op.create_table(
        "kpi_limit",
        sa.Column("figure", sa.String(length=60), nullable=False),
        sa.Column("period_kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("judged_day", sa.Date(), nullable=False),
        sa.Column("since_day", sa.Date(), nullable=False),
        sa.Column("exception_id", sa.String(length=320), nullable=True),
        sa.CheckConstraint(
            "level IN ('within', 'warning', 'alarm')",
            name=op.f("ck_kpi_limit_level_known"),
        ),
        sa.CheckConstraint(
            "period_kind IN ('daily', 'weekly', 'custom')",
            name=op.f("ck_kpi_limit_period_kind_known"),
        ),
        sa.PrimaryKeyConstraint("figure", "period_kind", name=op.f("pk_kpi_limit")),
    )
    op.create_table(
        "kpi_snapshot",
        sa.Column("snapshot_id", sa.String(length=200), nullable=False),
        sa.Column("period_kind", sa.String(length=20), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("as_of", persistence.types.Instant(length=32), nullable=False),
        sa.Column("read_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("finished_at", persistence.types.Instant(length=32), nullable=True),
        sa.CheckConstraint(
            "period_kind IN ('daily', 'weekly', 'custom')",
            name=op.f("ck_kpi_snapshot_period_kind_known"),
        ),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_kpi_snapshot")),
        sa.UniqueConstraint(
            "period_kind",
            "first_day",
            "last_day",
            "zone",
            "version",
            name=op.f("uq_kpi_snapshot_period_kind_first_day_last_day_zone_version"),
        ),
    )
    op.create_table(
        "history_movement",
        sa.Column(
            "history_movement_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("import_id", sa.String(length=100), nullable=False),
        sa.Column("warehouse_id", sa.String(length=40), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quantity_change", sa.Integer(), nullable=False),
        sa.Column("unit_cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("value_change_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("occurred_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("recorded_at", persistence.types.Instant(length=32), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'reserved', 'allocated', 'released', 'picked', 'put_back', 'shipped', 'adjusted', 'counted', 'damaged', 'transferred', 'returned')",
            name=op.f("ck_history_movement_kind_known"),
        ),
        sa.CheckConstraint(
            "quantity_change <> 0", name=op.f("ck_history_movement_changes_something")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["history_import.import_id"],
            name=op.f("fk_history_movement_import_id"),
        ),
        sa.PrimaryKeyConstraint(
            "history_movement_id", name=op.f("pk_history_movement")
        ),
    )
    with op.batch_alter_table("history_movement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_history_movement_article",
            ["warehouse_id", "sku", "occurred_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_history_movement_occurred_at"), ["occurred_at"], unique=False
        )

    op.create_table(
        "history_order",
        sa.Column("order_id", sa.String(length=320), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("import_id", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("service_level", sa.String(length=40), nullable=True),
        sa.Column("customer_group", sa.String(length=40), nullable=True),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("ship_to_zone", sa.String(length=60), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("placed_at", persistence.types.Instant(length=32), nullable=False),
        sa.Column("cancel_cause", sa.String(length=60), nullable=True),
        sa.Column("promised_at", persistence.types.Instant(length=32), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("due_ship_at", persistence.types.Instant(length=32), nullable=True),
        sa.Column("due_ship_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'shipped', 'delivered', 'cancelled')",
            name=op.f("ck_history_order_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["history_import.import_id"],
            name=op.f("fk_history_order_import_id"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_history_order")),
        sa.UniqueConstraint(
            "source", "number", name=op.f("uq_history_order_source_number")
        ),
    )
    with op.batch_alter_table("history_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_history_order_due_ship_at"), ["due_ship_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_history_order_due_ship_on"), ["due_ship_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_history_order_placed_at"), ["placed_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_history_order_promised_at"), ["promised_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_history_order_promised_on"), ["promised_on"], unique=False
        )

    op.create_table(
        "kpi_snapshot_figure",
        sa.Column("snapshot_id", sa.String(length=200), nullable=False),
        sa.Column("figure", sa.String(length=60), nullable=False),
        sa.Column("group_key", sa.String(length=300), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["kpi_snapshot.snapshot_id"],
            name=op.f("fk_kpi_snapshot_figure_snapshot_id"),
        ),
        sa.PrimaryKeyConstraint(
            "snapshot_id", "figure", "group_key", name=op.f("pk_kpi_snapshot_figure")
        ),
    )
    op.create_table(
        "history_shipment",
        sa.Column("order_id", sa.String(length=320), nullable=False),
        sa.Column("shipment_no", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.String(length=40), nullable=True),
        sa.Column("carrier", sa.String(length=40), nullable=True),
        sa.Column(
            "handed_over_at", persistence.types.Instant(length=32), nullable=True
        ),
        sa.Column("delivered_at", persistence.types.Instant(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["history_order.order_id"],
            name=op.f("fk_history_shipment_order_id"),
        ),
        sa.PrimaryKeyConstraint(
            "order_id", "shipment_no", name=op.f("pk_history_shipment")
        ),
    )
    with op.batch_alter_table("history_shipment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_history_shipment_delivered_at"),
            ["delivered_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_history_shipment_handed_over_at"),
            ["handed_over_at"],
            unique=False,
        )

    op.create_table(
        "history_line",
        sa.Column("order_id", sa.String(length=320), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("shipment_no", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=True),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("quantity_ordered", sa.Integer(), nullable=True),
        sa.Column("quantity_shipped", sa.Integer(), nullable=True),
        sa.Column("quantity_rejected", sa.Integer(), nullable=True),
        sa.Column("unit_price_micros", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("error_kind", sa.String(length=40), nullable=True),
        sa.Column(
            "error_found_at", persistence.types.Instant(length=32), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "shipment_no"],
            ["history_shipment.order_id", "history_shipment.shipment_no"],
            name=op.f("fk_history_line_order_id_shipment_no"),
        ),
        sa.PrimaryKeyConstraint("order_id", "line_no", name=op.f("pk_history_line")),
    )
    with op.batch_alter_table("fulfillment_event", schema=None) as batch_op:
        batch_op.alter_column(
            "order_id", existing_type=sa.VARCHAR(length=320), nullable=True
        )
        batch_op.drop_constraint(
            batch_op.f("fk_fulfillment_event_order_id"), type_="foreignkey"
        )

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("customer_group", sa.String(length=40), nullable=True)
        )

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("category", sa.String(length=100), nullable=True))
    _know({name: (*kinds, *_NEW_KINDS[name]) for name, kinds in _EARLIER_KINDS.items()})


def downgrade() -> None:
    """Take it back; facts of the history and of the KPIs go with it."""
    op.execute(
        sa.text(
            "DELETE FROM fulfillment_event WHERE order_id IS NULL"
            " OR order_id NOT IN (SELECT order_id FROM orders)"
        )
    )
    op.execute(sa.text("DELETE FROM exception WHERE kind = 'kpi_limit'"))
    _know(_EARLIER_KINDS)

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_column("category")

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_column("customer_group")

    with op.batch_alter_table("fulfillment_event", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_fulfillment_event_order_id"),
            "orders",
            ["order_id"],
            ["order_id"],
        )
        batch_op.alter_column(
            "order_id", existing_type=sa.VARCHAR(length=320), nullable=False
        )

    op.drop_table("history_line")
    with op.batch_alter_table("history_shipment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_shipment_handed_over_at"))
        batch_op.drop_index(batch_op.f("ix_history_shipment_delivered_at"))

    op.drop_table("history_shipment")
    op.drop_table("kpi_snapshot_figure")
    with op.batch_alter_table("history_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_order_promised_on"))
        batch_op.drop_index(batch_op.f("ix_history_order_promised_at"))
        batch_op.drop_index(batch_op.f("ix_history_order_placed_at"))
        batch_op.drop_index(batch_op.f("ix_history_order_due_ship_on"))
        batch_op.drop_index(batch_op.f("ix_history_order_due_ship_at"))

    op.drop_table("history_order")
    with op.batch_alter_table("history_movement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_movement_occurred_at"))
        batch_op.drop_index("ix_history_movement_article")

    op.drop_table("history_movement")
    op.drop_table("kpi_snapshot")
    op.drop_table("kpi_limit")
    op.drop_table("kpi_left_out")
    op.drop_table("history_import")
