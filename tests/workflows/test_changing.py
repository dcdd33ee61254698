"""Changing the lines of an order: before picking only, and what is owed back."""

import asyncio
from decimal import Decimal

import pytest

from domain.errors import BusinessError
from messages.names import SignalName, UpdateName
from messages.order_messages import ChangeLines, ConfirmRefund
from persistence.tables import check_result, order_line, refund_due
from tests.builders.documents import a_line
from tests.builders.shop import Shop


async def change(shop: Shop, order_id: str, *lines: dict[str, object]) -> str:
    message = ChangeLines.model_validate(
        {
            "message_id": shop.message_id("change"),
            "actor": "customer_service:1",
            "lines": lines,
        }
    )
    return (await shop.tell(order_id, UpdateName.CHANGE_LINES, message)).text


def wanted(shop: Shop, order_id: str) -> list[tuple[int, str, int]]:
    return [
        (row.line_no, row.ordered_sku, row.quantity - row.cancelled_quantity)
        for row in shop.rows(order_line, order_id=order_id)
    ]


async def test_fewer_units_free_the_stock_and_owe_the_difference(shop: Shop) -> None:
    order_id = await shop.place(("MUG", 5), ("JUG", 1))

    await change(shop, order_id, {"line_no": 1, "quantity": 2})

    assert wanted(shop, order_id) == [(1, "MUG", 2), (2, "JUG", 1)]
    assert shop.stock("MUG") == (100, 2)
    [owed] = shop.rows(refund_due, order_id=order_id)
    assert (owed.amount, owed.currency, owed.lines) == (
        Decimal("28.50"),
        "EUR",
        [{"line_no": 1, "quantity": 3}],
    )
    assert shop.state(order_id).status == "released"


async def test_a_removed_line_is_neither_picked_nor_promised(shop: Shop) -> None:
    order_id = await shop.place(("MUG", 2), ("JUG", 1))

    await change(shop, order_id, {"line_no": 2, "quantity": 0})

    assert shop.stock("JUG") == (100, 0)
    assert [row.sku for row in shop.open_pick_lines(order_id)] == ["MUG"]
    await shop.carry_on(order_id)
    assert (await shop.ends(order_id)).status == "delivered"


async def test_more_units_and_a_new_line_are_verified_and_allocated(shop: Shop) -> None:
    order_id = await shop.place(("MUG", 2))
    checks = len(shop.rows(check_result, order_id=order_id))

    await change(
        shop,
        order_id,
        {"line_no": 1, "quantity": 4},
        {"sku": "JUG", "quantity": 1, "unit_price": "9.50"},
    )

    assert wanted(shop, order_id) == [(1, "MUG", 4), (2, "JUG", 1)]
    assert (shop.stock("MUG"), shop.stock("JUG")) == ((100, 4), (100, 1))
    assert len(shop.rows(check_result, order_id=order_id)) > checks
    assert shop.rows(refund_due, order_id=order_id) == []


async def test_a_changed_line_that_fails_a_check_holds_the_order(shop: Shop) -> None:
    order_id = await shop.place(("MUG", 2))

    await change(shop, order_id, {"sku": "JUG", "quantity": 1, "unit_price": "1.00"})

    assert [h.kind for h in shop.state(order_id).holds] == ["price"]
    assert shop.open_pick_lines(order_id) == []


async def test_removing_the_line_nobody_knows_lets_the_order_go_on(shop: Shop) -> None:
    order_id = await shop.place(lines=[a_line("MUG", 2), a_line("BECHER", 1)])
    assert [h.kind for h in shop.state(order_id).holds] == ["known_sku"]

    await change(shop, order_id, {"line_no": 2, "quantity": 0})

    assert shop.state(order_id).holds == []
    assert shop.state(order_id).status == "released"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([{"line_no": 1, "quantity": 0}], "no line would be left"),
        ([{"line_no": 7, "quantity": 1}], "line_no"),
        ([{"quantity": 1}], "sku"),
        ([{"sku": "BECHER", "quantity": 1}], "an article of the catalogue"),
        ([{"sku": "JUG", "quantity": 0}], "quantity"),
        ([{"line_no": 1, "sku": "JUG", "quantity": 1}], "sku"),
    ],
)
async def test_a_change_that_makes_no_sense_changes_nothing(
    shop: Shop, lines: list[dict[str, object]], reason: str
) -> None:
    order_id = await shop.place(("MUG", 2))

    with pytest.raises(BusinessError, match=reason):
        await change(shop, order_id, *lines)

    assert wanted(shop, order_id) == [(1, "MUG", 2)]
    assert shop.stock("MUG") == (100, 2)
    assert len(shop.state(order_id).shipments) == 1


@pytest.mark.parametrize("stage", ["picked", "packed", "shipped"])
async def test_from_picking_on_a_change_is_refused_with_what_to_do(
    shop: Shop, stage: str
) -> None:
    order_id = await shop.place(("MUG", 2))
    await shop.carry(order_id, stage)

    with pytest.raises(BusinessError, match="cancel the order, or place another"):
        await change(shop, order_id, {"line_no": 1, "quantity": 1})


async def test_two_changes_at_once_are_made_one_after_the_other(shop: Shop) -> None:
    order_id = await shop.place(("MUG", 5), ("JUG", 5))

    await asyncio.gather(
        change(shop, order_id, {"line_no": 1, "quantity": 1}),
        change(shop, order_id, {"line_no": 2, "quantity": 2}),
    )

    assert wanted(shop, order_id) == [(1, "MUG", 1), (2, "JUG", 2)]
    assert (shop.stock("MUG"), shop.stock("JUG")) == ((100, 1), (100, 2))
    assert len(shop.rows(refund_due, order_id=order_id)) == 2


async def test_a_refund_stays_open_until_it_is_confirmed_even_after_the_end(
    shop: Shop,
) -> None:
    order_id = await shop.place(("MUG", 2), ("JUG", 2))
    await change(shop, order_id, {"line_no": 1, "quantity": 1})
    first = ConfirmRefund(message_id="r1", refund_id=f"{order_id}.r1")
    await shop.tell(order_id, UpdateName.CONFIRM_REFUND, first)
    await shop.cancel(order_id)
    await shop.ends(order_id)
    assert [row.confirmed_at is None for row in shop.rows(refund_due)] == [False, True]

    await shop.delivery.send(
        order_id,
        SignalName.REFUND_CONFIRMED,
        {"message_id": "r2", "actor": "money:1", "refund_id": f"{order_id}.r2"},
    )

    assert [row.confirmed_at is None for row in shop.rows(refund_due)] == [False, False]
    again = ConfirmRefund(message_id="r3", refund_id=f"{order_id}.r2")
    with pytest.raises(BusinessError, match="no open refund"):
        await shop.tell(order_id, UpdateName.CONFIRM_REFUND, again)
