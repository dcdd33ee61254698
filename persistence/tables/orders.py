"""Orders as received, and the facts of their verification."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
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
    Text,
    UniqueConstraint,
)

from domain.orders.status import OrderStatus
from domain.policy import CheckMode, CheckOutcome
from persistence.tables.base import id_column, metadata, one_of
from persistence.tables.stock import RowId
from persistence.types import ExactDecimal, Instant

customer = Table(
    "customer",
    metadata,
    id_column("customer_id", primary_key=True),
    Column("source", String(40), nullable=False),
    Column("reference", String(300)),
    Column("name", String(300)),
    Column("email", String(320)),
    Column("phone", String(60)),
)

address = Table(
    "address",
    metadata,
    id_column("address_id", primary_key=True),
    id_column("order_id", index=True),
    Column("name", String(300)),
    Column("street", String(300)),
    Column("street2", String(300)),
    Column("city", String(300)),
    Column("region", String(300)),
    Column("postcode", String(30)),
    Column("country", String(2), nullable=False),
    Column("created_at", Instant, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    id_column("order_id", primary_key=True),
    Column("source", String(40), nullable=False),
    Column("number", String(200), nullable=False),
    # Whether the source gave the number, or we did.
    Column("has_own_number", Boolean, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("service_level", String(40), nullable=False),
    Column("currency", String(3)),
    Column("prices_include_tax", Boolean),
    Column("payment_status", String(20)),
    Column("priority", Integer, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("customer_id", ForeignKey("customer.customer_id"), nullable=False),
    Column("ship_to_address_id", ForeignKey("address.address_id"), nullable=False),
    # What kind of customer the source says it is.
    Column("customer_group", String(40)),
    # What was agreed with the customer; empty: the policy counts.
    Column("when_missing", String(20)),
    Column("accepts_substitutes", Boolean),
    # The day the source promised, and the day we do.
    Column("asked_for_on", Date),
    Column("promised_on", Date),
    id_column("reservation_id"),
    # The document as received, to tell a repeat from another order of that number.
    Column("document", JSON, nullable=False),
    # The policy as it was at capture, so later changes of it do not move deadlines.
    Column("policy", Text, nullable=False),
    UniqueConstraint("source", "number"),
    CheckConstraint("priority BETWEEN 1 AND 9", name="priority_known"),
)

# Salted hashes of who ordered, to find orders alike without comparing personal data.
contact_fingerprint = Table(
    "contact_fingerprint",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), nullable=False),
    Column("field", String(20), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    PrimaryKeyConstraint("order_id", "field"),
    Index("ix_contact_fingerprint_fingerprint", "fingerprint"),
)

order_line = Table(
    "order_line",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), nullable=False),
    Column("line_no", Integer, nullable=False),
    # As the source wrote it; sku is ours and empty until the article is known.
    Column("ordered_sku", String(100), nullable=False),
    Column("sku", ForeignKey("product.sku"), index=True),
    Column("quantity", Integer, nullable=False),
    Column("cancelled_quantity", Integer, nullable=False, default=0),
    Column("unit_price", ExactDecimal),
    Column("discount", ExactDecimal),
    # This line is sent instead of units of that one.
    Column("substitutes_line_no", Integer),
    PrimaryKeyConstraint("order_id", "line_no"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "cancelled_quantity BETWEEN 0 AND quantity", name="cancelled_within_quantity"
    ),
)

# What a line needs from the shelves: its article, or the parts of its bundle.
order_demand = Table(
    "order_demand",
    metadata,
    Column("order_id", String(320), nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    Column("quantity_per_unit", Integer, nullable=False),
    PrimaryKeyConstraint("order_id", "line_no", "sku"),
    ForeignKeyConstraint(
        ["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"]
    ),
    CheckConstraint("quantity_per_unit > 0", name="quantity_positive"),
)

check_result = Table(
    "check_result",
    metadata,
    Column("check_result_id", RowId, primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("check_name", String(20), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("cause", String(700), nullable=False),
    Column("checked_at", Instant, nullable=False),
    one_of("mode", CheckMode),
    one_of("outcome", CheckOutcome),
)

hold = Table(
    "hold",
    metadata,
    id_column("hold_id", primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("blocks", JSON, nullable=False),
    Column("owner_role", String(60), nullable=False),
    Column("reason", Text, nullable=False),
    Column("note_reference", String(300)),
    Column("placed_at", Instant, nullable=False),
    Column("placed_by", String(100), nullable=False),
    Column("expires_at", Instant),
    Column("expired_at", Instant),
    Column("released_at", Instant),
    Column("released_by", String(100)),
    Column("release_reason", String(60)),
    Index("ix_hold_kind_released_at", "kind", "released_at"),
)

# The read model: one row an order, written by the run's steps alone.
order_progress = Table(
    "order_progress",
    metadata,
    Column("order_id", String(320), ForeignKey("orders.order_id"), primary_key=True),
    # Counts the steps; a step given an older state is refused and done again.
    Column("revision", Integer, nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("status_since", Instant, nullable=False),
    Column("waits_for", String(300), nullable=False),
    Column("due_at", Instant),
    Column("attention_reason", String(60)),
    Column("state", JSON, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    one_of("status", OrderStatus),
)
