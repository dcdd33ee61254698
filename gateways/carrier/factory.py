"""Which carrier a setting names."""

from __future__ import annotations

from pathlib import Path

from gateways.carrier import manual
from gateways.carrier.manual import ManualCarrier
from gateways.carrier.protocol import CarrierGateway
from gateways.carrier.simulator import purchases
from gateways.carrier.simulator.gateway import (
    CarrierSimulator,
    Clock,
    SimulatorOptions,
    utc_now,
)

CARRIER_NAMES = (purchases.CARRIER_NAME, manual.CARRIER_NAME)


def build_carrier(
    name: str,
    store_path: Path,
    options: SimulatorOptions | None = None,
    clock: Clock = utc_now,
) -> CarrierGateway:
    """Build the carrier with this name; `store_path` is the simulator's own file.

    Raises:
        ValueError: no carrier has this name.
    """
    match name:
        case purchases.CARRIER_NAME:
            return CarrierSimulator(store_path, options or SimulatorOptions(), clock)
        case manual.CARRIER_NAME:
            return ManualCarrier(clock)
        case _:
            raise ValueError(f"carrier: one of {', '.join(CARRIER_NAMES)}")
