"""The sample shop as a whole running system, with robots at high speed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import ROOT, WorkerProcess, running
from benchmarks.shop import DatabaseKind, shop_database
from benchmarks.system import dev_server, worker_environment
from benchmarks.worker_process import OURS
from config.policy import load_policy
from config.temporal import Target, connect
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from gateways.runs.temporal_runs import TemporalRuns
from operations.shop import Shop, open_shop
from persistence.database import Database
from persistence.migrations import upgrade
from simulation.carrier import SECONDS_TO_HOURS, RobotCarrier
from simulation.habits import Habits, Role
from simulation.sample_shop import furnish, sample_policy
from simulation.staff import RobotStaff
from worker import now

SPEED = 20.0
PEOPLE: Mapping[Role, int] = {
    Role.PICKER: 8,
    Role.PACKER: 6,
    Role.CLERK: 4,
    Role.OFFICE: 4,
    Role.STOCK: 3,
    Role.MANAGER: 1,
    Role.CUSTOMER: 2,
}
# Reading all that waits takes a share of a core.
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyRates:
    """How often something goes wrong: of pick stops, and of orders."""

    seed: int
    shorts: float
    damaged: float
    cancels: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyTown:
    """The running system and its robots; they work while `staff.run` does."""

    shop: Shop
    store: Database
    worker: WorkerProcess
    staff: RobotStaff
    carrier: RobotCarrier
    environment: Mapping[str, str]

    async def kill_worker(self, seconds_down: float) -> None:
        """Kill the worker and start another."""
        await self.worker.kill()
        await asyncio.sleep(seconds_down)
        await self.worker.start()

    async def doctor(self) -> list[str]:
        """Return what `orderwright doctor --deep` finds, a line each."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli.main",
            "doctor",
            "--deep",
            "--json",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **self.environment},
        )
        try:
            told, words = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        if not told:
            raise RuntimeError(f"the doctor said nothing: {words.decode()[-2000:]}")
        return [
            f"{found['check']}: {row}"
            for found in json.loads(told)["findings"]
            if not found["is_ok"]
            for row in (found["rows"] or [found["text"]])
        ]


@asynccontextmanager
async def busy_town(kind: DatabaseKind, rates: BusyRates) -> AsyncIterator[BusyTown]:
    """Have the sample shop with its server and worker for as long as this lasts."""
    with (
        tempfile.TemporaryDirectory(prefix="orderwright-busy-") as name,
        sample_policy() as policy_file,
        shop_database(kind, Path(name), prepare=upgrade) as database,
    ):
        directory = Path(name)
        async with dev_server(directory) as server:
            environment = {
                **worker_environment(server, database.url, directory),
                "ORDERWRIGHT_POLICY_FILE": str(policy_file),
                "ORDERWRIGHT_CARRIER": "simulator",
                # The benchmark looks itself, at the end.
                "ORDERWRIGHT_AUDIT_EVERY": "off",
                "ORDERWRIGHT_KPI_REPORTS": "off",
            }
            worker = WorkerProcess(OURS, environment, directory / "worker.log")
            store = Database(database.url)
            simulator = CarrierSimulator(
                directory / "carrier.db",
                SimulatorOptions(seed=rates.seed, speed=SECONDS_TO_HOURS * SPEED),
                now,
            )
            client = await connect(Target(address=server.address))
            policy = load_policy(policy_file)
            shop = open_shop(store, TemporalRuns(client), policy=policy, clock=now)
            await asyncio.to_thread(furnish, shop)
            try:
                async with running(worker):
                    yield BusyTown(
                        shop=shop,
                        store=store,
                        worker=worker,
                        staff=RobotStaff(shop, habits_of(rates)),
                        carrier=RobotCarrier(shop, simulator),
                        environment=environment,
                    )
            finally:
                simulator.close()
                store.close()


def habits_of(rates: BusyRates) -> Habits:
    """Return how the robots work."""
    return Habits(
        seed=rates.seed,
        speed=SPEED,
        people=PEOPLE,
        short_rate=rates.shorts,
        damaged_rate=rates.damaged,
        cancel_rate=rates.cancels,
        look_seconds=LOOK_SECONDS,
    )
