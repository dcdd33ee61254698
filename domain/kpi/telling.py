"""A figure as a plain row, ready for JSON, with everything needed to understand it.

Snapshots, exports, pages and the command line work on these rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite

from domain.kpi.definitions import FigureDefinition
from domain.kpi.figures import Amount, Figure, Rate, Times
from domain.kpi.targets import LimitLevel, Target

DECIMALS = 6


def as_row(figure: Figure, trend: Sequence[Figure] = ()) -> dict[str, object]:
    """Tell a figure, and its trend if there is one; hours are decimal hours."""
    row = {
        **_heading(figure),
        "group": dict(figure.group),
        "n": figure.n,
        **_numbers(figure.result),
        "excluded": _plain(figure.excluded),
        "choices": _plain(figure.choices),
        "details": _plain(figure.details),
        "not_measured": figure.not_measured,
        "target": _target(figure),
    }
    if trend:
        row["trend"] = [_part(part) for part in trend]
    return row


def as_definition(
    definition: FigureDefinition, target: Target | None = None
) -> dict[str, object]:
    """Tell how a KPI is defined, and what it should be."""
    told = _definition(definition)
    return {
        "figure": definition.name,
        "title": definition.title,
        "area": definition.area.value,
        "version": told.pop("version"),
        "says": told.pop("says"),
        "grain": definition.grain.value,
        "unit": definition.unit.value,
        **told,
        "higher_is_better": definition.higher_is_better,
        "headline": definition.is_headline,
        "target": _limits(target) if target else None,
    }


def level_of(figure: Figure) -> LimitLevel | None:
    """Say where a figure stands; None without a target or the number it is about."""
    if figure.target is None:
        return None
    number = _numbers(figure.result).get(figure.target.statistic.value)
    # Judged as it is told: a rounding below the sixth decimal is no crossing.
    return figure.target.level_of(number) if isinstance(number, float) else None


def _heading(figure: Figure) -> dict[str, object]:
    definition, asked = figure.definition, figure.asked
    return {
        "figure": definition.name,
        "title": definition.title,
        "area": definition.area.value,
        "definition": _definition(definition),
        "from": asked.period.first_day.isoformat(),
        "to": asked.period.last_day.isoformat(),
        "by": figure.by.value if figure.by else None,
        "zone": asked.period.zone,
        "as_of": _plain(asked.as_of),
        "grain": definition.grain.value,
        "unit": definition.unit.value,
    }


def _definition(definition: FigureDefinition) -> dict[str, object]:
    return {
        "version": definition.version,
        "says": definition.says,
        "clock_starts": definition.clock_starts,
        "clock_stops": definition.clock_stops,
        "numerator": definition.numerator,
        "denominator": definition.denominator,
        "windows": [window.value for window in definition.windows],
        "source": definition.source,
    }


def _numbers(result: Times | Rate | Amount | None) -> dict[str, object]:
    match result:
        case Times():
            names: Iterable[str] = ("mean", "p50", "p90", "p95", "p99", "weak")
        case Rate():
            names = ("numerator", "denominator", "rate", "interval")
        case Amount():
            names = ("value", "currency", "numerator", "denominator")
        case None:
            names = ()
    return {name: _plain(getattr(result, name)) for name in names}


def _target(figure: Figure) -> dict[str, object] | None:
    if figure.target is None:
        return None
    level = level_of(figure)
    return {**_limits(figure.target), "level": level.value if level else None}


def _limits(target: Target) -> dict[str, object]:
    return {
        "statistic": target.statistic.value,
        "target": _plain(target.target),
        "warning": _plain(target.warning),
        "alarm": _plain(target.alarm),
        "higher_is_better": target.higher_is_better,
        "owner_role": target.owner_role,
    }


def _part(figure: Figure) -> dict[str, object]:
    period = figure.asked.period
    return {
        "from": period.first_day.isoformat(),
        "to": period.last_day.isoformat(),
        "n": figure.n,
        **_numbers(figure.result),
    }


def _plain(value: object) -> object:
    match value:
        case None | bool() | int():
            return value
        case str():
            return str(value)  # a word of an enum becomes a plain text
        case float() | Decimal():
            return _rounded(float(value))
        case date():
            return _moment(value)
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case Sequence():
            return [_plain(each) for each in value]
        case _:
            raise TypeError(f"a row cannot hold a {type(value).__name__}")


def _moment(moment: date) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.isoformat()


def _rounded(number: float) -> float | None:
    # JSON knows neither infinity nor "not a number"; adding nought makes -0.0 a 0.0.
    return round(number, DECIMALS) + 0.0 if isfinite(number) else None
