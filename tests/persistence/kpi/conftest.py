"""Databases with the record of orders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from persistence.database import Database
from tests.activities.steps.builders import Shop, shop_at
from tests.persistence.kpi.past_orders import PastOrders


@pytest.fixture
def past(database_url: str) -> Iterator[PastOrders]:
    """Have an empty history; the test runs on both databases."""
    database = Database(database_url)
    yield PastOrders(database)
    database.close()


@pytest.fixture
def stocked_shop(database_url: str) -> Iterator[Shop]:
    """Have a shop with ten mugs and ten pots in one warehouse, on both databases."""
    with shop_at(database_url) as shop:
        shop.receive("A-1", MUG=10)
        shop.receive("B-1", POT=10)
        yield shop
