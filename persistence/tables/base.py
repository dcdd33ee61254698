"""The metadata all tables share, and columns they repeat."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID_LENGTH = 320  # the longest order id, with what shipments and tasks add to it


def id_column(name: str, **options: bool) -> Column[str]:
    """Return a text key column."""
    return Column(name, String(ID_LENGTH), **options)  # type: ignore[arg-type]


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Return a check that a column holds one of an enum's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
