"""What robots tell those who watch: which order, what about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """How remarkable something is."""

    USUAL = "usual"
    NOTABLE = "notable"  # a fault, a hold, something mended
    WAITING = "waiting"  # nobody answered; it is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of what happens."""

    who: str
    text: str
    order_id: str | None = None
    mood: Mood = Mood.USUAL


Listener = Callable[[Said], None]


def nobody_listens(_: Said) -> None:
    """Drop what is said."""
