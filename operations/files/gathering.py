"""Gathering the rows of one order, wherever in the file they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from operations.files.mapping_parts import FileForm, Grouping
from operations.files.rows import FileRefused, RefusedCell, Row
from operations.files.skipping import SkipRules
from operations.files.table import CsvTable, TableFormat, open_table

# What the rows of one order have in common; empty: a row by itself.
KeyOf = Callable[[Sequence[str]], str]


@dataclass(slots=True)
class RowsOfOrder:
    """The rows of one order so far, and those of them that are no rows of the table."""

    rows: list[Row] = field(default_factory=list)
    refused: list[RefusedCell] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedOrder:
    """An order that cannot be read: what is wanted where, and its rows as they came."""

    number: str
    refused: tuple[RefusedCell, ...]
    rows: Sequence[Row]


@dataclass(slots=True, kw_only=True)
class RowGroups:
    """An open file whose rows belong together by a key; iterating reads it once.

    `read` grows with the rows; `total` is known once they were counted. The key is made
    of the first `key_width` cells; `key_column` is named when the rows of an order do
    not stand together as they should.
    """

    path: Path
    table: CsvTable
    form: FileForm
    key_of: KeyOf
    key_width: int
    key_column: str
    rules: SkipRules
    read: int = 0
    total: int | None = None

    @property
    def skipped(self) -> Mapping[str, int]:
        """Return how many rows were left out so far, by reason."""
        return dict(sorted(self.rules.skipped.items()))

    def __iter__(self) -> Iterator[tuple[str, RowsOfOrder]]:
        """Read order by order, in bounded memory."""
        if self.form.group is Grouping.ADJACENT:
            return self._adjacent()
        return self._whole_file()

    def goods(self) -> Iterator[Row | RefusedCell]:
        """Read the rows that are not skipped, without gathering them."""
        for row in self._rows():
            refused = self.table.misshapen(row)
            if refused is not None:
                yield refused
            elif not self.rules.skips(row.cells):
                yield row

    def _rows(self) -> Iterator[Row]:
        for row in self.table.rows():
            self.read += 1
            yield row

    def _gather(self, gathered: RowsOfOrder, row: Row) -> None:
        refused = self.table.misshapen(row)
        if refused is not None:
            gathered.refused.append(refused)
        elif self.rules.skips(row.cells):
            return
        gathered.rows.append(row)

    def _whole_file(self) -> Iterator[tuple[str, RowsOfOrder]]:
        """Give an order out when its last row has come; the rows are counted first."""
        left = self._rows_by_key()
        waiting: dict[str, RowsOfOrder] = {}
        for row in self.table.rows():
            self.read += 1
            key = self.key_of(row.cells)
            gathered = waiting.get(key)
            if gathered is None:
                gathered = waiting[key] = RowsOfOrder()
            self._gather(gathered, row)
            left[key] -= 1
            # Rows without a key have nothing in common.
            if left[key] == 0 or not key:
                del waiting[key]
                if key:
                    del left[key]
                if gathered.rows:
                    yield key, gathered

    def _rows_by_key(self) -> Counter[str]:
        with open_table(self.path, format_of(self.form)) as table:
            counted = Counter(map(self.key_of, table.first_cells(self.key_width)))
        self.total = counted.total()
        return counted

    def _adjacent(self) -> Iterator[tuple[str, RowsOfOrder]]:
        """Give an order out when the next begins; refuse a key that comes back."""
        last_row: dict[str, int] = {}
        current, gathered = "", RowsOfOrder()
        for row in self._rows():
            key = self.key_of(row.cells)
            if gathered.rows and (key != current or not key):
                yield current, gathered
                gathered = RowsOfOrder()
            if key in last_row and key != current:
                gathered.refused.append(self._came_back(row, last_row[key]))
            if key:
                last_row[key] = row.number
            current = key
            self._gather(gathered, row)
        if gathered.rows:
            yield current, gathered

    def _came_back(self, row: Row, earlier: int) -> RefusedCell:
        return RefusedCell(
            row=row.number,
            column=self.key_column,
            wanted=(
                f"the rows of one order together: its rows ended in row {earlier} and "
                'were read as an order without these; or file.group = "whole_file"'
            ),
        )


def format_of(form: FileForm) -> TableFormat:
    """Return what a mapping says about how the file is written."""
    return TableFormat(encoding=form.encoding, delimiter=form.delimiter)


def places_of(table: CsvTable, wanted: frozenset[str]) -> dict[str, int]:
    """Return where the columns stand; refuse a file that lacks one that is wanted."""
    missing = sorted(wanted - set(table.header))
    if missing:
        text = f"the mapping's columns; not found: {', '.join(missing)}"
        raise FileRefused(table.name, text, 1)
    return {column: place for place, column in enumerate(table.header)}
