"""Percentiles and intervals, by one method everywhere."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, fsum, sqrt

from domain.kpi.figures import Rate, Times

# A percentile is weak when fewer than so many values lie above it.
_FIRM = 5
_Z95 = 1.959963984540054
_PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
_MOST_BINS = 24
_BULK = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How many values lie between neighbouring edges; one edge more than counts."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


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
    lower, upper = ordered[below], ordered[below + 1]
    # Rounding must not lead beyond the values.
    return min(lower + (upper - lower) * (place - below), upper)


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


def histogram(values: Sequence[float], widths: Sequence[float]) -> Histogram:
    """Count values in at most 24 bins of the first of `widths` that is wide enough.

    A bin has its lower edge and not its upper one. Few far values would flatten all
    others, so what lies beyond the 98th percentile may share one longer last bin.
    Raises `ValueError` if there are no values.
    """
    ordered = sorted(values)
    high, low = percentile(ordered, _BULK), ordered[0]
    width = next((w for w in widths if _bins(low, high, w) < _MOST_BINS), None)
    if width is None:
        width = widths[-1] * ceil((high - low) / widths[-1] / (_MOST_BINS - 2))
    if _bins(low, ordered[-1], width) <= _MOST_BINS:
        high = ordered[-1]
    first = floor(low / width)
    edges = [width * (first + n) for n in range(_bins(low, high, width) + 1)]
    if ordered[-1] >= edges[-1]:
        edges.append(width * (floor(ordered[-1] / width) + 1))
    below = [bisect_left(ordered, edge) for edge in edges]
    return Histogram(
        edges=tuple(edges),
        counts=tuple(upper - lower for lower, upper in pairwise(below)),
    )


def _bins(low: float, high: float, width: float) -> int:
    return floor(high / width) - floor(low / width) + 1
