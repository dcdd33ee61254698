"""Faults of the simulated carrier, switched at run time from any process."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateways.carrier.protocol import CarrierAddress
from gateways.carrier.simulator.store import SimulatorStore


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    SLOW = "slow"  # every answer takes `seconds` longer
    DOWN = "down"  # no answer at all, and no webhooks
    REFUSE_ADDRESS = "refuse_address"  # by `country` and `postcode_pattern`
    LOST_REPLY = "lost_reply"  # the label is made, but the caller hears nothing
    DUPLICATE_EVENTS = "duplicate_events"  # a webhook is posted a second time
    OUT_OF_ORDER_EVENTS = "out_of_order_events"  # a webhook comes after the next one
    FAIL_DELIVERY = "fail_delivery"  # first attempt fails, the second one succeeds
    RETURN_TO_SENDER = "return_to_sender"  # two attempts fail, the package comes back
    LOSE = "lose"  # the package is never seen again
    DAMAGE = "damage"  # the package is found damaged on the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault that is on.

    It strikes with probability `rate`, and at most `count` times when that is given.
    `country` and `postcode_pattern` (a regular expression for the whole postcode)
    narrow `refuse_address`; without either every address is refused.
    """

    kind: FaultKind
    rate: float = 1.0
    count: int | None = None
    seconds: float = 0.0
    country: str | None = None
    postcode_pattern: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could never strike or never stop by mistake."""
        if not 0 < self.rate <= 1:
            raise ValueError("rate: a number above 0, at most 1")
        if self.count is not None and self.count < 1:
            raise ValueError("count: at least 1")
        if self.seconds < 0:
            raise ValueError("seconds: not below 0")
        try:
            re.compile(self.postcode_pattern or "")
        except re.error as error:
            wanted = "postcode_pattern: a regular expression"
            raise ValueError(wanted) from error


class FaultBoard:
    """The switches; they are rows in the carrier's own file."""

    def __init__(self, store: SimulatorStore, *, seed: int = 0) -> None:
        """Use a store; the same seed strikes at the same draws."""
        self._store = store
        self._seed = seed

    def switch_on(self, fault: Fault) -> None:
        """Switch a fault on, or replace its settings and start its count again."""
        with self._store.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO fault (kind, rate, remaining, seconds,"
                " country, postcode_pattern, draws) VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    fault.kind,
                    fault.rate,
                    fault.count,
                    fault.seconds,
                    fault.country,
                    fault.postcode_pattern,
                ),
            )

    def switch_off(self, kind: FaultKind) -> None:
        """Switch a fault off; harmless when it is not on."""
        with self._store.writing() as connection:
            connection.execute("DELETE FROM fault WHERE kind = ?", (kind,))

    def clear(self) -> None:
        """Switch every fault off."""
        with self._store.writing() as connection:
            connection.execute("DELETE FROM fault")

    def switched_on(self) -> tuple[Fault, ...]:
        """List the faults that are on, by name; `count` is what is left of it."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT * FROM fault ORDER BY kind").fetchall()
        return tuple(_fault(row) for row in rows)

    def is_on(self, kind: FaultKind) -> bool:
        """Say whether a fault is on, without drawing."""
        return any(fault.kind is kind for fault in self.switched_on())

    def strike(self, kinds: Iterable[FaultKind]) -> dict[FaultKind, Fault]:
        """Draw for each kind in turn and give those that strike now."""
        wanted = frozenset(kinds)
        if wanted.isdisjoint(fault.kind for fault in self.switched_on()):
            return {}
        with self._store.writing() as connection:
            return {
                kind: fault
                for kind in sorted(wanted)
                if (fault := self.draw(connection, kind)) is not None
            }

    def strike_address(self, address: CarrierAddress) -> Fault | None:
        """Draw for `refuse_address`, if it is meant for this address."""
        kind = FaultKind.REFUSE_ADDRESS
        meant = any(
            fault.kind is kind and _is_meant(fault, address)
            for fault in self.switched_on()
        )
        return self.strike((kind,)).get(kind) if meant else None

    def draw(self, connection: sqlite3.Connection, kind: FaultKind) -> Fault | None:
        """Draw once inside a transaction that is already open."""
        row = connection.execute(
            "SELECT * FROM fault WHERE kind = ?", (kind,)
        ).fetchone()
        if row is None:
            return None
        fault, number = _fault(row), int(row["draws"])
        connection.execute("UPDATE fault SET draws = draws + 1 WHERE kind = ?", (kind,))
        # Seeded by the number of the draw: two processes share one sequence.
        luck = random.Random(f"{self._seed}:{kind}:{number}").random()
        if luck >= fault.rate:
            return None
        _count_down(connection, fault)
        return fault


def _count_down(connection: sqlite3.Connection, fault: Fault) -> None:
    if fault.count == 1:
        connection.execute("DELETE FROM fault WHERE kind = ?", (fault.kind,))
    elif fault.count is not None:
        connection.execute(
            "UPDATE fault SET remaining = remaining - 1 WHERE kind = ?", (fault.kind,)
        )


def _is_meant(fault: Fault, address: CarrierAddress) -> bool:
    if fault.country is not None and fault.country != address.country:
        return False
    pattern = fault.postcode_pattern
    return pattern is None or re.fullmatch(pattern, address.postcode) is not None


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(
        kind=FaultKind(row["kind"]),
        rate=row["rate"],
        count=row["remaining"],
        seconds=row["seconds"],
        country=row["country"],
        postcode_pattern=row["postcode_pattern"],
    )
