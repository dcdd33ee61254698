"""The words of a policy file: durations, hours, dates, roles, and words for nothing."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator

from config.durations import read_duration
from domain.errors import InvalidInput
from domain.policy import OpeningHours

NEVER = "never"
UNKNOWN = "unknown"
NONE = "none"
_HOURS = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")
_HOURS_WANTED = 'opening hours such as "08:00-18:00"; "-00:00" is the end of the day'


def _read_hours(text: object) -> object:
    if isinstance(text, OpeningHours):
        return text
    match = _HOURS.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(_HOURS_WANTED)
    try:
        # 24:00 is how many write the end of a day; a clock shows 00:00.
        opens, closes = match[1], match[2].replace("24:00", "00:00")
        return OpeningHours(
            opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)
        )
    except InvalidInput as error:
        raise ValueError(error.wanted) from error
    except ValueError as error:
        raise ValueError(_HOURS_WANTED) from error


def _read_date(text: object) -> object:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else text
    except ValueError as error:
        raise ValueError("a date such as 2026-12-24") from error


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(wanted)
        return text

    return checked


def _nothing(word: str) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value == word else value)


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(read_duration)]
Hours: TypeAlias = Annotated[OpeningHours, BeforeValidator(_read_hours)]
Date: TypeAlias = Annotated[date, BeforeValidator(_read_date)]
Role: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"[a-z][a-z0-9_]*", "a role such as warehouse_lead"))
]
SourceName: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"[a-z0-9]+", "small letters and digits"))
]
MaybeDuration: TypeAlias = Annotated[Duration | None, _nothing(NEVER)]
MaybeTax: TypeAlias = Annotated[bool | None, _nothing(UNKNOWN)]
MaybeText: TypeAlias = Annotated[str | None, _nothing(NONE)]
