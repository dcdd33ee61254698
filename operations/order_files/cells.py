"""Reading single cells as the mapping says they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from operations.files.countries import code_of_country
from operations.order_files.mapping import Countries, Dates, Numbers

NumberReader = Callable[[str], Decimal]

_YES = frozenset({"yes", "true", "1", "y", "t"})
_NO = frozenset({"no", "false", "0", "n", "f"})
# Files repeat the same few amounts and countries over and over.
_REMEMBERED = 4096


class CellRefused(Exception):
    """A cell cannot be read; says what is wanted, never the value."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def number_reader(numbers: Numbers) -> NumberReader:
    """Return how this file's numbers are read."""
    decimal, thousands = numbers.decimal_separator, numbers.thousands_separator
    wanted = f"a number such as 1{thousands}234{decimal}50"

    @lru_cache(_REMEMBERED)
    def read(cell: str) -> Decimal:
        plain = cell.strip()
        if thousands:
            plain = plain.replace(thousands, "")
        elif decimal != "." and "." in plain:
            raise CellRefused(wanted)
        plain = plain.replace(decimal, ".")
        try:
            number = Decimal(plain)
        except InvalidOperation:
            raise CellRefused(wanted) from None
        if not number.is_finite() or "_" in plain:
            raise CellRefused(wanted)
        return number

    return read


def whole_number(number: Decimal) -> int:
    """Return a number that has no fraction."""
    if number != number.to_integral_value():
        raise CellRefused("a whole number")
    return int(number)


def read_moment(cell: str, dates: Dates) -> datetime:
    """Read a moment; one without a zone of its own is in the mapping's."""
    try:
        moment = (
            datetime.strptime(cell, dates.format)  # noqa: DTZ007 - zoned below
            if dates.format
            else datetime.fromisoformat(cell)
        )
    except ValueError:
        wanted = f"a date and time written as {dates.format or 'ISO 8601'}"
        raise CellRefused(wanted) from None
    if moment.tzinfo is not None:
        return moment
    zoned = moment.replace(tzinfo=ZoneInfo(dates.zone))
    if zoned.astimezone(ZoneInfo("UTC")).astimezone(zoned.tzinfo) != zoned:
        raise CellRefused(f"a time that clocks in {dates.zone} showed on that day")
    return zoned


def read_country(cell: str, countries: Countries) -> str:
    """Return the ISO code of a country as the file writes it."""
    name = cell.strip()
    if name in countries.refused:
        raise CellRefused(countries.refused[name])
    code = countries.codes.get(name) or code_of_country(name)
    if code is None:
        raise CellRefused(
            "a country's English name or ISO 3166-1 code, "
            "or an entry in countries.codes of the mapping"
        )
    return code


def read_yes_no(cell: str) -> bool:
    """Return True for yes, False for no."""
    word = cell.strip().lower()
    if word not in _YES | _NO:
        raise CellRefused("yes or no")
    return word in _YES
