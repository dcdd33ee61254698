"""KPI reports as they were made, the limits they crossed, and what is left out."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from domain.kpi.periods import PeriodKind
from domain.kpi.targets import LimitLevel
from persistence.tables.base import id_column, metadata, one_of
from persistence.types import Instant

# One version of the report of a closed period; it never changes once finished.
kpi_snapshot = Table(
    "kpi_snapshot",
    metadata,
    Column("snapshot_id", String(200), primary_key=True),
    Column("period_kind", String(20), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("zone", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    # Why an earlier version was not left as it is; empty for the first.
    Column("reason", Text),
    # The moment whose record it shows, and the moment at which it was read.
    Column("as_of", Instant, nullable=False),
    Column("read_at", Instant, nullable=False),
    # So many facts of the period were written down by `read_at`.
    Column("facts", BigInteger, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("finished_at", Instant),
    UniqueConstraint("period_kind", "first_day", "last_day", "zone", "version"),
    one_of("period_kind", PeriodKind),
)

kpi_snapshot_figure = Table(
    "kpi_snapshot_figure",
    metadata,
    Column("snapshot_id", ForeignKey("kpi_snapshot.snapshot_id"), nullable=False),
    Column("figure", String(60), nullable=False),
    # Empty: of everything; else the dimension and its value.
    Column("group_key", String(300), nullable=False),
    Column("position", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    PrimaryKeyConstraint("snapshot_id", "figure", "group_key"),
)

# Where a KPI stands against its limits, by the newest period of each kind.
kpi_limit = Table(
    "kpi_limit",
    metadata,
    Column("figure", String(60), nullable=False),
    Column("period_kind", String(20), nullable=False),
    Column("level", String(20), nullable=False),
    # The last day of the period that was judged last.
    Column("judged_day", Date, nullable=False),
    Column("since_day", Date, nullable=False),
    id_column("exception_id"),
    PrimaryKeyConstraint("figure", "period_kind"),
    one_of("period_kind", PeriodKind),
    one_of("level", LimitLevel),
)

# Sources whose orders are no business: a test account, the demo's hurried shop.
kpi_left_out = Table(
    "kpi_left_out",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
)
