"""Parts that every mapping has: how a file is written, and which rows count."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise ValueError("a regular expression") from None
    return text


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("a text encoding, such as utf-8 or cp1252") from None
    return name


def known_zone(name: str) -> str:
    """Return the name of an IANA time zone; raise `ValueError` if there is none."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("an IANA time zone, such as Europe/London") from None
    return name


class Part(BaseModel):
    """Base of the parts: a key nobody reads is a mistake to be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Grouping(StrEnum):
    """Where the rows of one order stand."""

    ADJACENT = "adjacent"  # one after another; the file is read once
    WHOLE_FILE = "whole_file"  # anywhere; the file is read twice


class Condition(Part):
    """What one column holds; exactly one of the tests."""

    column: str
    equals: tuple[str, ...] | None = None
    matches: Annotated[str, AfterValidator(_pattern)] | None = None
    less_than: Decimal | None = None
    at_most: Decimal | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        given = (self.equals, self.matches, self.less_than, self.at_most)
        if sum(test is not None for test in given) != 1:
            raise ValueError("exactly one of equals, matches, less_than and at_most")
        return self


Conditions = Annotated[tuple[Condition, ...], Field(min_length=1)]


class SkipRule(Part):
    """Rows that are left out on purpose, counted under a reason."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    when: Conditions


class FileForm(Part):
    """How the file is written; what is left out is found out."""

    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    group: Grouping = Grouping.WHOLE_FILE


class Dates(Part):
    """How moments are written, and in which zone if they name none."""

    format: str | None = None
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"


class Numbers(Part):
    """How decimals are written."""

    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ".", ",", " ", "'"] = ""

    @model_validator(mode="after")
    def _two_separators(self) -> Numbers:
        if self.decimal_separator == self.thousands_separator:
            raise ValueError("a thousands separator other than the decimal separator")
        return self


class TableMapping(Part):
    """What every mapping of foreign rows says; `columns` is field = column."""

    file: FileForm = FileForm()
    columns: dict[str, str]
    constants: Mapping[str, str | int | bool] = {}
    upper_case: tuple[str, ...] = ()
    dates: Dates = Dates()
    numbers: Numbers = Numbers()
    skip: tuple[SkipRule, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        both = sorted(self.columns.keys() & self.constants.keys())
        if both:
            raise ValueError(f"a column or a constant, not both: {', '.join(both)}")
        stray = sorted(set(self.upper_case) - self.columns.keys())
        if stray:
            raise ValueError(f"upper_case names mapped fields; not {', '.join(stray)}")
        return self

    def used_columns(self) -> frozenset[str]:
        """Return every column the file must have."""
        conditions = (each for rule in self.skip for each in rule.when)
        return frozenset(
            [*self.columns.values(), *(each.column for each in conditions)]
        )
