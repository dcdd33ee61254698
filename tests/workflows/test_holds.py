"""Holds: several at once, released one by one, never released by expiry."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from domain.policy import (
    DEFAULT_POLICY,
    CheckMode,
    CheckName,
    FulfillmentPolicy,
    HoldKind,
)
from messages.names import UpdateName
from messages.order_messages import PlaceHold, ReleaseHold, ResolveException
from messages.search_attributes import ATTENTION_REASON, NEEDS_ATTENTION
from operations.catalog.mended_holds import release_mended_holds
from persistence.tables import hold, refund_due, sku_alias
from tests.builders.documents import a_line, a_ship_to, another_address
from tests.builders.shop import Shop

SECOND = timedelta(seconds=1)
AWAITED = {"status": "awaited"}
CHEAP = [a_line("MUG", 2, unit_price="1.00")]


def kinds(shop: Shop, order_id: str) -> list[str]:
    return [one.kind for one in shop.state(order_id).holds]


async def release(shop: Shop, order_id: str, kind: str) -> str:
    message = ReleaseHold(message_id=shop.message_id("release"), kind=kind)
    return (await shop.tell(order_id, UpdateName.RELEASE_HOLD, message)).text


async def test_an_order_with_four_faults_shows_four_holds_each_released_by_itself(
    shop: Shop,
) -> None:
    order_id = await shop.place(
        lines=CHEAP,
        payment=AWAITED,
        customer={"email": "not an address", "phone": "12"},
    )
    assert sorted(kinds(shop, order_id)) == ["email", "payment", "phone", "price"]
    assert sorted(one.kind for one in (await shop.progress(order_id)).holds) == [
        "email",
        "payment",
        "phone",
        "price",
    ]

    for kind, left in (("price", 3), ("email", 2), ("phone", 1)):
        assert "still held by" in await release(shop, order_id, kind)
        assert len(kinds(shop, order_id)) == left
        assert shop.state(order_id).status == "allocated"
        assert shop.open_pick_lines(order_id) == []

    assert "nothing holds the order" in await release(shop, order_id, "payment")
    assert shop.state(order_id).status == "released"


async def test_a_payment_hold_that_expires_cancels_the_order(shop: Shop) -> None:
    order_id = await shop.place(payment=AWAITED)
    [held] = shop.state(order_id).holds
    assert held.expires_at is not None

    await shop.pass_until(held.expires_at - SECOND)
    assert shop.events_of(order_id, "hold_expired") == []
    await shop.pass_until(held.expires_at + SECOND)
    result = await shop.ends(order_id)

    assert result.status == "cancelled"
    assert [e.occurred_at for e in shop.events_of(order_id, "hold_expired")] == [
        held.expires_at
    ]
    assert shop.stock("MUG") == (100, 0)
    # Nothing was paid, so nothing is owed back.
    assert shop.rows(refund_due, order_id=order_id) == []


async def test_any_other_hold_that_expires_stands_and_asks_a_person(
    shop: Shop,
) -> None:
    order_id = await shop.place(lines=CHEAP)
    [held] = shop.state(order_id).holds
    assert held.expires_at is not None

    await shop.pass_until(held.expires_at + SECOND)
    await shop.until(lambda: bool(shop.events_of(order_id, "hold_expired")))
    await shop.pass_time(timedelta(days=10))
    asked = [x for x in shop.exceptions(order_id) if x.kind == "hold_expired"]

    assert len(asked) == len(shop.events_of(order_id, "hold_expired")) == 1
    assert kinds(shop, order_id) == ["price"]
    assert shop.state(order_id).status == "allocated"

    await release(shop, order_id, "price")
    assert shop.state(order_id).exceptions == []
    assert shop.state(order_id).status == "released"


async def test_the_reason_for_attention_follows_what_is_still_open(
    shop: Shop,
) -> None:
    order_id = await shop.place(lines=CHEAP)
    await shop.pass_time(timedelta(days=7))
    await shop.until(lambda: len(shop.state(order_id).exceptions) == 2)
    for exception in list(shop.state(order_id).exceptions)[:1]:
        resolved = ResolveException(message_id="r", exception_id=exception.exception_id)
        await shop.tell(order_id, UpdateName.RESOLVE_EXCEPTION, resolved)

    [left] = shop.state(order_id).exceptions
    described = await shop.handle(order_id).describe()
    found = described.typed_search_attributes
    assert found.get(ATTENTION_REASON) == left.kind
    assert found.get(NEEDS_ATTENTION) is True


async def test_a_hold_placed_by_a_person_blocks_its_step_until_it_is_released(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.carry(order_id, "picked")
    placed = PlaceHold(message_id="hold-1", actor="manager:1", blocks=("pack",))
    await shop.tell(order_id, UpdateName.PLACE_HOLD, placed)

    with pytest.raises(Exception, match="blocked by hold"):
        await shop.pack(order_id)
    await release(shop, order_id, "manual")
    await shop.pack(order_id)

    assert shop.state(order_id).status == "packed"


async def test_an_imported_alias_mends_the_unknown_article_and_the_order_goes_on(
    shop: Shop,
) -> None:
    order_id = await shop.place(lines=[a_line("BECHER", 2)])
    assert kinds(shop, order_id) == ["known_sku"]
    with pytest.raises(Exception, match="still unknown"):
        await release(shop, order_id, "known_sku")

    with shop.database.write() as connection:
        connection.execute(
            insert(sku_alias), {"source": "web", "alias": "BECHER", "sku": "MUG"}
        )
        release_mended_holds(connection, actor="catalog", at=shop.clock())
    await shop.relay_all()

    assert kinds(shop, order_id) == []
    assert shop.state(order_id).status == "released"
    assert shop.stock("MUG") == (100, 2)


async def test_a_corrected_address_lifts_the_address_hold(shop: Shop) -> None:
    order_id = await shop.place(ship_to=a_ship_to(postcode="ABC"))
    assert kinds(shop, order_id) == ["address"]

    await shop.orders.change_ship_to(
        order_id, another_address(), message_id="move-1", actor="customer_service:1"
    )

    assert kinds(shop, order_id) == []
    assert shop.state(order_id).status == "released"
    assert [row.release_reason for row in shop.rows(hold, order_id=order_id)] == [
        "cause_resolved"
    ]


async def test_a_released_hold_stays_released_when_another_thing_is_changed(
    shop: Shop,
) -> None:
    order_id = await shop.place(lines=CHEAP, ship_to=a_ship_to(postcode="ABC"))
    await release(shop, order_id, "price")

    await shop.orders.change_ship_to(
        order_id, another_address(), message_id="move-1", actor="customer_service:1"
    )

    assert kinds(shop, order_id) == []
    assert shop.state(order_id).status == "released"


async def test_releases_in_parallel_each_release_their_own_hold(shop: Shop) -> None:
    order_id = await shop.place(lines=CHEAP, payment=AWAITED)

    texts = await asyncio.gather(
        release(shop, order_id, "price"), release(shop, order_id, "payment")
    )

    assert sum("nothing holds" in text for text in texts) == 1
    assert shop.state(order_id).status == "released"


class TestAvailabilityThatHolds:
    @pytest.fixture
    def shop_policy(self) -> FulfillmentPolicy:
        source = DEFAULT_POLICY.default_source
        checks = {**source.checks, CheckName.AVAILABILITY: CheckMode.HOLD}
        return replace(DEFAULT_POLICY, default_source=replace(source, checks=checks))

    async def test_stock_that_arrives_lifts_the_hold_and_is_allocated(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(("LAMP", 3))
        assert kinds(shop, order_id) == ["availability"]

        await shop.receive("LAMP", 5)
        await shop.becomes(order_id, "released")

        assert kinds(shop, order_id) == []
        assert shop.stock("LAMP") == (5, 3)


class TestHoldsThatExpireTogether:
    @pytest.fixture
    def shop_policy(self) -> FulfillmentPolicy:
        holds = {
            kind: replace(one, expires_after=timedelta(hours=1))
            for kind, one in DEFAULT_POLICY.holds.items()
        }
        return replace(DEFAULT_POLICY, holds=holds)

    async def test_the_payment_hold_ends_the_order_and_the_other_asks_nobody(
        self, shop: Shop
    ) -> None:
        order_id = await shop.place(
            lines=CHEAP,
            payment=AWAITED,
            customer={"email": "not an address", "phone": "12"},
        )

        await shop.pass_time(timedelta(hours=1, seconds=1))
        result = await shop.ends(order_id)

        assert result.status == "cancelled"
        assert [x for x in shop.exceptions(order_id) if x.resolved_at is None] == []
        assert shop.state(order_id).holds == []
        assert HoldKind.PAYMENT in {
            e.data["kind"] for e in shop.events_of(order_id, "hold_expired")
        }
