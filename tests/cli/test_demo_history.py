"""The demo's past: after the first order, told once, and never in the way of an end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.demo_history import DemoHistory
from domain.policy.defaults import DEFAULT_POLICY
from operations.queries.history import has_history_of
from operations.shop import Shop, open_shop
from persistence.database import Database
from simulation.order_stream import OrderStream, StreamTerms
from simulation.sample_orders import SampleOrders
from tests.cli.in_process import RunsInProcess


@pytest.fixture
def shop(sqlite_database_url: str, tmp_path: Path) -> Iterator[Shop]:
    database = Database(sqlite_database_url)
    yield open_shop(
        database,
        RunsInProcess(database, tmp_path),
        policy=DEFAULT_POLICY,
        clock=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC),
    )
    database.close()


@pytest.fixture
def stream(shop: Shop) -> OrderStream:
    terms = StreamTerms(orders=1, seconds_between=0)
    return OrderStream(shop, SampleOrders(), terms)


def has_history(shop: Shop) -> bool:
    with shop.database.read() as connection:
        return has_history_of(connection, "shop")


async def test_it_comes_after_the_first_order_and_is_told_once(
    shop: Shop, stream: OrderStream, tmp_path: Path
) -> None:
    told: list[str] = []
    stream.placed.append("demo-1001")

    await DemoHistory(shop, stream, tmp_path / "var", told.append).run()
    await DemoHistory(shop, stream, tmp_path / "var", told.append).run()

    assert has_history(shop)
    assert len(told) == 1
    assert "eight weeks of history imported" in told[0]
    assert "kpi report --open" in told[0]


async def test_a_demo_that_ends_without_an_order_has_no_past(
    shop: Shop, stream: OrderStream, tmp_path: Path
) -> None:
    told: list[str] = []
    history = DemoHistory(shop, stream, tmp_path / "var", told.append)

    running = asyncio.create_task(history.run())
    await asyncio.sleep(0)
    history.end()
    await running

    assert not has_history(shop)
    assert told == []
