"""A stocked shop on each database."""

from collections.abc import Iterator

import pytest

from tests.activities.steps.builders import Shop, shop_at


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Have a shop with ten mugs and ten teapots; the test runs on both databases."""
    with shop_at(database_url) as stocked:
        stocked.receive("A-1", MUG=10)
        stocked.receive("B-1", POT=10)
        yield stocked
