"""One guard for every status table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from domain.errors import IllegalTransition

Status = TypeVar("Status", bound=StrEnum)


def advance(
    subject: str,
    table: Mapping[Status, frozenset[Status]],
    current: Status,
    wanted: Status,
) -> Status:
    """Return the wanted status; raise `IllegalTransition` if it may not follow."""
    if wanted not in table[current]:
        raise IllegalTransition(subject, current, wanted)
    return wanted
