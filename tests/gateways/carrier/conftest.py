"""One simulated carrier on a fresh file, with a clock that tests move."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from tests.gateways.carrier.builders import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def carrier_file(tmp_path: Path) -> Path:
    return tmp_path / "carrier.db"


@pytest.fixture
def simulator(carrier_file: Path, clock: Clock) -> Iterator[CarrierSimulator]:
    carrier = CarrierSimulator(carrier_file, SimulatorOptions(seed=7), clock)
    yield carrier
    carrier.close()
