"""Building an order document of the rows of one order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from domain.errors import InvalidInput
from messages.order_document import parse_order_document
from operations.files.cells import (
    CellRefused,
    NumberReader,
    moment_reader,
    read_yes_no,
    whole_number,
)
from operations.files.gathering import RefusedOrder, RowsOfOrder
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.order_files.cells import read_country
from operations.order_files.mapping import LINES
from operations.order_files.mapping import Mapping as FileMapping
from operations.order_files.orders import MappedOrder

Converter = Callable[[str], object]
Document = dict[str, object]

_PLACED_AT = "placed_at"
_LINE_FIELD = re.compile(r"lines\[(\d+)\]\.(\w+)")


class OrderBuilder:
    """Turns the rows of one order into a document, or says what is wrong with them."""

    def __init__(
        self,
        mapping: FileMapping,
        places: Mapping[str, int],
        read_number: NumberReader,
        source: str,
    ) -> None:
        """Build for columns at these places."""
        self._mapping = mapping
        self._source = source
        self._columns = mapping.columns
        self._places = {
            target: places[column] for target, column in mapping.columns.items()
        }
        self._header = [t for t in self._places if not t.startswith(LINES)]
        self._lines = [t for t in self._places if t.startswith(LINES)]
        self._converters = self._conversions(read_number)

    def text(self, row: Row, target: str) -> str:
        """Return what a row holds for a field of the document."""
        text = row.cells[self._places[target]].strip()
        return text.upper() if target in self._mapping.upper_case else text

    def build(self, number: str, gathered: RowsOfOrder) -> MappedOrder | RefusedOrder:
        """Build the document of one order."""
        rows, refused = gathered.rows, list(gathered.refused)
        if not number:
            column = self._columns["number"]
            wanted = "an order number"
            refused.append(
                RefusedCell(row=rows[0].number, column=column, wanted=wanted)
            )
        if not refused:
            raw = self._document(rows, refused)
        if not refused:
            try:
                return MappedOrder(document=parse_order_document(raw), rows=tuple(rows))
            except InvalidInput as error:
                refused.append(self._place(error, rows))
        return RefusedOrder(
            number=number, refused=in_row_order(refused), rows=tuple(rows)
        )

    def _document(self, rows: Sequence[Row], refused: list[RefusedCell]) -> Document:
        # Present even when empty, so that a refusal names its country, not the whole.
        raw: Document = {"source": self._source, "ship_to": {}}
        for target, value in self._mapping.constants.items():
            if not target.startswith(LINES):
                _put(raw, target, value)
        for target in self._header:
            if target == _PLACED_AT:
                continue
            refused += self._differing(target, rows)
            _put(raw, target, self._value(rows[0], target, refused))
        if _PLACED_AT in self._places:
            raw[_PLACED_AT] = self._earliest(rows, refused)
        raw["lines"] = [self._line(row, refused) for row in rows]
        return raw

    def _line(self, row: Row, refused: list[RefusedCell]) -> Document:
        line: Document = {
            target.removeprefix(LINES): value
            for target, value in self._mapping.constants.items()
            if target.startswith(LINES)
        }
        for target in self._lines:
            line[target.removeprefix(LINES)] = self._value(row, target, refused)
        return line

    def _value(self, row: Row, target: str, refused: list[RefusedCell]) -> object:
        text = self.text(row, target)
        if not text:
            return None
        try:
            return self._converters.get(target, str)(text)
        except CellRefused as error:
            refused.append(self._refusal(row, target, error.wanted))
            return None

    def _differing(self, target: str, rows: Sequence[Row]) -> list[RefusedCell]:
        first = self.text(rows[0], target)
        wanted = f"the same as in row {rows[0].number}, as both are of one order"
        return [
            self._refusal(row, target, wanted)
            for row in rows[1:]
            if self.text(row, target) != first
        ]

    def _earliest(self, rows: Sequence[Row], refused: list[RefusedCell]) -> object:
        """Return the first moment: a till may book one order over several minutes."""
        different = {self.text(row, _PLACED_AT): row for row in reversed(rows)}
        values = [self._value(row, _PLACED_AT, refused) for row in different.values()]
        return min((v for v in values if isinstance(v, datetime)), default=None)

    def _refusal(self, row: Row, target: str, wanted: str) -> RefusedCell:
        column = self._columns.get(target, target)
        return RefusedCell(row=row.number, column=column, wanted=wanted)

    def _place(self, error: InvalidInput, rows: Sequence[Row]) -> RefusedCell:
        """Say in which row and column a field of the document was read."""
        of_line = _LINE_FIELD.match(error.field)
        if of_line:
            row = rows[int(of_line[1])]
            return self._refusal(row, f"{LINES}{of_line[2]}", error.wanted)
        return self._refusal(rows[0], error.field, error.wanted)

    def _conversions(self, read_number: NumberReader) -> dict[str, Converter]:
        def whole(text: str) -> int:
            return whole_number(read_number(text))

        return {
            "priority": whole,
            "prices_include_tax": read_yes_no,
            _PLACED_AT: moment_reader(self._mapping.dates),
            "ship_to.country": lambda text: read_country(text, self._mapping.countries),
            "lines.quantity": whole,
            "lines.unit_price": read_number,
            "lines.discount": read_number,
        }


def _put(raw: Document, target: str, value: object) -> None:
    """Put a value into the document; an absent one leaves no trace."""
    if value is None:
        return
    part, dot, name = target.partition(".")
    if not dot:
        raw[part] = value
        return
    inner = raw.setdefault(part, {})
    if isinstance(inner, dict):
        inner[name] = value
