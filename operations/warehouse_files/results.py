"""What an import of warehouses, areas or locations did, or would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from operations.files.models import LineFormat, LineT_co, Numbered
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.files.table import CsvTable


class Change(StrEnum):
    """What storing a line means."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseImportResult:
    """Counts of lines, and the refusals with the rows to be mended."""

    dry_run: bool
    read: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: tuple[RefusedCell, ...] = ()
    refused_rows: tuple[Row, ...] = ()


@dataclass(slots=True)
class Refusals:
    """Rows that are refused, with what is wrong in them."""

    rows: list[Row] = field(default_factory=list)
    cells: list[RefusedCell] = field(default_factory=list)

    def add(self, row: Row, cells: Sequence[RefusedCell]) -> None:
        """Refuse a row."""
        self.rows.append(row)
        self.cells.extend(cells)

    def refuse(self, one: Numbered[LineT_co], column: str, wanted: str) -> None:
        """Refuse a line that could be read."""
        row = one.raw or Row(number=one.row, cells=())
        self.add(row, [one.refuse(column, wanted)])


def read_lines(
    table: CsvTable, line_format: LineFormat[LineT_co]
) -> tuple[list[Numbered[LineT_co]], Refusals]:
    """Read a file; return the lines that could be read, and the rows that could not."""
    lines: list[Numbered[LineT_co]] = []
    refusals = Refusals()
    for found in line_format.read(table):
        if isinstance(found, Numbered):
            lines.append(found)
        else:
            refusals.add(*found)
    return lines, refusals


def result_of(
    read: int, changes: Counter[Change], refusals: Refusals, *, dry_run: bool
) -> WarehouseImportResult:
    """Return what came of a file with so many rows."""
    return WarehouseImportResult(
        dry_run=dry_run,
        read=read,
        created=changes[Change.CREATED],
        updated=changes[Change.UPDATED],
        unchanged=changes[Change.UNCHANGED],
        refused=in_row_order(refusals.cells),
        refused_rows=tuple(sorted(refusals.rows, key=lambda row: row.number)),
    )
