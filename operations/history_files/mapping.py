"""What a history mapping says: columns, words for statuses, what counts as which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from domain.claims import ClaimKind
from domain.kpi.history import HistoryStatus
from operations.files.mapping_parts import Conditions, Dates, Part, TableMapping
from operations.files.rows import FileRefused
from operations.files.table import CsvTable
from operations.history_files.facts import TARGETS

OTHER_ERROR = "other"
Value = TypeVar("Value")


def _targets(table: Mapping[str, Value]) -> Mapping[str, Value]:
    unknown = sorted(table.keys() - set(TARGETS))
    if unknown:
        raise ValueError(f"columns of the history, not {', '.join(unknown)}")
    return table


class HistoryDates(Dates):
    """How moments are written; `day_format` is for promises of a whole day."""

    day_format: str | None = None


class StatusRule(Part):
    """Orders one of whose rows is such have this status, whatever their columns say."""

    status: HistoryStatus
    when: Conditions


class HistoryMapping(TableMapping):
    """How one source's rows become orders of the history."""

    columns: Annotated[dict[str, str], AfterValidator(_targets)]
    constants: Annotated[Mapping[str, str | int], AfterValidator(_targets)] = Field(
        default_factory=dict
    )
    dates: HistoryDates = HistoryDates()
    # Their words; ours are known without.
    status: Mapping[str, HistoryStatus] = Field(default_factory=dict)
    error_kind: Mapping[str, ClaimKind | Literal["other"]] = Field(default_factory=dict)
    status_when: tuple[StatusRule, ...] = ()

    @model_validator(mode="after")
    def _is_complete(self) -> HistoryMapping:
        for needed in ("number", "placed_at"):
            if needed not in self.columns:
                raise ValueError(f"columns.{needed} is required")
        return self

    def used_columns(self) -> frozenset[str]:
        """Return every column the file must have."""
        conditions = (each for rule in self.status_when for each in rule.when)
        return super().used_columns() | {each.column for each in conditions}


def own_mapping(table: CsvTable) -> HistoryMapping:
    """Return the mapping of a file whose columns have our own names.

    Raises `FileRefused` for a column that is missing or that nobody would read.
    """
    columns = {column.lower(): column for column in table.header}
    unknown = sorted(columns.keys() - set(TARGETS))
    if unknown:
        known = ", ".join(TARGETS)
        wanted = f"only the columns {known}, or a mapping; not {', '.join(unknown)}"
        raise FileRefused(table.name, wanted, 1)
    missing = [name for name in ("number", "placed_at") if name not in columns]
    if missing:
        wanted = f"the columns {', '.join(missing)}, or a mapping"
        raise FileRefused(table.name, wanted, 1)
    return HistoryMapping(columns=columns)
