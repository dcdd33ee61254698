"""Rows of a file, and how a refusal names the place and what is wanted there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.errors import InvalidInput


class Row(NamedTuple):
    """One row as it was read; the header is row 1, as a spreadsheet counts.

    Not a dataclass: there are many, and a tuple is made in a third of the time.
    """

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCell:
    """Where a file is wrong and what is wanted there, never the value."""

    row: int
    column: str
    wanted: str

    def __str__(self) -> str:
        """Return the refusal as one line for people."""
        return f"row {self.row}, {self.column}: {self.wanted}"


class FileRefused(InvalidInput):
    """A file cannot be read as a table, or not any further than a row."""

    def __init__(self, name: str, wanted: str, row: int | None = None) -> None:
        """Name the file, and the row where reading ended."""
        place = name if row is None else f"{name}, row {row}"
        super().__init__(place, wanted)
        self.row = row


def in_row_order(refused: Iterable[RefusedCell]) -> tuple[RefusedCell, ...]:
    """Return refusals as a person goes through the file."""
    return tuple(sorted(refused, key=lambda cell: (cell.row, cell.column)))
