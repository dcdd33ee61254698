"""Axes: round ticks that reach over all values, and places on the paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# Closer to the end of an axis than this share of a step counts as on it.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from its first to its last tick."""

    ticks: tuple[float, ...]

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value stands on paper between two places."""
        low, high = self.ticks[0], self.ticks[-1]
        return start + (value - low) / (high - low) * (end - start)


def round_step(span: float, steps: int) -> float:
    """Return the smallest round step of which `steps` reach over a span."""
    rough = span / steps
    power = 10.0 ** floor(log10(rough))
    return next(
        each * power for each in _ROUND_STEPS if each * power >= rough * (1 - _SLACK)
    )


def scale_over(
    values: Iterable[float], *, steps: int = 4, most: float | None = None
) -> Scale:
    """Lay a scale over values; it does not go beyond `most` if they do not.

    Values that are all alike, or none, get a scale around them.
    """
    known = list(values) or [0.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = _around(low, most)
    step = round_step(high - low, steps)
    first, last = floor(low / step + _SLACK), ceil(high / step - _SLACK)
    ticks = [n * step for n in range(first, last + 1)]
    if most is not None and high <= most:
        ticks = [tick for tick in ticks if tick <= most * (1 + _SLACK)]
    if ticks[-1] < high:
        ticks.append(high)
    return Scale(ticks=tuple(ticks))


def _around(value: float, most: float | None) -> tuple[float, float]:
    reach = abs(value) * 0.1 or 1.0
    low = max(0.0, value - reach) if value >= 0 else value - reach
    high = value + reach if most is None or value > most else min(most, value + reach)
    return low, high
