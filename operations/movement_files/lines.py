"""The rows of a file of past stock movements, quick enough for half a million."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from domain.calendars import zone_of
from domain.stock.movements import MovementKind
from operations.files.cells import CellRefused
from operations.files.models import AMOUNT, CURRENCY, SKU, FileLine, LineFormat
from operations.files.rows import RefusedCell, Row
from operations.files.table import CsvTable

MAX_UNITS = 10_000_000
# A row worth more is a slip, and a few thousand of them would not fit the sums.
MAX_ROW_MICROS = 10**15
EARLIEST_YEAR, LATEST_YEAR = 1970, 2999
TOLD_EVERY = 1000
_REMEMBERED = 65_536

INCOMING = frozenset(
    {MovementKind.RECEIVED, MovementKind.RETURNED, MovementKind.PUT_BACK}
)
OUTGOING = frozenset({MovementKind.SHIPPED, MovementKind.DAMAGED})
BY_SIGN = frozenset(
    {MovementKind.ADJUSTED, MovementKind.COUNTED, MovementKind.TRANSFERRED}
)
_KINDS = {kind.value: kind for kind in INCOMING | OUTGOING | BY_SIGN}
_UNITS = re.compile(r"(?P<sign>[+-]?)(?P<units>[0-9]{1,9})(?:\.0+)?")
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,12})(?:\.(?P<decimals>[0-9]{1,6})0*)?")
_CURRENCY = re.compile("[A-Z]{3}")
_WANTED = {
    "sku": SKU,
    "warehouse": "1 to 40 characters, such as main",
    "quantity": f"whole units, not 0 and at most {MAX_UNITS}",
    "unit_cost": f"{AMOUNT}; of the whole row at most {MAX_ROW_MICROS // 10**6}",
    "currency": CURRENCY,
    "kind": f"{', '.join(sorted(_KINDS))}, or nothing: adjusted",
    "at": "an instant or a day in ISO 8601, such as 2026-01-31T09:00Z or 2026-01-31",
}


class Article(NamedTuple):
    """A SKU in a warehouse; neither need be known here."""

    warehouse: str
    sku: str


class PastMovement(NamedTuple):
    """One movement; `change` is below zero for what left, `cost` in millionths."""

    at: datetime
    change: int
    kind: MovementKind
    cost: int | None
    currency: str | None


@dataclass(slots=True)
class MovementFile:
    """What was read: movements by article, and what is refused."""

    read: int = 0
    movements: dict[Article, list[PastMovement]] = field(default_factory=dict)
    refused_rows: list[Row] = field(default_factory=list)
    refused: list[RefusedCell] = field(default_factory=list)


class _MovementFormat(LineFormat[FileLine]):
    """Checks the header as our other formats do; rows are read without a model."""

    def read_movements(
        self, table: CsvTable, reader: _RowReader, on_read: Callable[[], object]
    ) -> MovementFile:
        self._check_header(table)
        found = MovementFile()
        reader.find_columns(table.header)
        for row in table.rows():
            found.read += 1
            if found.read % TOLD_EVERY == 0:
                on_read()
            misshapen = table.misshapen(row)
            if misshapen is None:
                try:
                    article, movement = reader.read(row.cells)
                except _Refused as refusal:
                    misshapen = RefusedCell(
                        row=row.number, column=refusal.column, wanted=refusal.wanted
                    )
                else:
                    found.movements.setdefault(article, []).append(movement)
                    continue
            found.refused_rows.append(row)
            found.refused.append(misshapen)
        return found


MOVEMENT_FORMAT = _MovementFormat(
    model=FileLine, required=("sku", "quantity", "at"), wanted=_WANTED
)


def read_movements(
    table: CsvTable,
    *,
    warehouse: str,
    zone: str,
    currencies: Mapping[Article, str],
    on_read: Callable[[], object],
) -> MovementFile:
    """Read a file; a row that cannot be read is refused at its first wrong cell.

    Times without a zone are in `zone`; `warehouse` is meant where a row names none;
    `currencies` are those of movements stored before. `on_read` is told of each
    thousand rows. Raises `FileRefused` for a header that is not right.
    """
    reader = _RowReader(warehouse=warehouse, zone=zone, currencies=dict(currencies))
    return MOVEMENT_FORMAT.read_movements(table, reader, on_read)


class _Refused(Exception):
    def __init__(self, column: str, wanted: str) -> None:
        super().__init__(column)
        self.column, self.wanted = column, wanted


class _RowReader:
    """Reads rows; texts that come again and again are looked at once."""

    def __init__(
        self, *, warehouse: str, zone: str, currencies: dict[Article, str]
    ) -> None:
        self._warehouse = warehouse
        self._currencies = currencies
        self._moment = _moment_reader(zone)
        self._place: dict[str, int | None] = {}

    def find_columns(self, header: Sequence[str]) -> None:
        """Remember where the columns are; those that are not there are empty."""
        places = {name.lower(): place for place, name in enumerate(header)}
        self._place = {name: places.get(name) for name in _WANTED}

    def read(self, cells: Sequence[str]) -> tuple[Article, PastMovement]:
        """Read one row; raise `_Refused` naming the column."""
        column = "sku"
        try:
            sku = _text(self._cell(cells, column), 100)
            column = "warehouse"
            warehouse = _text(self._cell(cells, column) or self._warehouse, 40)
            column = "kind"
            kind = _kind(self._cell(cells, column))
            column = "quantity"
            change = _change(self._cell(cells, column), kind)
            column = "unit_cost"
            cost = _cost(self._cell(cells, column))
            if cost is not None and cost * abs(change) > MAX_ROW_MICROS:
                raise CellRefused(_WANTED[column])
            column = "at"
            at = self._moment(self._cell(cells, column))
            column = "currency"
            article = Article(warehouse, sku)
            currency = self._currency(article, self._cell(cells, column))
        except CellRefused as refusal:
            raise _Refused(column, refusal.wanted) from None
        return article, PastMovement(at, change, kind, cost, currency)

    def _cell(self, cells: Sequence[str], column: str) -> str:
        place = self._place[column]
        return "" if place is None else cells[place].strip()

    def _currency(self, article: Article, cell: str) -> str | None:
        if not cell:
            return None
        if not _CURRENCY.fullmatch(cell):
            raise CellRefused(CURRENCY)
        valued_in = self._currencies.setdefault(article, cell)
        if valued_in != cell:
            raise CellRefused(f"{valued_in}, as the article is valued in")
        return cell


@lru_cache(_REMEMBERED)
def _text(cell: str, longest: int) -> str:
    if not 1 <= len(cell) <= longest or "\0" in cell:
        raise CellRefused(f"1 to {longest} characters")
    return cell


@lru_cache(64)
def _kind(cell: str) -> MovementKind:
    if not cell:
        return MovementKind.ADJUSTED
    kind = _KINDS.get(cell.lower())
    if kind is None:
        raise CellRefused(_WANTED["kind"])
    return kind


@lru_cache(_REMEMBERED)
def _change(cell: str, kind: MovementKind) -> int:
    found = _UNITS.fullmatch(cell)
    units = int(found["units"]) if found else 0
    if found is None or not 0 < units <= MAX_UNITS:
        raise CellRefused(_WANTED["quantity"])
    if kind in INCOMING:
        return units
    leaves = kind in OUTGOING or found["sign"] == "-"
    return -units if leaves else units


@lru_cache(_REMEMBERED)
def _cost(cell: str) -> int | None:
    if not cell:
        return None
    found = _AMOUNT.fullmatch(cell)
    if found is None:
        raise CellRefused(_WANTED["unit_cost"])
    return int(found["whole"]) * 10**6 + int((found["decimals"] or "").ljust(6, "0"))


def _moment_reader(zone: str) -> Callable[[str], datetime]:
    local = zone_of(zone)

    @lru_cache(_REMEMBERED)
    def read(cell: str) -> datetime:
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            raise CellRefused(_WANTED["at"]) from None
        if not EARLIEST_YEAR < moment.year < LATEST_YEAR:
            raise CellRefused(_WANTED["at"])
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=local)
            # Clocks that jump over midnight begin the day later.
            is_day = not moment.time() and len(cell) <= len("2026-01-31")
            if not is_day and moment.astimezone(UTC).astimezone(local) != moment:
                wanted = f"a time that clocks in {zone} showed on that day"
                raise CellRefused(wanted)
        return moment.astimezone(UTC)

    return read
