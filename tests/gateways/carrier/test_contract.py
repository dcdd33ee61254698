"""What every carrier must do, whichever is configured."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.carrier.factory import CARRIER_NAMES, build_carrier
from gateways.carrier.protocol import AddressResult, CarrierGateway
from gateways.carrier.simulator.gateway import CarrierSimulator
from tests.gateways.carrier.builders import (
    MONDAY,
    Clock,
    a_parcel,
    a_request,
    an_address,
    pages,
    print_zpl,
    scan,
    zpl_formats,
)


@pytest.fixture(params=CARRIER_NAMES)
def carrier(
    request: pytest.FixtureRequest, carrier_file: Path, clock: Clock
) -> Iterator[CarrierGateway]:
    built = build_carrier(request.param, carrier_file, clock=clock)
    yield built
    if isinstance(built, CarrierSimulator):
        built.close()


async def test_a_label_says_what_it_is_for(carrier: CarrierGateway) -> None:
    label = await carrier.buy(a_request(), "shop-1001-1:label:1")

    assert label.carrier == carrier.name
    assert label.shipment_id == "shop-1001-1"
    assert label.service == "standard"
    assert label.currency == "EUR"
    assert label.bought_at == MONDAY


async def test_asking_twice_with_one_key_gives_the_same_label(
    carrier: CarrierGateway,
) -> None:
    first = await carrier.buy(a_request(), "shop-1001-1:label:1")
    second = await carrier.buy(a_request(), "shop-1001-1:label:1")

    assert second == first


async def test_each_package_has_a_page_a_format_and_an_entry(
    carrier: CarrierGateway,
) -> None:
    request = a_request(parcels=(a_parcel(1), a_parcel(2), a_parcel(3)))

    label = await carrier.buy(request, "shop-1001-1:label:1")

    assert len(pages(label.pdf)) == 3
    assert len(zpl_formats(label.zpl)) == 3
    assert [package.package_id for package in label.packages] == [
        "shop-1001-1-p1",
        "shop-1001-1-p2",
        "shop-1001-1-p3",
    ]


async def test_pdf_and_zpl_carry_the_same_code_for_the_scanner(
    carrier: CarrierGateway,
) -> None:
    request = a_request(parcels=(a_parcel(1), a_parcel(2)))

    label = await carrier.buy(request, "shop-1001-1:label:1")

    on_paper = [scan(page) for page in pages(label.pdf)]
    printed = [scan(print_zpl(one)) for one in zpl_formats(label.zpl)]
    assert on_paper == printed


async def test_a_void_before_the_purchase_is_harmless_and_repeatable(
    carrier: CarrierGateway,
) -> None:
    await carrier.void(None, "never-bought:label:1")
    await carrier.void(None, "never-bought:label:1")

    assert await carrier.find_label("never-bought:label:1") is None


async def test_a_number_nobody_knows_has_no_events(carrier: CarrierGateway) -> None:
    assert await carrier.track("000000000000000000") == ()


async def test_a_good_address_is_not_refused(carrier: CarrierGateway) -> None:
    verdict = await carrier.check_address(an_address())

    assert verdict.result is not AddressResult.REFUSED


async def test_letters_of_any_script_make_a_label(carrier: CarrierGateway) -> None:
    address = an_address(name="山田 太郎 🚚", street="улица Ленина 5", city="Łódź")

    label = await carrier.buy(a_request(ship_to=address), "shop-1001-1:label:1")

    assert scan(pages(label.pdf)[0]).text


def test_a_carrier_nobody_ships_is_refused_by_name(carrier_file: Path) -> None:
    with pytest.raises(ValueError, match="carrier: one of simulator, manual"):
        build_carrier("pigeon", carrier_file)
