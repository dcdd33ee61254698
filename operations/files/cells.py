"""Reading single cells as a mapping says they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from operations.files.mapping_parts import Dates, Numbers

NumberReader = Callable[[str], Decimal]

_YES = frozenset({"yes", "true", "1", "y", "t"})
_NO = frozenset({"no", "false", "0", "n", "f"})
# Files repeat the same few amounts over and over.
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


def moment_reader(dates: Dates) -> Callable[[str], datetime]:
    """Return how this file's moments are read; one without a zone is in the file's."""
    zone = ZoneInfo(dates.zone)
    wanted = f"a date and time written as {dates.format or 'ISO 8601'}"

    def read(cell: str) -> datetime:
        try:
            moment = (
                datetime.strptime(cell, dates.format)  # noqa: DTZ007 - zoned below
                if dates.format
                else datetime.fromisoformat(cell)
            )
        except ValueError:
            raise CellRefused(wanted) from None
        if moment.tzinfo is not None:
            return moment
        zoned = moment.replace(tzinfo=zone)
        try:
            was_shown = zoned.astimezone(UTC).astimezone(zone) == zoned
        except OverflowError:
            raise CellRefused(wanted) from None
        if not was_shown:
            raise CellRefused(f"a time that clocks in {dates.zone} showed on that day")
        return zoned

    return read


def read_yes_no(cell: str) -> bool:
    """Return True for yes, False for no."""
    word = cell.strip().lower()
    if word not in _YES | _NO:
        raise CellRefused("yes or no")
    return word in _YES
