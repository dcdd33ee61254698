"""The carrier without an API: paper with our own reference on it."""

import pytest

from gateways.carrier.manual import ManualCarrier
from gateways.carrier.protocol import AddressResult
from tests.gateways.carrier.builders import (
    Clock,
    a_request,
    an_address,
    pages,
    scan,
    text_of,
)


@pytest.fixture
def manual(clock: Clock) -> ManualCarrier:
    return ManualCarrier(clock)


async def test_the_address_label_is_scanned_as_the_shipment(
    manual: ManualCarrier,
) -> None:
    label = await manual.buy(a_request(shipment_id="shop-_231001-1"), "key")

    read = scan(pages(label.pdf)[0])
    assert read.text == "shop-_231001-1"
    assert read.symbology == "]C0"


async def test_a_shipment_id_too_long_for_bars_becomes_a_qr_code(
    manual: ManualCarrier,
) -> None:
    shipment_id = f"shop-{'_e5_b1_b1' * 22}-12"

    label = await manual.buy(a_request(shipment_id=shipment_id), "key")

    read = scan(pages(label.pdf)[0])
    assert read.text == shipment_id
    assert read.symbology == "]Q1"
    assert f"^FDMA,{shipment_id.replace('_', '_5F')}^FS" in label.zpl


async def test_number_and_cost_are_left_to_people(manual: ManualCarrier) -> None:
    label = await manual.buy(a_request(), "key")

    assert label.tracking_number is None
    assert label.packages[0].tracking_number is None
    assert label.cost is None
    assert "Add the carrier's own label" in text_of(label.pdf)


async def test_nothing_is_checked_priced_or_tracked(manual: ManualCarrier) -> None:
    verdict = await manual.check_address(an_address(postcode="wrong"))

    assert verdict.result is AddressResult.NOT_CHECKED
    assert await manual.rates(a_request()) == ()
    assert await manual.find_label("key") is None
