"""What a busy day is to be, and what became of its orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from benchmarks.shop import DatabaseKind
from domain.orders.status import OrderStatus
from messages.order_messages import ShortReason
from persistence.tables import order_progress, orders, pick_line

SHOWN_OPEN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyPlan:
    """How many orders, how much goes wrong, and how often the worker is killed."""

    orders: int = 500
    shorts: float = 0.10
    cancels: float = 0.05
    damaged: float = 0.02
    kills: int = 5
    seed: int = 1
    database: DatabaseKind = "sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyResult:
    """What became of the orders, what went wrong on the way, and what is not right."""

    orders: int
    delivered: int
    cancelled: int
    other: int
    shorts: int
    damaged: int
    cancels_asked: int
    kills: int
    seed: int
    database: str
    seconds: float
    findings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was seen of a day from outside; `ends` says how each order ended."""

    ends: Mapping[str, str]
    cancels_asked: int
    kills: int
    seconds: float
    findings: Sequence[str]


def open_orders(connection: Connection, order_ids: Collection[str]) -> list[str]:
    """Say where the orders stand that have not ended; the first ones by name."""
    if not order_ids:
        return []
    told = sorted(order_ids)[:SHOWN_OPEN]
    query = select(
        order_progress.c.order_id, order_progress.c.status, order_progress.c.waits_for
    ).where(order_progress.c.order_id.in_(told))
    stands = {row.order_id: row for row in connection.execute(query)}
    found = [f"{len(order_ids)} orders are open"]
    for order_id in told:
        row = stands.get(order_id)
        where = f"{row.status}, waits for {row.waits_for}" if row else "not begun"
        found.append(f"open: {order_id} is {where}")
    return found


def result_of(connection: Connection, plan: BusyPlan, day: Day) -> BusyResult:
    """Put together what was seen and what is stored."""
    ends = Counter(day.ends.values())
    stops = (
        select(pick_line.c.short_reason, func.count().label("stops"))
        .where(pick_line.c.short_reason.is_not(None))
        .group_by(pick_line.c.short_reason)
    )
    shorts = {row.short_reason: int(row.stops) for row in connection.execute(stops)}
    damaged = shorts.pop(ShortReason.DAMAGED, 0)
    placed = connection.execute(select(func.count()).select_from(orders)).scalar_one()
    delivered = ends[OrderStatus.DELIVERED]
    cancelled = ends[OrderStatus.CANCELLED]
    return BusyResult(
        orders=placed,
        delivered=delivered,
        cancelled=cancelled,
        other=placed - delivered - cancelled,
        shorts=sum(shorts.values()),
        damaged=damaged,
        cancels_asked=day.cancels_asked,
        kills=day.kills,
        seed=plan.seed,
        database=plan.database,
        seconds=round(day.seconds, 1),
        findings=list(day.findings),
    )
