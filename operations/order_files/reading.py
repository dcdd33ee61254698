"""Reading an order file: rows are skipped, gathered by order number, and mapped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from domain.errors import InvalidInput
from operations.files.models import SOURCE
from operations.files.rows import FileRefused, RefusedCell, Row
from operations.files.table import CsvTable, TableFormat, open_table
from operations.order_files.building import OrderBuilder, RowsOfOrder
from operations.order_files.cells import number_reader
from operations.order_files.mapping import Grouping
from operations.order_files.mapping import Mapping as FileMapping
from operations.order_files.orders import MappedOrder, RefusedOrder
from operations.order_files.skipping import SkipRules

_SOURCE = re.compile("[a-z0-9]{1,40}")


class OrderFile:
    """An open order file; iterating reads it once, and the counters grow with it."""

    def __init__(
        self, path: Path, table: CsvTable, mapping: FileMapping, source: str
    ) -> None:
        """Look up the mapping's columns; refuse a file that lacks one."""
        self.path = path
        self.table = table
        self.mapping = mapping
        self.read = 0
        missing = sorted(mapping.used_columns() - set(table.header))
        if missing:
            wanted = f"the mapping's columns; not found: {', '.join(missing)}"
            raise FileRefused(table.name, wanted, 1)
        places = {column: place for place, column in enumerate(table.header)}
        self._places = places
        self._number_place = places[mapping.columns["number"]]
        self.read_number = number_reader(mapping.numbers)
        self._rules = SkipRules(mapping.skip, places, self.read_number)
        self._builder = OrderBuilder(mapping, places, self.read_number, source)

    @property
    def skipped(self) -> Mapping[str, int]:
        """Return how many rows were left out so far, by reason."""
        return dict(sorted(self._rules.skipped.items()))

    def __iter__(self) -> Iterator[MappedOrder | RefusedOrder]:
        """Read order by order, in bounded memory."""
        if self.mapping.file.group is Grouping.ADJACENT:
            return self._adjacent()
        return self._whole_file()

    def goods(self) -> Iterator[Row | RefusedCell]:
        """Read the rows that are not skipped, without gathering them."""
        for row, refused in self._rows():
            if refused is not None:
                yield refused
            elif not self._rules.skips(row.cells):
                yield row

    def text(self, row: Row, target: str) -> str:
        """Return what a row holds for a field of the document."""
        return self._builder.text(row, target)

    def cell(self, row: Row, column: str) -> str:
        """Return what a row holds in a column."""
        return row.cells[self._places[column]].strip()

    def _rows(self) -> Iterator[tuple[Row, RefusedCell | None]]:
        for row in self.table.rows():
            self.read += 1
            yield row, self.table.misshapen(row)

    def _number_of(self, row: Row) -> str:
        place = self._number_place
        if place >= len(row.cells):
            return ""
        number = row.cells[place].strip()
        return number.upper() if "number" in self.mapping.upper_case else number

    def _gather(
        self, gathered: RowsOfOrder, row: Row, refused: RefusedCell | None
    ) -> None:
        if refused is not None:
            gathered.refused.append(refused)
        elif self._rules.skips(row.cells):
            return
        gathered.rows.append(row)

    def _whole_file(self) -> Iterator[MappedOrder | RefusedOrder]:
        """Give an order out when its last row has come; the rows are counted first."""
        left = self._rows_by_number()
        waiting: dict[str, RowsOfOrder] = {}
        for row, refused in self._rows():
            number = self._number_of(row)
            gathered = waiting.setdefault(number, RowsOfOrder())
            self._gather(gathered, row, refused)
            left[number] -= 1
            # Rows without a number have nothing in common.
            if left[number] == 0 or not number:
                del waiting[number], left[number]
                if gathered.rows:
                    yield self._builder.build(number, gathered)

    def _rows_by_number(self) -> Counter[str]:
        with open_table(self.path, format_of(self.mapping)) as table:
            return Counter(map(self._number_of, table.rows()))

    def _adjacent(self) -> Iterator[MappedOrder | RefusedOrder]:
        """Give an order out when the next begins; refuse a number that comes back."""
        last_row: dict[str, int] = {}
        current, gathered = "", RowsOfOrder()
        for row, refused in self._rows():
            number = self._number_of(row)
            if gathered.rows and (number != current or not number):
                yield self._builder.build(current, gathered)
                gathered = RowsOfOrder()
            if number in last_row and number != current:
                gathered.refused.append(self._came_back(row, last_row[number]))
            if number:
                last_row[number] = row.number
            current = number
            self._gather(gathered, row, refused)
        if gathered.rows:
            yield self._builder.build(current, gathered)

    def _came_back(self, row: Row, earlier: int) -> RefusedCell:
        return RefusedCell(
            row=row.number,
            column=self.mapping.columns["number"],
            wanted=(
                f"the rows of one order together: its rows ended in row {earlier} and "
                'were read as an order without these; or file.group = "whole_file"'
            ),
        )


def format_of(mapping: FileMapping) -> TableFormat:
    """Return what the mapping says about how the file is written."""
    return TableFormat(encoding=mapping.file.encoding, delimiter=mapping.file.delimiter)


@contextmanager
def read_orders(path: Path, mapping: FileMapping, source: str) -> Iterator[OrderFile]:
    """Open an order file for one reading."""
    if not _SOURCE.fullmatch(source):
        raise InvalidInput("source", SOURCE)
    with open_table(path, format_of(mapping)) as table:
        yield OrderFile(path, table, mapping, source)
