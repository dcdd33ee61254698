"""What a run of the demo is asked for, and what became of its orders."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What was asked for; without `orders` they keep coming."""

    orders: int | None
    speed: float
    seed: int
    until_done: bool
    leave_task: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What became of the orders of this run."""

    placed: int
    delivered: int
    cancelled: int
    other: int
    seconds: float
