"""Durations as people write them: 90m, 4h, 2d 12h, 20s, or ISO 8601 such as PT4H."""

import re
from datetime import timedelta

WANTED = "a duration such as 20s, 90m, 4h, 2d, 1d 12h or PT4H"

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PART = r"(\d+(?:\.\d+)?)"
_FRIENDLY = re.compile(r"(?:\d+(?:\.\d+)?[wdhms]\s*)+")
_FRIENDLY_PART = re.compile(_PART + "([wdhms])")
# Months and years are left out: they have no fixed length.
_ISO = re.compile(
    rf"P(?:{_PART}W)?(?:{_PART}D)?(?:T(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?)?"
)


def read_duration(text: object) -> timedelta:
    """Return the duration a text names; raises ValueError saying what is wanted."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str):
        raise ValueError(WANTED)
    parts = _parts(text.strip())
    if not parts:
        raise ValueError(WANTED)
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(WANTED) from error


def _parts(text: str) -> dict[str, float]:
    if _FRIENDLY.fullmatch(text):
        found = _FRIENDLY_PART.findall(text)
        units = [unit for _, unit in found]
        # "4h 4h" is a slip of the pen, not eight hours.
        if len(set(units)) != len(units):
            return {}
        return {_UNITS[unit]: float(number) for number, unit in found}
    match = _ISO.fullmatch(text)
    if match is None or text.endswith("T"):
        return {}
    pairs = zip(_UNITS.values(), match.groups(), strict=True)
    return {unit: float(number) for unit, number in pairs if number is not None}
