"""A shipment whose first day is full goes to the floor on its own day, by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import update

from domain.policy import DEFAULT_POLICY, FulfillmentPolicy, always_open
from persistence.tables import warehouse
from persistence.warehouses import forget_warehouses
from tests.builders.shop import Shop

SECOND = timedelta(seconds=1)


@pytest.fixture
def shop_policy() -> FulfillmentPolicy:
    # Every day is a working day, from midnight to midnight.
    return replace(
        DEFAULT_POLICY,
        default_calendar=always_open(),
        service_levels={"standard": {}, "express": {}},
    )


@pytest_asyncio.fixture(loop_scope="session")
async def small_shop(shop: Shop) -> AsyncIterator[Shop]:
    """Have a shop whose warehouse sends one shipment a day."""
    with shop.database.write() as connection:
        connection.execute(update(warehouse).values(daily_capacity=1))
    forget_warehouses()
    yield shop
    forget_warehouses()


async def test_it_waits_for_its_day_and_is_released_when_that_opens(
    small_shop: Shop,
) -> None:
    shop = small_shop
    now = await shop.now()
    first = await shop.place(("MUG", 1))
    second = await shop.place(("MUG", 2))
    [waiting] = shop.state(second).shipments
    assert shop.state(first).shipments[0].status == "released"
    assert waiting.status == "allocated"
    assert waiting.release_at is not None
    assert waiting.release_at.astimezone(UTC).date() == waiting.ship_on
    assert waiting.ship_on is not None
    assert waiting.ship_on > now.date()
    assert f"release on {waiting.ship_on}" in (await shop.progress(second)).waits_for

    await shop.pass_until(waiting.release_at - SECOND)
    assert shop.events_of(second, "released") == []
    await shop.pass_until(waiting.release_at + SECOND)
    await shop.until(lambda: bool(shop.events_of(second, "released")))

    await shop.carry_on(second)
    assert (await shop.ends(second)).status == "delivered"
    assert shop.events(second).count("promised") == 1
