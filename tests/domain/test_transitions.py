"""No status moves where its table does not lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import IllegalTransition
from domain.orders import status as order_table
from domain.orders.status import OrderStatus, advance_order, derive_status
from domain.shipments import status as shipment_table
from domain.shipments.status import ShipmentStatus, advance_shipment

S = ShipmentStatus
ALL_SHIPMENTS = st.lists(st.sampled_from(ShipmentStatus), max_size=5)


@given(st.lists(st.sampled_from(ShipmentStatus), min_size=1, max_size=12))
def test_a_shipment_walks_only_along_its_table(wanted: list[ShipmentStatus]) -> None:
    current = ShipmentStatus.ALLOCATED
    for status in wanted:
        if status in shipment_table.TRANSITIONS[current]:
            current = advance_shipment(current, status)
        else:
            with pytest.raises(IllegalTransition):
                advance_shipment(current, status)


@given(st.lists(st.sampled_from(OrderStatus), min_size=1, max_size=12))
def test_an_order_walks_only_along_its_table_and_never_out_of_an_end(
    wanted: list[OrderStatus],
) -> None:
    current = OrderStatus.RECEIVED
    for status in wanted:
        stays = status is current and current not in order_table.ENDED
        if stays or status in order_table.TRANSITIONS[current]:
            assert current not in order_table.ENDED
            current = advance_order(current, status)
        else:
            with pytest.raises(IllegalTransition):
                advance_order(current, status)


@pytest.mark.parametrize("status", OrderStatus)
def test_every_order_status_has_its_row_and_only_ends_have_no_way_on(
    status: OrderStatus,
) -> None:
    ways_on = order_table.TRANSITIONS[status]

    assert (not ways_on) == (status in order_table.ENDED)
    assert OrderStatus.RECEIVED not in ways_on


@pytest.mark.parametrize("status", ShipmentStatus)
def test_every_shipment_status_has_its_row_and_only_ends_have_no_way_on(
    status: ShipmentStatus,
) -> None:
    ways_on = shipment_table.TRANSITIONS[status]

    assert (not ways_on) == (status in shipment_table.ENDED)


def test_goods_on_the_floor_cannot_be_cancelled_without_a_put_back() -> None:
    for status in (S.PICKED, S.PACKED):
        with pytest.raises(IllegalTransition):
            advance_shipment(status, S.CANCELLED)


def test_what_the_carrier_has_cannot_be_put_back() -> None:
    for status in (S.PUTTING_BACK, S.CANCELLED, S.PACKED):
        with pytest.raises(IllegalTransition):
            advance_shipment(S.HANDED_OVER, status)


@pytest.mark.parametrize(
    ("shipments", "backordered", "expected"),
    [
        ([], False, OrderStatus.VERIFIED),
        ([], True, OrderStatus.BACKORDERED),
        ([S.CANCELLED], True, OrderStatus.BACKORDERED),
        ([S.PICKED, S.RELEASED], False, OrderStatus.RELEASED),
        ([S.PACKED, S.HANDED_OVER], False, OrderStatus.PACKED),
        ([S.HANDED_OVER, S.DELIVERED], True, OrderStatus.SHIPPED),
        ([S.DELIVERED], True, OrderStatus.BACKORDERED),
        ([S.DELIVERED, S.UNDELIVERED], False, OrderStatus.DELIVERED),
        ([S.UNDELIVERED, S.CANCELLED], False, OrderStatus.UNDELIVERED),
        ([S.PUTTING_BACK, S.HANDED_OVER], False, OrderStatus.CANCELLING),
    ],
)
def test_an_order_stands_where_its_slowest_live_shipment_stands(
    shipments: list[ShipmentStatus], backordered: bool, expected: OrderStatus
) -> None:
    status = derive_status(shipments, backordered=backordered, verified=True)

    assert status is expected


def test_an_order_that_a_check_holds_is_still_being_verified() -> None:
    status = derive_status([], backordered=False, verified=False)

    assert status is OrderStatus.VERIFYING


@given(ALL_SHIPMENTS, st.booleans())
def test_an_order_ends_only_when_nothing_of_it_is_open(
    shipments: list[ShipmentStatus], backordered: bool
) -> None:
    status = derive_status(shipments, backordered=backordered, verified=True)

    if status in order_table.ENDED:
        assert not backordered
        assert all(s in shipment_table.ENDED for s in shipments)
