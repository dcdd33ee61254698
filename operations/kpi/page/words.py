"""Numbers, days and words as a manager reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from operations.kpi.page.rows import Row, main_number, number, part, parts, text

# From so many hours on a time is told in days, below the other in minutes.
_HOURS_IN_DAYS = 36.0
_HOURS_IN_MINUTES = 1.0
# Shares nearer to all or nothing than this need a second decimal.
_FINE_SHARE = 0.99

_AREAS = {
    "time": "Time",
    "on_time": "On time",
    "accuracy": "Accuracy",
    "availability": "Availability",
    "outcome": "Outcome",
    "stock": "Stock",
    "floor": "Floor",
    "cost": "Cost",
    "data_quality": "Data quality",
}
_WINDOWS = {
    "placed": "orders placed in the period",
    "delivered": "orders delivered in the period",
    "due": "orders due in the period",
    "": "days of the period",
}
_REASONS = {
    "left_out_source": "of a source that is left out",
    "negative": "with a negative time",
    "not_due_yet": "not due yet",
    "no_promise": "without a promise",
}
_LEVELS = {
    "within": "✓ within limits",
    "warning": "▲ warning",
    "alarm": "✖ alarm",
}
_AFTER = {
    "turns_per_year": " turns a year",
    "per_hour": " an hour",
    "days": " days",
}
_AFTER_SHORT = {"days": " d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """How the numbers of one figure are told.

    A number is told `times` as large: 24 hours are one day, 0.5 are 50 %.
    """

    times: float
    after: str
    after_short: str
    is_rate: bool = False
    is_fine: bool = False
    is_index: bool = False

    def full(self, value: float) -> str:
        """Say a number with its unit."""
        return self._digits(self.shown(value)) + self.after

    def shown(self, value: float) -> float:
        """Return a number in the unit in which it is told."""
        return value * self.times

    def tick(self, shown: float) -> str:
        """Say a number of an axis, which is in the told unit already."""
        return f"{shown:,.4g}{self.after_short}"

    def difference(self, value: float) -> str:
        """Say by how much a number rose or fell."""
        sign = "+" if value > 0 else "-"
        after = " points" if self.is_rate else self.after
        return sign + self._digits(abs(self.shown(value))) + after

    def _digits(self, shown: float) -> str:
        if self.is_rate:
            return f"{shown:.{2 if self.is_fine else 1}f}"
        return f"{shown:.3f}" if self.is_index else _digits(shown)


def saying_of(row: Row) -> Saying:
    """Choose how the numbers of a row are told, by their unit and their size."""
    unit, size = text(row, "unit"), _size(row)
    if unit == "hours":
        return saying_of_hours(size)
    if unit == "rate":
        return Saying(
            times=100,
            after=" %",
            after_short=" %",
            is_rate=True,
            is_fine=size > _FINE_SHARE or size < 1 - _FINE_SHARE,
        )
    after = _AFTER.get(unit, "")
    if unit == "money":
        after = f" {text(row, 'currency')}".rstrip()
    return Saying(
        times=1,
        after=after,
        after_short=_AFTER_SHORT.get(unit, ""),
        is_index=unit == "index",
    )


def saying_of_hours(size: float) -> Saying:
    """Choose how times of about a size in hours are told."""
    if size >= _HOURS_IN_DAYS:
        return Saying(times=1 / 24, after=" days", after_short=" d")
    if size < _HOURS_IN_MINUTES:
        return Saying(times=60, after=" min", after_short=" min")
    return Saying(times=1, after=" h", after_short=" h")


def level_words(level: str) -> str:
    """Say where a figure stands against its limits, with a mark of its own."""
    return _LEVELS.get(level, "")


def area_words(area: str) -> str:
    """Return the heading of an area."""
    return _AREAS.get(area, plain_words(area).capitalize())


def window_words(by: str) -> str:
    """Say of which orders a figure is."""
    return _WINDOWS.get(by, by)


def reason_words(reason: str) -> str:
    """Say why orders were left out."""
    return _REASONS.get(reason, plain_words(reason))


def plain_words(name: str) -> str:
    """Turn a name of the code into words."""
    return name.replace("_", " ").strip()


def count_words(value: float) -> str:
    """Write a count with its thousands apart."""
    return f"{value:,.10g}"


def day_words(day: str) -> str:
    """Write a day such as `2026-11-02` as `2 Nov`; anything else as it is."""
    try:
        found = date.fromisoformat(day[:10])
    except ValueError:
        return day
    return f"{found.day} {found:%b}"


def moment_words(moment: datetime, zone: str) -> str:
    """Write an instant in a zone, to the minute."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def better_words(row: Row, difference: float) -> str:
    """Say whether a change is to the better; empty if nobody decided that."""
    decided = part(row, "target").get("higher_is_better")
    if not isinstance(decided, bool) or not difference:
        return ""
    return "better" if (difference > 0) == decided else "worse"


def _size(row: Row) -> float:
    main = main_number(row)
    if main is None:
        trend = (main_number(each) for each in parts(row, "trend"))
        target = number(part(row, "target"), "target")
        main = max((each for each in trend if each is not None), default=target)
    return abs(main or 0.0)


def _digits(value: float) -> str:
    size = abs(value)
    decimals = next((n for limit, n in ((100, 0), (10, 1)) if size >= limit), 2)
    said = f"{value:,.{decimals}f}"
    return said.removesuffix(f".{'0' * decimals}")
