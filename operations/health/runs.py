"""Orders against their runs: none without the other while it is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from domain.identity import workflow_id_of
from gateways.runs.protocol import Runs
from operations.health.findings import Finding, finding_of
from persistence.tables import order_progress, orders

# A run's first step takes less; until then an order has no row of progress.
STARTING = timedelta(seconds=30)
_AT_ONCE = 20
_BEGINNING = workflow_id_of("")

_OPEN = select(order_progress.c.order_id).where(order_progress.c.ended_at.is_(None))
_ENDED = select(order_progress.c.order_id).where(order_progress.c.ended_at.is_not(None))
_WITHOUT_PROGRESS = (
    select(orders.c.order_id, orders.c.received_at)
    .outerjoin(order_progress, order_progress.c.order_id == orders.c.order_id)
    .where(order_progress.c.order_id.is_(None))
)


class StoredOrders:
    """Which orders the database believes are open, ended, or not yet begun."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        """Read them once."""
        self.open = frozenset(connection.execute(_OPEN).scalars())
        self.ended = frozenset(connection.execute(_ENDED).scalars())
        self.waiting = frozenset(
            row.order_id
            for row in connection.execute(_WITHOUT_PROGRESS)
            if row.received_at < now - STARTING
        )


async def examine_runs(
    stored: StoredOrders, open_workflow_ids: AsyncIterable[str], runs: Runs
) -> tuple[Finding, ...]:
    """Compare stored orders with the open runs.

    Lists of runs lag behind a little, so each difference is asked for by itself.
    """
    listed = {
        workflow_id.removeprefix(_BEGINNING)
        async for workflow_id in open_workflow_ids
        if workflow_id.startswith(_BEGINNING)
    }
    unlisted = (stored.open | stored.waiting) - listed
    is_open = await _ask(runs, unlisted | (stored.ended & listed))
    alone = {order_id for order_id in unlisted if not is_open[order_id]}
    left_over = {one for one in stored.ended & listed if is_open[one]}
    return (
        _open_orders(sorted(stored.open & alone)),
        _orders_not_begun(sorted(stored.waiting & alone)),
        _ended_orders(sorted(left_over)),
    )


def _open_orders(alone: list[str]) -> Finding:
    return finding_of(
        "open orders",
        [f"order {order_id} is open and has no open run" for order_id in alone],
        well="each has its run",
        mend="send the order any message, such as `orderwright order hold`: "
        "a run starts from where the order stands",
    )


def _orders_not_begun(alone: list[str]) -> Finding:
    return finding_of(
        "orders not begun",
        [f"order {order_id} is stored and has no run" for order_id in alone],
        well="every stored order has begun",
        mend="start a worker: its relay starts the runs; or place the order again, "
        "which is the same order",
    )


def _ended_orders(left_over: list[str]) -> Finding:
    return finding_of(
        "ended orders",
        [f"order {order_id} has ended and its run is open" for order_id in left_over],
        well="none has a run left",
        mend="start a worker; if the run stays open, look at it in the Temporal UI",
    )


async def _ask(runs: Runs, order_ids: frozenset[str]) -> dict[str, bool]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(order_id: str) -> bool:
        async with gate:
            return await runs.is_open(order_id)

    named = sorted(order_ids)
    answers = await asyncio.gather(*(one(order_id) for order_id in named))
    return dict(zip(named, answers, strict=True))
