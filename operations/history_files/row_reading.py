"""Reading the rows of one order, cell by cell, each different cell once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from domain.errors import InvalidInput
from operations.files.cells import CellRefused
from operations.files.gathering import KeyOf
from operations.files.rows import RefusedCell, Row
from operations.history_files.cells import CellReader, cell_readers
from operations.history_files.facts import LINE_TARGETS, HeadFacts, ShipmentFacts
from operations.history_files.mapping import HistoryMapping
from persistence.history import LineFacts

Facts = TypeVar("Facts", HeadFacts, ShipmentFacts, LineFacts)
Cells = Sequence[str]


class ReadRows(NamedTuple):
    """What the rows of one order say: the different heads, then row by row."""

    heads: list[HeadFacts]
    shipments: list[ShipmentFacts]
    lines: list[LineFacts]


@dataclass(frozen=True, slots=True)
class _Columns(Generic[Facts]):
    """The columns of one kind of facts, and how their cells are read."""

    kind: type[Facts]
    targets: Sequence[str]
    pick: Callable[[Cells], tuple[str, ...]]
    readers: Sequence[CellReader]

    def read(self, rows: Sequence[Cells]) -> list[Facts]:
        """Read the cells of rows, column by column; raises `CellRefused`."""
        by_column = zip(*map(self.pick, rows), strict=True)
        read = [
            list(map(reader, cells))
            for reader, cells in zip(self.readers, by_column, strict=True)
        ]
        return list(map(self.kind._make, zip(*read, strict=True)))

    def refusals(self, row: Cells) -> Iterable[tuple[str, str]]:
        """Return each column that cannot be read, with what is wanted."""
        picked = self.pick(row)
        for target, reader, cell in zip(
            self.targets, self.readers, picked, strict=True
        ):
            try:
                reader(cell)
            except CellRefused as error:
                yield target, error.wanted


class RowReader:
    """Reads rows whose columns stand at these places."""

    def __init__(self, mapping: HistoryMapping, places: Mapping[str, int]) -> None:
        """Refuse a constant that cannot be read, naming its key."""
        self._columns = mapping.columns
        self._upper = frozenset(mapping.upper_case)
        self._places = {
            target: places[name] for target, name in mapping.columns.items()
        }
        self._readers = cell_readers(mapping)
        constants = {
            name: str(value)
            for name, value in mapping.constants.items()
            if name in self._readers
        }
        for name, text in constants.items():
            self._check_constant(name, text)
        # Behind the cells of a row stand an empty one and the constants.
        self._behind = ["", *constants.values()]
        self._empty = len(places)
        first = self._empty + 1
        self._behind_places = {name: first + n for n, name in enumerate(constants)}
        self._head = self._columns_of(HeadFacts, HeadFacts._fields)
        self._shipment = self._columns_of(ShipmentFacts, ShipmentFacts._fields)
        self._line = self._columns_of(LineFacts, LINE_TARGETS)
        self._pick_shared = self._picker((*HeadFacts._fields, *ShipmentFacts._fields))

    def text(self, cells: Cells, target: str) -> str:
        """Return what a row holds in a column, as text; empty if there is none."""
        place = self._places.get(target)
        if place is None or place >= len(cells):
            return ""
        text = cells[place].strip()
        return text.upper() if target in self._upper else text

    def refusal(self, row: Row, target: str, wanted: str) -> RefusedCell:
        """Refuse a cell, by the name its column has in the file."""
        column = self._columns.get(target, target)
        return RefusedCell(row=row.number, column=column, wanted=wanted)

    def read(self, rows: Sequence[Row], refused: list[RefusedCell]) -> ReadRows:
        """Read the rows of one order; add every cell that cannot be read."""
        cells = [[*row.cells, *self._behind] for row in rows]
        try:
            heads, shipments = self._shared(cells)
            return ReadRows(heads, shipments, self._line.read(cells))
        except CellRefused:
            for row, each in zip(rows, cells, strict=True):
                refused += self._refusals(row, each)
            return ReadRows([], [], [])

    def _shared(
        self, cells: Sequence[Cells]
    ) -> tuple[list[HeadFacts], list[ShipmentFacts]]:
        """Read what rows share with others: most differ in their line alone."""
        shared = list(map(self._pick_shared, cells))
        if shared.count(shared[0]) == len(shared):
            first = cells[:1]
            return self._head.read(first), self._shipment.read(first) * len(shared)
        different = dict(zip(shared, cells, strict=True))
        rows = list(different.values())
        shipments = dict(zip(different, self._shipment.read(rows), strict=True))
        heads = dict.fromkeys(self._head.read(rows))
        return list(heads), [shipments[each] for each in shared]

    def _refusals(self, row: Row, cells: Cells) -> list[RefusedCell]:
        wrong = (
            *self._head.refusals(cells),
            *self._shipment.refusals(cells),
            *self._line.refusals(cells),
        )
        return [self.refusal(row, target, wanted) for target, wanted in wrong]

    def _columns_of(self, kind: type[Facts], targets: Sequence[str]) -> _Columns[Facts]:
        return _Columns(
            kind,
            targets,
            self._picker(targets),
            [self._readers[target] for target in targets],
        )

    def _picker(self, targets: Sequence[str]) -> Callable[[Cells], tuple[str, ...]]:
        known = self._places | self._behind_places
        places: list[int] = [known.get(target, self._empty) for target in targets]
        return itemgetter(*places)

    def _check_constant(self, name: str, text: str) -> None:
        try:
            self._readers[name](text)
        except CellRefused as error:
            raise InvalidInput(f"mapping: constants.{name}", error.wanted) from None


def row_key(mapping: HistoryMapping, places: Mapping[str, int]) -> tuple[KeyOf, int]:
    """Return what the rows of one order have in common, and in which first cells."""
    number_place = places[mapping.columns["number"]]
    source = mapping.columns.get("source")
    source_place = number_place if source is None else places[source]
    is_upper = "number" in mapping.upper_case
    needed = max(number_place, source_place) + 1

    def key_of(cells: Cells) -> str:
        if len(cells) < needed:
            return ""
        number = cells[number_place].strip()
        if is_upper:
            number = number.upper()
        if source is None or not number:
            return number
        return f"{cells[source_place].strip()}\n{number}"

    return key_of, needed
