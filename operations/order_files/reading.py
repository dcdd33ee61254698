"""Reading an order file: rows are skipped, gathered by order number, and mapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.errors import InvalidInput
from operations.files.cells import number_reader
from operations.files.gathering import RefusedOrder, RowGroups, format_of, places_of
from operations.files.models import SOURCE
from operations.files.rows import RefusedCell, Row
from operations.files.skipping import SkipRules
from operations.files.table import CsvTable, open_table
from operations.order_files.building import OrderBuilder
from operations.order_files.mapping import Mapping as FileMapping
from operations.order_files.orders import MappedOrder

_SOURCE = re.compile("[a-z0-9]{1,40}")


class OrderFile:
    """An open order file; iterating reads it once, and the counters grow with it."""

    def __init__(
        self, path: Path, table: CsvTable, mapping: FileMapping, source: str
    ) -> None:
        """Look up the mapping's columns; refuse a file that lacks one."""
        self.table = table
        self.mapping = mapping
        self._places = places_of(table, mapping.used_columns())
        self._number_place = self._places[mapping.columns["number"]]
        self.read_number = number_reader(mapping.numbers)
        self._groups = RowGroups(
            path=path,
            table=table,
            form=mapping.file,
            key_of=self._number_of,
            key_width=self._number_place + 1,
            key_column=mapping.columns["number"],
            rules=SkipRules(mapping.skip, self._places, self.read_number),
        )
        self._builder = OrderBuilder(mapping, self._places, self.read_number, source)

    @property
    def read(self) -> int:
        """Return how many rows were read so far."""
        return self._groups.read

    @property
    def skipped(self) -> Mapping[str, int]:
        """Return how many rows were left out so far, by reason."""
        return self._groups.skipped

    def __iter__(self) -> Iterator[MappedOrder | RefusedOrder]:
        """Read order by order, in bounded memory."""
        for number, gathered in self._groups:
            yield self._builder.build(number, gathered)

    def goods(self) -> Iterator[Row | RefusedCell]:
        """Read the rows that are not skipped, without gathering them."""
        return self._groups.goods()

    def text(self, row: Row, target: str) -> str:
        """Return what a row holds for a field of the document."""
        return self._builder.text(row, target)

    def cell(self, row: Row, column: str) -> str:
        """Return what a row holds in a column."""
        return row.cells[self._places[column]].strip()

    def _number_of(self, cells: Sequence[str]) -> str:
        place = self._number_place
        if place >= len(cells):
            return ""
        number = cells[place].strip()
        return number.upper() if "number" in self.mapping.upper_case else number


@contextmanager
def read_orders(path: Path, mapping: FileMapping, source: str) -> Iterator[OrderFile]:
    """Open an order file for one reading."""
    if not _SOURCE.fullmatch(source):
        raise InvalidInput("source", SOURCE)
    with open_table(path, format_of(mapping.file)) as table:
        yield OrderFile(path, table, mapping, source)
