"""What the simulated carrier charges, and what it does not carry."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.carrier.errors import CarrierRefused
from gateways.carrier.protocol import Parcel
from gateways.carrier.simulator.gateway import CarrierSimulator
from gateways.carrier.simulator.rates import TARIFFS, Zone, price, zone_between
from tests.gateways.carrier.builders import a_parcel, a_request, an_address

WEIGHTS = st.integers(min_value=1, max_value=31_500)
ZONES = st.sampled_from(Zone)
SERVICES = st.sampled_from(sorted(TARIFFS))


@given(service=SERVICES, zone=ZONES, one=WEIGHTS, other=WEIGHTS)
def test_a_heavier_package_never_costs_less(
    service: str, zone: Zone, one: int, other: int
) -> None:
    tariff = TARIFFS[service][zone]
    lighter, heavier = sorted((one, other))

    cheap = price(tariff, (a_parcel(weight_grams=lighter),), "EUR")
    dear = price(tariff, (a_parcel(weight_grams=heavier),), "EUR")

    assert cheap <= dear


@given(service=SERVICES, grams=WEIGHTS)
def test_further_away_costs_more(service: str, grams: int) -> None:
    parcels = (a_parcel(weight_grams=grams),)
    tariffs = TARIFFS[service]

    domestic, near, world = (price(tariffs[zone], parcels, "EUR") for zone in Zone)

    assert domestic < near < world


@pytest.mark.parametrize(
    ("origin", "destination", "zone"),
    [
        ("DE", "DE", Zone.DOMESTIC),
        ("US", "US", Zone.DOMESTIC),
        ("DE", "GB", Zone.NEAR),
        ("DE", "US", Zone.WORLD),
        ("US", "CA", Zone.WORLD),
    ],
)
def test_the_zone_follows_from_the_two_countries(
    origin: str, destination: str, zone: Zone
) -> None:
    assert zone_between(origin, destination) is zone


async def test_services_are_offered_cheapest_first(simulator: CarrierSimulator) -> None:
    rates = await simulator.rates(a_request())

    # 1240 g are three steps of 500 g: 3.90 + 3 x 0.25 and 9.90 + 3 x 0.55.
    assert [(rate.service, rate.cost) for rate in rates] == [
        ("standard", Decimal("4.65")),
        ("express", Decimal("11.55")),
    ]
    assert [rate.transit_days for rate in rates] == [2, 1]


async def test_the_label_costs_what_the_rate_said(simulator: CarrierSimulator) -> None:
    request = a_request(
        ship_to=an_address(country="US", postcode="62701"),
        parcels=(a_parcel(1, 700), a_parcel(2, 31_500)),
        service="express",
    )

    rates = await simulator.rates(request)
    label = await simulator.buy(request, "key")

    assert label.cost == next(r.cost for r in rates if r.service == "express")


async def test_a_large_light_package_is_billed_by_its_volume(
    simulator: CarrierSimulator,
) -> None:
    small = Parcel(package_id="p", weight_grams=300)
    large = replace(small, length_mm=600, width_mm=400, height_mm=400)

    cheap, *_ = await simulator.rates(a_request(parcels=(small,)))
    dear, *_ = await simulator.rates(a_request(parcels=(large,)))

    # 96 litres count as 19.2 kg: 39 steps.
    assert cheap.cost == Decimal("4.15")
    assert dear.cost == Decimal("13.65")


def test_a_currency_without_cents_is_billed_in_whole_units() -> None:
    tariff = TARIFFS["standard"][Zone.DOMESTIC]

    assert price(tariff, (a_parcel(),), "JPY") == Decimal(5)


@pytest.mark.parametrize(
    ("parcels", "reason"),
    [
        ((), "at least one package"),
        ((a_parcel(1), a_parcel(2, 31_501)), "package 2 is heavier than 31500 g"),
        ((a_parcel(1, 0),), "package 1 needs a weight above 0 g"),
    ],
)
async def test_what_is_not_carried_has_neither_rate_nor_label(
    simulator: CarrierSimulator, parcels: tuple[Parcel, ...], reason: str
) -> None:
    with pytest.raises(CarrierRefused, match=reason):
        await simulator.rates(a_request(parcels=parcels))
    with pytest.raises(CarrierRefused, match=reason):
        await simulator.buy(a_request(parcels=parcels), "key")


async def test_a_service_nobody_offers_is_refused(simulator: CarrierSimulator) -> None:
    with pytest.raises(CarrierRefused, match="service: one of express, standard"):
        await simulator.buy(a_request(service="by pigeon"), "key")
