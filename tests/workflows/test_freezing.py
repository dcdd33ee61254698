"""A frozen bin: runs under way source their shipments again, and their orders end."""

from datetime import UTC, datetime

from domain.policy import CountTerms
from operations.counting import ConfirmCount, confirm_count
from operations.freezing import (
    FreezePlace,
    FrozenPlace,
    UnfreezePlace,
    freeze_place,
    unfreeze_place,
)
from operations.queries.counts import open_counts
from operations.transfers import TransferStock, transfer_stock
from persistence.tables import exception_table
from tests.builders.shop import Shop

BIN, OTHER_BIN = "A-01", "B-01"


def freeze(shop: Shop) -> FrozenPlace:
    told = FreezePlace(
        message_id=shop.message_id("freeze"),
        actor="manager:1",
        location=BIN,
        reason="recall",
    )
    return freeze_place(shop.database, told, shop.clock)


async def test_a_bin_freezes_under_two_orders_and_both_are_delivered(
    real_shop: Shop,
) -> None:
    shop = real_shop
    moved = TransferStock(
        message_id=shop.message_id(),
        actor="stock:4",
        sku="MUG",
        quantity=2,
        from_location=BIN,
        to_location=OTHER_BIN,
    )
    elsewhere, waits = await shop.place(("MUG", 2)), await shop.place(("JUG", 2))
    transfer_stock(shop.database, moved, shop.clock)

    told = freeze(shop)
    await shop.relay_all()
    await shop.until(lambda: shop.stock("MUG") == (98, 0))
    await shop.until(lambda: len(shop.events_of(waits, "shipment_resourced")) == 1)

    assert told.resourced == (f"{elsewhere}-1", f"{waits}-1")
    assert shop.state(elsewhere).backordered == 0
    assert shop.state(waits).backordered == 2
    assert shop.stock("MUG", OTHER_BIN) == (2, 2)

    thaw = UnfreezePlace(
        message_id=shop.message_id("thaw"), actor="manager:1", location=BIN
    )
    unfreeze_place(shop.database, thaw, shop.clock)
    await shop.relay_all()
    for order_id in (elsewhere, waits):
        await shop.until(lambda one=order_id: shop.state(one).backordered == 0)  # type: ignore[misc]
        await shop.carry_on(order_id)
        assert (await shop.ends(order_id)).status == "delivered"
    assert shop.imbalance() == []


async def test_a_count_finds_what_a_short_pick_missed_and_the_order_goes_on(
    real_shop: Shop,
) -> None:
    shop = real_shop
    order_id = await shop.place(when_missing="wait_for_all")
    await shop.pick(order_id, short=1)
    with shop.database.read() as connection:
        [task] = open_counts(connection)
    counted = ConfirmCount(
        message_id=shop.message_id("count"),
        actor="counter:3",
        count_task_id=task.count_task_id,
        quantity=99,
    )

    answer = confirm_count(shop.database, counted, shop.clock, CountTerms())
    [asked] = shop.rows(exception_table, kind="short_pick")

    assert (answer.status, answer.adjustment) == ("done", 0)
    assert asked.resolution == "counted"
    assert asked.resolved_at <= datetime.now(UTC)
    assert shop.imbalance() == []
