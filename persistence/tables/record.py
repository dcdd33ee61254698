"""What happened, what waits for a person, what was answered, what is to be sent."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from domain.events import EventKind
from domain.exceptions import ExceptionKind
from persistence.tables.base import id_column, metadata, one_of
from persistence.tables.stock import RowId
from persistence.types import ExactDecimal, Instant

fulfillment_event = Table(
    "fulfillment_event",
    metadata,
    Column("fulfillment_event_id", RowId, primary_key=True),
    # An order of ours or of the history; empty: a fact of no single order.
    id_column("order_id", index=True),
    id_column("shipment_id"),
    Column("kind", String(40), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("cause", String(700), nullable=False),
    Column("data", JSON, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    one_of("kind", EventKind),
    Index("ix_fulfillment_event_kind_occurred_at", "kind", "occurred_at"),
)

# `exception` is taken in Python; the table bears the term's plain name.
exception_table = Table(
    "exception",
    metadata,
    id_column("exception_id", primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), index=True),
    id_column("shipment_id"),
    Column("kind", String(40), nullable=False),
    Column("owner_role", String(60), nullable=False),
    Column("cause", Text, nullable=False),
    Column("suggested_act", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("taken_by", String(100)),
    Column("taken_at", Instant),
    Column("escalated_at", Instant),
    Column("resolved_at", Instant, index=True),
    Column("resolved_by", String(100)),
    Column("resolution", String(60)),
    Column("note_reference", String(300)),
    one_of("kind", ExceptionKind),
)

refund_due = Table(
    "refund_due",
    metadata,
    id_column("refund_id", primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("lines", JSON, nullable=False),
    # Empty when the order came without prices.
    Column("amount", ExactDecimal),
    Column("currency", String(3)),
    Column("reason", String(60), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("confirmed_by", String(100)),
)

claim = Table(
    "claim",
    metadata,
    id_column("claim_id", primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("line_no", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("quantity", Integer),
    Column("found_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("note_reference", String(300)),
    CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
)

# Free text and proofs of delivery may be personal: they live here and travel as ids.
note = Table(
    "note",
    metadata,
    id_column("note_id", primary_key=True),
    id_column("order_id", index=True),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
)

processed_step = Table(
    "processed_step",
    metadata,
    Column("step_key", String(700), primary_key=True),
    Column("input_hash", String(64), nullable=False),
    Column("result", JSON, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", RowId, primary_key=True),
    Column("message_id", String(320), nullable=False, unique=True),
    id_column("order_id", nullable=False, index=True),
    # Empty: start the run. Else the name of the update or signal to send.
    Column("name", String(60)),
    Column("payload", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", Text),
    Index("ix_outbox_undelivered", "delivered_at", "outbox_id"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("held_until", Instant, nullable=False),
)
