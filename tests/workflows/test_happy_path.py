"""One order from placement to its door."""

from tests.builders.shop import Shop


async def test_an_order_is_picked_packed_shipped_and_delivered(shop: Shop) -> None:
    order_id = await shop.place(("MUG", 2), ("SET", 1))

    await shop.pick(order_id)
    await shop.pack(order_id)
    await shop.hand_over(order_id)
    await shop.carrier_event(order_id, "accepted")
    await shop.carrier_event(order_id, "delivered")
    result = await shop.ends(order_id)

    assert (result.status, result.delivered_shipments) == ("delivered", 1)
    stages = [kind for kind in shop.events(order_id) if kind in STAGES]
    assert stages == STAGES
    assert shop.stock("MUG") == (98, 0)
    assert shop.stock("JUG") == (99, 0)
    assert shop.stock("TRAY") == (98, 0)


STAGES = [
    "placed",
    "verified",
    "allocated",
    "released",
    "picked",
    "packed",
    "handed_over",
    "first_scan",
    "delivered",
]
