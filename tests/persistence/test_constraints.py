"""The tables refuse by themselves what must never be, whoever writes it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Table, insert, update

from persistence.database import StorageFailed
from persistence.tables import (
    allocation,
    backorder,
    bundle_component,
    fulfillment_event,
    order_line,
    orders,
    outbox,
    product,
    product_barcode,
    shipment,
    stock_level,
    stock_movement,
)
from tests.activities.steps.builders import Shop, document, line, shop_at

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = "Somebody Private"


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with shop_at(database_url) as stocked:
        stocked.receive("A-1", MUG=10)
        stocked.order("1", line("MUG", 4))
        yield stocked


@pytest.mark.parametrize(
    ("table", "values", "rule"),
    [
        (stock_level, {"on_hand": -1, "allocated": 0}, "ck_stock_level"),
        (stock_level, {"allocated": -1}, "allocated_not_negative"),
        (stock_level, {"reserved": -1}, "reserved_not_negative"),
        (stock_level, {"allocated": 11}, "not_oversold"),
        (stock_level, {"reserved": 7}, "not_oversold"),
        (stock_level, {"on_hand": 3}, "not_oversold"),
        (order_line, {"quantity": 0}, "quantity_positive"),
        (order_line, {"cancelled_quantity": 5}, "cancelled_within_quantity"),
        (order_line, {"cancelled_quantity": -1}, "cancelled_within_quantity"),
        (orders, {"priority": 0}, "priority_known"),
        (shipment, {"status": "flying"}, "status_known"),
        (allocation, {"open_quantity": -1}, "not_negative"),
        (fulfillment_event, {"kind": "wondered"}, "kind_known"),
        (product, {"weight_grams": 0}, "weight_positive"),
        (product, {"price": Decimal(1)}, "price_has_currency"),
    ],
)
def test_a_row_may_not_be_changed_against_a_rule(
    shop: Shop, table: Table, values: dict[str, object], rule: str
) -> None:
    with pytest.raises(StorageFailed, match=rule), shop.database.write() as connection:
        connection.execute(update(table).values(**values))


def new_orders_row(**changes: object) -> dict[str, object]:
    return {
        "order_id": "web-2",
        "source": "web",
        "number": "2",
        "has_own_number": True,
        "channel": "api",
        "service_level": "standard",
        "priority": 5,
        "placed_at": NOON,
        "received_at": NOON,
        "customer_id": "web-1",
        "ship_to_address_id": "web-1.1",
        "document": {},
        "policy": "{}",
        **changes,
    }


def movement(**changes: object) -> dict[str, object]:
    return {
        "stock_level_id": 1,
        "kind": "received",
        "on_hand_change": 1,
        "cause": "test",
        "actor": "test",
        "occurred_at": NOON,
        "recorded_at": NOON,
        **changes,
    }


BACKORDER = {
    "order_id": "web-1",
    "line_no": 1,
    "sku": "MUG",
    "quantity": 1,
    "status": "open",
    "priority": 5,
    "created_at": NOON,
}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        # The same order twice; a row that belongs to nothing; a rule of its own.
        (orders, new_orders_row(number="1")),
        (orders, new_orders_row(customer_id="nobody")),
        (orders, new_orders_row(ship_to_address_id="nowhere")),
        (stock_level, {"location_id": "A-1", "sku": "MUG", "lot": ""}),
        (stock_level, {"location_id": "nowhere", "sku": "MUG", "lot": ""}),
        (stock_level, {"location_id": "B-1", "sku": "UNHEARD", "lot": ""}),
        (stock_movement, movement(stock_level_id=999)),
        (stock_movement, movement(kind="vanished")),
        (stock_movement, movement(on_hand_change=0)),
        (backorder, {**BACKORDER, "line_no": 9}),
        (backorder, {**BACKORDER, "quantity": 0}),
        (product_barcode, {"barcode": "1", "sku": "UNHEARD", "pack_quantity": 1}),
        (product_barcode, {"barcode": "1", "sku": "MUG", "pack_quantity": 0}),
        (
            bundle_component,
            {"bundle_sku": "MUG", "component_sku": "MUG", "quantity": 1},
        ),
    ],
)
def test_a_row_may_not_be_added_against_a_rule(
    shop: Shop, table: Table, row: dict[str, object]
) -> None:
    with pytest.raises(StorageFailed, match="the database refused a row"):
        shop.add(table, row)


def test_the_same_message_is_written_to_the_outbox_once(shop: Shop) -> None:
    row = {
        "message_id": "m",
        "order_id": "web-1",
        "payload": {},
        "created_at": NOON,
        "attempts": 0,
    }
    shop.add(outbox, row)

    with pytest.raises(StorageFailed):
        shop.add(outbox, row)


@pytest.mark.parametrize(
    "values",
    [{"customer_id": SECRET}, {"priority": 0, "policy": SECRET}, {"number": None}],
)
def test_the_text_of_a_database_error_names_the_rule_and_never_a_value(
    shop: Shop, values: dict[str, object]
) -> None:
    with pytest.raises(StorageFailed) as failed, shop.database.write() as connection:
        connection.execute(update(orders).values(**values))

    assert SECRET not in str(failed.value)
    assert failed.value.__cause__ is None
    assert "refused a row" in str(failed.value)


def test_the_text_of_a_broken_statement_holds_no_value_either(shop: Shop) -> None:
    with pytest.raises(StorageFailed) as failed, shop.database.write() as connection:
        connection.exec_driver_sql(f"SELECT '{SECRET}' FROM no_such_table")

    assert SECRET not in str(failed.value)
    assert "did not answer" in str(failed.value)


def test_a_transaction_that_fails_leaves_nothing(shop: Shop) -> None:
    before = shop.stock()

    with pytest.raises(StorageFailed):
        _change_then_break_a_rule(shop)

    assert shop.stock() == before
    assert shop.capture(document("3"))


def _change_then_break_a_rule(shop: Shop) -> None:
    with shop.database.write() as connection:
        connection.execute(update(stock_level).values(on_hand=20))
        connection.execute(insert(stock_level), {"location_id": "A-1", "sku": "MUG"})
