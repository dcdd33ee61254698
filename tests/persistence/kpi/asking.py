"""What tests ask of the loader: the orders of a time, as known at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from domain.kpi.definitions import DueKind
from domain.kpi.facts import LineSums, OrderFacts, Part
from domain.kpi.periods import Period
from domain.kpi.question import Window
from persistence.database import Database
from persistence.kpi.orders.loading import load_orders
from persistence.kpi.orders.wanted import OrdersWanted

YEAR = Period(first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), zone="UTC")
LATER = datetime(2027, 7, 1, tzinfo=UTC)
EVERY_WINDOW = frozenset((window, due) for window in Window for due in DueKind)
EVERY_PART = frozenset(Part)


def facts_in(
    database: Database,
    *,
    as_of: datetime = LATER,
    period: Period = YEAR,
    **more: object,
) -> dict[str, OrderFacts]:
    """Return the facts of the orders of a time, with every part, by order."""
    wanted = OrdersWanted(
        period=period,
        as_of=as_of,
        **{"parts": EVERY_PART, **more},  # type: ignore[arg-type]
    )
    with database.read() as connection:
        return {one.order_id: one for one in load_orders(connection, wanted).orders}


def sums_in(database: Database, **more: object) -> tuple[LineSums, ...]:
    """Return the line sums of the only order."""
    [facts] = facts_in(database, **more).values()  # type: ignore[arg-type]
    return facts.lines


def numbers(sums: LineSums) -> Mapping[str, int]:
    """Return what is counted, without what is nought."""
    names = [name for name in sums.__slots__ if isinstance(getattr(sums, name), int)]
    return {name: getattr(sums, name) for name in names if getattr(sums, name)}
