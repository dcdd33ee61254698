"""A process that buys one label when told to, for the race and kill tests."""

import asyncio
import sys
from pathlib import Path

from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from tests.gateways.carrier.builders import a_request


async def buy_when_told(path: Path, idempotency_key: str) -> None:
    """Open the carrier, wait for a line, buy, say the number, wait to be ended."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    carrier = CarrierSimulator(path, SimulatorOptions())
    label = await carrier.buy(a_request(), idempotency_key)
    sys.stdout.write(f"{label.tracking_number}\n")
    sys.stdout.flush()
    # The carrier stays open, so that a kill finds it in the middle of its work.
    await asyncio.to_thread(sys.stdin.readline)
    carrier.close()


if __name__ == "__main__":
    asyncio.run(buy_when_told(Path(sys.argv[1]), sys.argv[2]))
