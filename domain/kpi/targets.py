"""What a figure should be, and from where on it is a warning or an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LimitLevel(StrEnum):
    """Where a figure stands against its limits."""

    WITHIN = "within"
    WARNING = "warning"
    ALARM = "alarm"


class Statistic(StrEnum):
    """Which number of a figure a target is about."""

    RATE = "rate"
    VALUE = "value"
    MEAN = "mean"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target with its limits, in the figure's unit; `owner_role` acts on a crossing.

    With `higher_is_better` a limit is crossed from above, else from below.
    """

    statistic: Statistic
    target: float
    warning: float
    alarm: float
    higher_is_better: bool
    owner_role: str = "operations_manager"

    def level_of(self, value: float) -> LimitLevel:
        """Say where a value stands; a value on a limit has not crossed it."""
        sign = 1 if self.higher_is_better else -1
        if sign * value < sign * self.alarm:
            return LimitLevel.ALARM
        if sign * value < sign * self.warning:
            return LimitLevel.WARNING
        return LimitLevel.WITHIN
