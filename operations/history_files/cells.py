"""Reading the cells of a history file; each text is read once and remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from domain.claims import ClaimKind
from domain.kpi.history import HistoryStatus
from domain.stock.valuation import MAX_MICROS, MICROS
from domain.verification import contact_fingerprints
from operations.files.cells import (
    CellRefused,
    NumberReader,
    moment_reader,
    number_reader,
    whole_number,
)
from operations.files.mapping_parts import known_zone
from operations.files.models import AMOUNT, CURRENCY
from operations.history_files.facts import STAGES
from operations.history_files.mapping import OTHER_ERROR, HistoryDates, HistoryMapping
from persistence.capture import FINGERPRINT_SALT

# An empty cell says nothing: its reader returns None.
CellReader = Callable[[str], object]

# Files repeat prices, articles and instants over and over.
_REMEMBERED = 65_536
_MOST_UNITS = 2**31 - 1
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_YEARS = f"a year from {_FIRST_YEAR} to {_LAST_YEAR}"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME_OF_DAY = re.compile(r"%[HIMScXpsT]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LENGTHS = {
    "channel": 40,
    "service_level": 40,
    "customer_group": 40,
    "cancel_cause": 60,
    "warehouse": 40,
    "carrier": 40,
    "sku": 100,
    "category": 100,
}
_INSTANTS = (
    "placed_at",
    "authorised_at",
    "cancelled_at",
    "error_found_at",
    *(column for column, _ in STAGES),
)


def cell_readers(mapping: HistoryMapping) -> dict[str, CellReader]:
    """Return how the cell of each column is read, by our name of the column."""
    number = number_reader(mapping.numbers)
    instant, promise = _instant_reader(mapping.dates), _promise_reader(mapping.dates)
    whole = partial(_units, number)
    amount = partial(_micros, number)
    readers: dict[str, CellReader] = {
        **{name: partial(_text, most) for name, most in _LENGTHS.items()},
        **dict.fromkeys(_INSTANTS, instant),
        "promised_at": promise,
        "due_ship_at": promise,
        "status": _status_reader(mapping.status),
        "error_kind": _error_reader(mapping.error_kind),
        "customer": customer_hash,
        "ship_to_zone": _zone,
        "currency": _currency,
        # Below zero only in an order that is cancelled: whoever knows that says so.
        "quantity_ordered": partial(_signed_units, number),
        "quantity_shipped": whole,
        "quantity_rejected": whole,
        "unit_price": amount,
        "unit_cost": amount,
    }
    upper = frozenset(mapping.upper_case)
    return {
        name: _Remembered(read, is_upper=name in upper).__getitem__
        for name, read in readers.items()
    }


def customer_hash(text: str) -> str:
    """Return the salted hash of a customer's reference, or of an e-mail address.

    It is that of an order placed here: the same customer is known again.
    """
    field = "email" if "@" in text else "reference"
    hashes = contact_fingerprints({field: text}, FINGERPRINT_SALT)
    if field not in hashes:
        raise CellRefused("a customer's reference with a letter or a digit")
    return hashes[field]


class _Remembered(dict[str, object]):
    """What each text was read as; looking one up costs a third of a call."""

    def __init__(self, read: CellReader, *, is_upper: bool) -> None:
        super().__init__()
        self._read = read
        self._is_upper = is_upper

    def __missing__(self, cell: str) -> object:
        text = cell.strip()
        if self._is_upper:
            text = text.upper()
        value = self._read(text) if text else None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cell] = value
        return value


def _text(most: int, text: str) -> str:
    if len(text) > most or "\0" in text:
        raise CellRefused(f"at most {most} characters")
    return text


def _instant_reader(dates: HistoryDates) -> Callable[[str], datetime]:
    read_moment = moment_reader(dates)

    def read(text: str) -> datetime:
        moment = read_moment(text)
        _check_year(moment)
        return moment.astimezone(UTC)

    return read


def _promise_reader(dates: HistoryDates) -> Callable[[str], date]:
    """Return a whole day where no time is written: midnight would be a promise too."""
    instant = _instant_reader(dates)
    day_format = dates.day_format
    if dates.format and not _TIME_OF_DAY.search(dates.format):
        day_format = day_format or dates.format

    def read(text: str) -> date:
        try:
            if day_format:
                day = datetime.strptime(text, day_format).date()  # noqa: DTZ007 - a day
            elif _ISO_DAY.fullmatch(text):
                day = date.fromisoformat(text)
            else:
                return instant(text)
        except ValueError:
            return instant(text)
        _check_year(day)
        return day

    return read


def _check_year(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise CellRefused(_YEARS)


def _signed_units(number: NumberReader, text: str) -> int:
    units = whole_number(number(text))
    if abs(units) > _MOST_UNITS:
        raise CellRefused(f"a whole number of at most {_MOST_UNITS}")
    return units


def _units(number: NumberReader, text: str) -> int:
    units = _signed_units(number, text)
    if units < 0:
        raise CellRefused("a whole number of at least 0")
    return units


def _micros(number: NumberReader, text: str) -> int:
    micros = number(text) * Decimal(MICROS)
    if not 0 <= micros <= MAX_MICROS or micros != micros.to_integral_value():
        raise CellRefused(AMOUNT)
    return int(micros)


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise CellRefused(CURRENCY)
    return text


def _zone(text: str) -> str:
    try:
        return known_zone(text)
    except ValueError as error:
        raise CellRefused(str(error)) from None


def _status_reader(theirs: Mapping[str, HistoryStatus]) -> CellReader:
    words = {each.value: each for each in HistoryStatus}
    words |= {_word(word): status for word, status in theirs.items()}
    wanted = f"one of {', '.join(sorted(words))}, or an entry in status of the mapping"

    def read(text: str) -> HistoryStatus:
        status = words.get(_word(text))
        if status is None:
            raise CellRefused(wanted)
        return status

    return read


def _error_reader(theirs: Mapping[str, str]) -> CellReader:
    """Return the kind of an error: one whose word nobody knows is still an error."""
    words = {each.value: each.value for each in ClaimKind}
    words |= {_word(word): str(kind) for word, kind in theirs.items()}
    return lambda text: words.get(_word(text), OTHER_ERROR)


def _word(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip()).lower()
