"""Percentiles and intervals, by one method everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

from domain.kpi.figures import Rate, Times

# A percentile is weak when fewer than so many values lie above it.
_FIRM = 5
_Z95 = 1.959963984540054
_PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return a percentile of sorted values by linear interpolation.

    As `percentile_cont` of SQL and the default of numpy; raises `ValueError` if there
    are no values.
    """
    if not ordered:
        raise ValueError("a percentile needs at least one value")
    place = share * (len(ordered) - 1)
    below = int(place)
    if below + 1 == len(ordered):
        return ordered[below]
    part = place - below
    return ordered[below] * (1 - part) + ordered[below + 1] * part


def times_of(values: Sequence[float]) -> Times:
    """Return mean and percentiles; raises `ValueError` if there are no values."""
    ordered = sorted(values)
    found = {name: percentile(ordered, p) for name, p in _PERCENTILES.items()}
    n = len(ordered)
    # Rounded: 0.05 of 100 are five, not a trifle less.
    weak = (name for name, p in _PERCENTILES.items() if round(n * (1 - p), 9) < _FIRM)
    return Times(mean=fsum(ordered) / n, **found, weak=tuple(weak))


def rate_of(numerator: int, denominator: int) -> Rate:
    """Return a share with its Wilson score interval (E. B. Wilson, 1927).

    Raises `ValueError` if the denominator is not positive.
    """
    if denominator <= 0:
        raise ValueError("a rate needs something to be a share of")
    share = numerator / denominator
    return Rate(
        numerator=numerator,
        denominator=denominator,
        rate=share,
        interval=_wilson(share, denominator),
    )


def _wilson(share: float, n: int) -> tuple[float, float]:
    square = _Z95 * _Z95
    whole = 1 + square / n
    middle = (share + square / (2 * n)) / whole
    half = _Z95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / whole
    # At the ends rounding would leave the true share outside.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
