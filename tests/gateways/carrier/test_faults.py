"""Every fault of the simulated carrier: it strikes, it is counted, it can be undone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateways.carrier.errors import AddressRefused, CarrierUnavailable
from gateways.carrier.protocol import CarrierAddress
from gateways.carrier.simulator.faults import Fault, FaultBoard, FaultKind
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from gateways.carrier.simulator.store import SimulatorStore
from tests.gateways.carrier.builders import Clock, a_request, an_address

Call = Callable[[CarrierSimulator], Awaitable[object]]

EVERY_CALL: dict[str, Call] = {
    "check_address": lambda carrier: carrier.check_address(an_address()),
    "rates": lambda carrier: carrier.rates(a_request()),
    "buy": lambda carrier: carrier.buy(a_request(), "key"),
    "find_label": lambda carrier: carrier.find_label("key"),
    "void": lambda carrier: carrier.void(None, "key"),
    "track": lambda carrier: carrier.track("number"),
}


@pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL)
async def test_while_the_carrier_is_down_nothing_is_answered(
    simulator: CarrierSimulator, call: Call
) -> None:
    simulator.faults.switch_on(Fault(kind=FaultKind.DOWN))

    with pytest.raises(CarrierUnavailable, match="simulator is not available"):
        await call(simulator)

    simulator.faults.switch_off(FaultKind.DOWN)
    await call(simulator)


async def test_a_purchase_while_the_carrier_is_down_makes_no_label(
    simulator: CarrierSimulator,
) -> None:
    simulator.faults.switch_on(Fault(kind=FaultKind.DOWN, count=1))

    with pytest.raises(CarrierUnavailable):
        await simulator.buy(a_request(), "key")

    assert await simulator.find_label("key") is None


async def test_while_the_carrier_is_down_it_posts_nothing_and_loses_nothing(
    simulator: CarrierSimulator, clock: Clock
) -> None:
    label = await simulator.buy(a_request(), "key")
    await simulator.hand_over(str(label.tracking_number), clock.now)
    later = clock.advance(days=3)
    simulator.faults.switch_on(Fault(kind=FaultKind.DOWN))

    assert await simulator.due_postings(later) == ()

    simulator.faults.clear()
    assert len(await simulator.due_postings(later)) == 4


async def test_a_slow_carrier_answers_late_but_well(
    simulator: CarrierSimulator,
) -> None:
    simulator.faults.switch_on(Fault(kind=FaultKind.SLOW, seconds=0.2, count=1))

    began = time.monotonic()
    label = await simulator.buy(a_request(), "key")
    took = time.monotonic() - began

    assert took >= 0.2
    assert label.tracking_number is not None


async def test_a_slow_carrier_keeps_nobody_else_waiting(
    simulator: CarrierSimulator,
) -> None:
    simulator.faults.switch_on(Fault(kind=FaultKind.SLOW, seconds=30))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(simulator.buy(a_request(), "key"), timeout=0.1)

    simulator.faults.clear()
    assert await simulator.find_label("key") is None


@pytest.mark.parametrize(
    ("fault", "refused", "taken", "field"),
    [
        (
            Fault(kind=FaultKind.REFUSE_ADDRESS, country="FR"),
            an_address(country="FR", postcode="75001"),
            an_address(),
            "country",
        ),
        (
            Fault(kind=FaultKind.REFUSE_ADDRESS, postcode_pattern="101.."),
            an_address(postcode="10115"),
            an_address(postcode="20095"),
            "postcode",
        ),
        (
            Fault(kind=FaultKind.REFUSE_ADDRESS, country="FR", postcode_pattern="1.*"),
            an_address(country="FR", postcode="10115"),
            an_address(country="DE", postcode="10115"),
            "postcode",
        ),
    ],
)
async def test_an_address_is_refused_by_country_and_postcode(
    simulator: CarrierSimulator,
    fault: Fault,
    refused: CarrierAddress,
    taken: CarrierAddress,
    field: str,
) -> None:
    simulator.faults.switch_on(fault)

    with pytest.raises(AddressRefused, match=f"{field} is not served"):
        await simulator.buy(a_request(ship_to=refused), "refused")

    await simulator.buy(a_request(ship_to=taken), "taken")
    verdict = await simulator.check_address(refused)
    assert (verdict.result, verdict.field) == ("refused", field)


async def test_a_label_bought_before_is_given_though_its_address_is_now_refused(
    simulator: CarrierSimulator,
) -> None:
    bought = await simulator.buy(a_request(), "key")
    simulator.faults.switch_on(Fault(kind=FaultKind.REFUSE_ADDRESS))

    assert await simulator.buy(a_request(), "key") == bought


async def test_a_counted_fault_strikes_that_often_and_is_gone(
    simulator: CarrierSimulator,
) -> None:
    simulator.faults.switch_on(Fault(kind=FaultKind.DOWN, count=2))

    for _ in range(2):
        with pytest.raises(CarrierUnavailable):
            await simulator.find_label("key")

    assert await simulator.find_label("key") is None
    assert simulator.faults.switched_on() == ()


def test_a_rate_strikes_about_that_often_and_the_seed_says_when(
    tmp_path: Path,
) -> None:
    def strikes(name: str, seed: int) -> list[bool]:
        store = SimulatorStore(tmp_path / name)
        board = FaultBoard(store, seed=seed)
        board.switch_on(Fault(kind=FaultKind.DOWN, rate=0.3))
        drawn = [bool(board.strike((FaultKind.DOWN,))) for _ in range(200)]
        store.close()
        return drawn

    first = strikes("first.db", seed=1)

    assert 40 <= sum(first) <= 80
    assert strikes("again.db", seed=1) == first
    assert strikes("other.db", seed=2) != first


async def test_another_process_switches_faults_on_and_off(
    simulator: CarrierSimulator, carrier_file: Path
) -> None:
    elsewhere = CarrierSimulator(carrier_file, SimulatorOptions())

    elsewhere.faults.switch_on(Fault(kind=FaultKind.DOWN))
    with pytest.raises(CarrierUnavailable):
        await simulator.rates(a_request())

    elsewhere.faults.clear()
    assert await simulator.rates(a_request())
    elsewhere.close()


def test_the_faults_that_are_on_are_listed_with_what_is_left(
    simulator: CarrierSimulator,
) -> None:
    refused = Fault(kind=FaultKind.REFUSE_ADDRESS, country="FR", rate=0.5)
    simulator.faults.switch_on(Fault(kind=FaultKind.DOWN, count=3))
    simulator.faults.switch_on(refused)

    simulator.faults.strike((FaultKind.DOWN,))

    assert simulator.faults.switched_on() == (
        Fault(kind=FaultKind.DOWN, count=2),
        refused,
    )


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"rate": 0.0}, "rate"),
        ({"rate": 1.1}, "rate"),
        ({"count": 0}, "count"),
        ({"seconds": -1.0}, "seconds"),
        ({"postcode_pattern": "("}, "postcode_pattern"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_field(
    settings: dict[str, float | str], field: str
) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        a_fault(settings)


def a_fault(settings: dict[str, float | str]) -> Fault:
    build: Callable[..., Fault] = Fault
    return build(kind=FaultKind.DOWN, **settings)
