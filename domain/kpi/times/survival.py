"""Survival curves: how long it takes when some have not got there yet.

The product limit estimate of E. L. Kaplan and P. Meier (1958).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

# Products of shares are a trifle off.
_TRIFLE = 1e-9


class Lifetime(NamedTuple):
    """How long it took; or, not over yet, how long it has taken so far."""

    duration: float
    is_over: bool


def survival_curve(lifetimes: Iterable[Lifetime]) -> list[tuple[float, float]]:
    """Return the steps of the curve: from when on, and what share is still on its way.

    One that left at the very moment of another's end is still counted there.
    """
    ordered = sorted(lifetimes)
    at_risk, share, curve = len(ordered), 1.0, []
    for moment, together in groupby(ordered, key=itemgetter(0)):
        leaves = [is_over for _, is_over in together]
        ends = sum(leaves)
        if ends:
            share *= 1 - ends / at_risk
            curve.append((moment, share))
        at_risk -= len(leaves)
    return curve


def time_until(curve: Sequence[tuple[float, float]], share: float) -> float | None:
    """Return when that share has got there; None where the curve ends before."""
    for moment, left in curve:
        if left <= 1 - share + _TRIFLE:
            return moment
    return None
