"""A shop at work: on the floor, packed, gone, and waiting for stock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.activities.steps.builders import (
    Shop,
    line,
    package_of,
    picks,
    shop_at,
)


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Have a shop with an order at each stage."""
    with shop_at(database_url) as stocked:
        stocked.receive("A-1", MUG=9)
        shipped = stocked.order("shipped", line("MUG", 1))
        shipped.pick(*picks(1))
        shipped.pack(package_of(MUG=1))
        shipped.hand_over()
        stocked.order("released", line("MUG", 2))
        packed = stocked.order("packed", line("MUG", 3))
        packed.pick(*picks(3))
        packed.pack(package_of(MUG=3))
        stocked.order("waiting", line("POT", 4))
        yield stocked
