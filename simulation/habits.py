"""How robots work: how many, how fast, and how often something goes wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a robot is there for; the first part of its staff reference."""

    PICKER = "picker"
    PACKER = "packer"
    CLERK = "clerk"  # hands shipments to the carrier
    OFFICE = "office"  # holds, exceptions, refunds
    STOCK = "stock"  # counts bins and receives goods
    MANAGER = "manager"  # approves counts
    CUSTOMER = "customer"  # cancels now and then


DEFAULT_PEOPLE: Mapping[Role, int] = {
    Role.PICKER: 3,
    Role.PACKER: 2,
    Role.CLERK: 1,
    Role.OFFICE: 2,
    Role.STOCK: 2,
    Role.MANAGER: 1,
    Role.CUSTOMER: 1,
}
DEFAULT_SECONDS: Mapping[Role, float] = {
    Role.PICKER: 2.0,
    Role.PACKER: 1.5,
    Role.CLERK: 1.0,
    Role.OFFICE: 4.0,
    Role.STOCK: 5.0,
    Role.MANAGER: 2.0,
    Role.CUSTOMER: 1.0,
}
_JITTER = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the staff works; rates are shares of pick stops, of packages and of orders.

    `speed` divides every delay; the same seed draws the same delays and faults.
    """

    seed: int = 0
    speed: float = 1.0
    people: Mapping[Role, int] = field(default_factory=lambda: DEFAULT_PEOPLE)
    seconds: Mapping[Role, float] = field(default_factory=lambda: DEFAULT_SECONDS)
    short_rate: float = 0.0
    damaged_rate: float = 0.0
    miscount_rate: float = 0.0
    cancel_rate: float = 0.0
    look_seconds: float = 0.25

    def __post_init__(self) -> None:
        """Refuse what nobody can work at."""
        if self.speed <= 0:
            raise ValueError("speed: a number above 0")
        if self.people.get(Role.STOCK, 0) == 1:
            raise ValueError("people: two of stock, as one counts after the other")

    def luck(self, *what: object) -> random.Random:
        """Return the draws of one thing, the same in every run with this seed."""
        return random.Random(":".join(str(part) for part in (self.seed, *what)))

    def delay(self, role: Role, what: str) -> float:
        """Return how many seconds somebody of a role takes for one thing."""
        share = self.luck("delay", what).uniform(1 - _JITTER, 1 + _JITTER)
        return self.seconds[role] * share / self.speed
