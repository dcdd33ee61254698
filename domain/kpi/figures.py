"""What a KPI came to: one figure, with everything it needs to be understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.kpi.definitions import FigureDefinition
from domain.kpi.question import Question, Window
from domain.kpi.targets import Target

# The dimensions of a group and their values; empty: everything.
GroupKey = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """A distribution, in the unit of its KPI.

    `weak` names percentiles that stand on fewer than five values above them.
    """

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    weak: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share with its 95 % Wilson interval."""

    numerator: int
    denominator: int
    rate: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A single number; with a numerator and a denominator if it is a quotient."""

    value: float
    currency: str | None = None
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One KPI of one period and one group.

    `n` counts what was measured; `not_measured` says why there is no number. `choices`
    are the choices made for this answer, in words; `details` further numbers, of which
    `censored` holds the Kaplan-Meier view.
    """

    definition: FigureDefinition
    asked: Question
    by: Window | None
    group: GroupKey = ()
    n: int = 0
    result: Times | Rate | Amount | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    not_measured: str | None = None
    target: Target | None = None

    @property
    def currency(self) -> str | None:
        """Return the currency it is told in, if it is money."""
        return self.result.currency if isinstance(self.result, Amount) else None
