"""Orders and questions as a KPI test needs them: plain, with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from domain.kpi.facts import LineSums, OrderFacts
from domain.kpi.periods import Period
from domain.kpi.question import Question

MARCH = Period(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), zone="UTC")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)  # of a Monday


def hours_later(hours: float, start: datetime = MIDNIGHT) -> datetime:
    """Return an instant so many hours after another, of itself Monday at midnight."""
    return start + timedelta(hours=hours)


def order_facts(**changes: object) -> OrderFacts:
    """Return an open order that was placed on a Monday at midnight."""
    plain = OrderFacts(
        order_id="A-1",
        source="orderwright",
        is_imported=False,
        channel="web",
        service_level="standard",
        customer_group="private",
        customer="c1",
        warehouse="WH-1",
        carrier="dhl",
        category="books",
        ship_to_zone="UTC",
        ship_to_country=None,
        placed_at=MIDNIGHT,
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


def line_sums(**changes: object) -> LineSums:
    """Return one line of two units, filled at the first attempt."""
    plain = LineSums(
        category="books",
        warehouse="WH-1",
        lines=1,
        units_ordered=2,
        lines_filled_first=1,
        units_filled_first=2,
        lines_filled=1,
        units_shipped=2,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def question(**changes: object) -> Question:
    """Return a question about March 2026, asked in the middle of the year."""
    plain = Question(period=MARCH, as_of=datetime(2026, 7, 1, tzinfo=UTC))
    return replace(plain, **changes)  # type: ignore[arg-type]
