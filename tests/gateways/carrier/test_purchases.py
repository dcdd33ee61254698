"""One label for each purchase, whatever fails, and none that nobody wants."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.errors import BusinessError, TemporaryError
from gateways.carrier.errors import AddressRefused, CarrierRefused, CarrierUnavailable
from gateways.carrier.labels.barcodes import is_sscc
from gateways.carrier.protocol import Label
from gateways.carrier.simulator.faults import Fault, FaultKind
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from tests.gateways.carrier.builders import (
    Clock,
    a_parcel,
    a_request,
    an_address,
    pages,
    scan,
    text_of,
)

ROOT = Path(__file__).parents[3]
KEY = "shop-1001-1:label:1"


class Buyer:
    """A process that buys a label when told to."""

    def __init__(self, carrier_file: Path, key: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.gateways.carrier.buyer", carrier_file, key],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        assert self._read() == "ready"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def tracking_number(self) -> str:
        return self._read()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def buyers(carrier_file: Path, keys: tuple[str, ...]) -> Iterator[list[Buyer]]:
    started = [Buyer(carrier_file, key) for key in keys]
    try:
        for buyer in started:
            buyer.wait_until_ready()
        yield started
    finally:
        for buyer in started:
            buyer.kill()


async def test_every_package_gets_a_tracking_number_of_its_own(
    simulator: CarrierSimulator,
) -> None:
    numbers: list[str | None] = []
    for order in range(5):
        request = a_request(parcels=(a_parcel(1), a_parcel(2)))
        label = await simulator.buy(request, f"shop-{order}-1:label:1")
        assert label.tracking_number == label.packages[0].tracking_number
        numbers.extend(package.tracking_number for package in label.packages)

    assert len(set(numbers)) == 10
    assert all(number is not None and is_sscc(number) for number in numbers)


async def test_the_scanner_reads_each_packages_tracking_number(
    simulator: CarrierSimulator,
) -> None:
    label = await simulator.buy(a_request(parcels=(a_parcel(1), a_parcel(2))), KEY)

    read = [scan(page).text for page in pages(label.pdf)]

    assert read == [f"00{package.tracking_number}" for package in label.packages]


async def test_a_simulated_label_says_that_it_is_no_postage(
    simulator: CarrierSimulator,
) -> None:
    label = await simulator.buy(a_request(), KEY)

    assert "NOT VALID FOR POSTAGE" in text_of(label.pdf)
    assert "NOT VALID FOR POSTAGE" in label.zpl


async def test_a_lost_reply_leaves_a_label_that_the_retry_gets(
    simulator: CarrierSimulator,
) -> None:
    simulator.faults.switch_on(Fault(kind=FaultKind.LOST_REPLY, count=1))

    with pytest.raises(CarrierUnavailable, match="the label may exist"):
        await simulator.buy(a_request(), KEY)

    made = await simulator.find_label(KEY)
    retried = await simulator.buy(a_request(), KEY)
    assert made is not None
    assert retried == made


async def test_a_label_is_not_found_before_it_is_bought(
    simulator: CarrierSimulator,
) -> None:
    assert await simulator.find_label(KEY) is None


async def test_a_key_with_another_request_is_an_error(
    simulator: CarrierSimulator,
) -> None:
    await simulator.buy(a_request(), KEY)

    with pytest.raises(CarrierRefused, match="used for another request"):
        await simulator.buy(a_request(service="express"), KEY)


async def test_calls_at_one_moment_with_one_key_make_one_label(
    simulator: CarrierSimulator,
) -> None:
    labels = await asyncio.gather(*(simulator.buy(a_request(), KEY) for _ in range(8)))

    assert len({label.tracking_number for label in labels}) == 1


def test_processes_that_race_with_one_key_get_one_label(carrier_file: Path) -> None:
    with buyers(carrier_file, (KEY, KEY, KEY)) as processes:
        for process in processes:
            process.go()
        numbers = [process.tracking_number() for process in processes]

    assert len(set(numbers)) == 1
    assert is_sscc(numbers[0])


def test_processes_that_race_with_several_keys_get_several_labels(
    carrier_file: Path,
) -> None:
    with buyers(carrier_file, ("a-1:1", "b-1:1", "c-1:1")) as processes:
        for process in processes:
            process.go()
        numbers = [process.tracking_number() for process in processes]

    assert len(set(numbers)) == 3


def test_a_killed_process_loses_no_label(carrier_file: Path) -> None:
    with buyers(carrier_file, (KEY,)) as (process,):
        process.go()
        number = process.tracking_number()
        process.kill()

    label = bought_again(carrier_file)
    assert label.tracking_number == number


def bought_again(carrier_file: Path) -> Label:
    carrier = CarrierSimulator(carrier_file, SimulatorOptions())
    try:
        return asyncio.run(carrier.buy(a_request(), KEY))
    finally:
        carrier.close()


async def test_a_voided_label_is_gone_and_the_void_can_be_repeated(
    simulator: CarrierSimulator,
) -> None:
    label = await simulator.buy(a_request(), KEY)

    await simulator.void(label.tracking_number, KEY)
    await simulator.void(label.tracking_number, KEY)

    assert await simulator.find_label(KEY) is None


async def test_a_label_whose_reply_was_lost_is_voided_by_its_key(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    label = await simulator.buy(a_request(), KEY)

    await simulator.void(None, KEY)

    assert await simulator.find_label(KEY) is None
    with pytest.raises(CarrierRefused, match="was voided"):
        await simulator.hand_over(str(label.tracking_number), clock.now)


async def test_a_purchase_that_arrives_after_its_void_makes_no_label(
    simulator: CarrierSimulator,
) -> None:
    await simulator.void(None, KEY)

    with pytest.raises(CarrierRefused, match="voided before"):
        await simulator.buy(a_request(), KEY)


async def test_after_a_void_a_new_key_buys_a_new_label(
    simulator: CarrierSimulator,
) -> None:
    first = await simulator.buy(a_request(), KEY)
    await simulator.void(first.tracking_number, KEY)

    second = await simulator.buy(a_request(), "shop-1001-1:label:2")

    assert second.tracking_number != first.tracking_number


async def test_a_package_the_carrier_has_cannot_be_voided(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    label = await simulator.buy(a_request(), KEY)
    await simulator.hand_over(str(label.tracking_number), clock.now)

    with pytest.raises(CarrierRefused, match="already has the package"):
        await simulator.void(label.tracking_number, KEY)


async def test_a_void_cannot_take_another_orders_label(
    simulator: CarrierSimulator,
) -> None:
    other = await simulator.buy(a_request(), "shop-1002-1:label:1")

    with pytest.raises(CarrierRefused, match="belongs to another purchase"):
        await simulator.void(other.tracking_number, KEY)

    assert await simulator.find_label("shop-1002-1:label:1") == other


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"postcode": "SW1A 1AA"}, "postcode", "postcode is not valid for DE"),
        ({"country": "Germany"}, "country", "country is not a two-letter ISO 3166"),
    ],
)
async def test_a_wrong_address_is_refused_by_field_without_its_value(
    simulator: CarrierSimulator, changes: dict[str, str], field: str, text: str
) -> None:
    address = an_address(**changes)

    verdict = await simulator.check_address(address)
    with pytest.raises(AddressRefused, match=text) as refused:
        await simulator.buy(a_request(ship_to=address), KEY)

    assert verdict.field == refused.value.field == field
    assert changes[field] not in str(refused.value)
    assert str(refused.value).startswith("simulator refused the address: ")
    assert await simulator.find_label(KEY) is None


async def test_an_address_without_street_is_not_checked_but_carried(
    simulator: CarrierSimulator,
) -> None:
    address = an_address(name="", street="", city="", postcode="")

    verdict = await simulator.check_address(address)
    label = await simulator.buy(a_request(ship_to=address), KEY)

    assert (verdict.result, verdict.field) == ("not_checked", "name")
    assert label.tracking_number is not None


async def test_a_strict_carrier_refuses_an_address_without_street(
    carrier_file: Path, clock: Clock
) -> None:
    options = SimulatorOptions(complete_addresses=True)
    strict = CarrierSimulator(carrier_file, options, clock)

    with pytest.raises(AddressRefused, match="street is missing"):
        await strict.buy(a_request(ship_to=an_address(street=" ")), KEY)

    strict.close()


def test_refusals_are_business_and_silence_is_temporary() -> None:
    assert issubclass(AddressRefused, BusinessError)
    assert issubclass(CarrierRefused, BusinessError)
    assert issubclass(CarrierUnavailable, TemporaryError)
