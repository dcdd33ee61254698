"""The demo while it runs: robots, screen, keys, and the task that is left for you."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console

from cli.demo_history import DemoHistory
from cli.demo_keys import keys
from cli.demo_options import DemoOptions, DemoResult
from cli.demo_screen import ClockText, DemoScreen, split_in_words, stages_of
from cli.demo_troubles import TroubleMaker
from cli.machinery import DEFAULT_PORT, program
from cli.running import RunningSystem
from domain.errors import TemporaryError
from domain.identity import order_id_of
from domain.orders.status import OrderStatus
from domain.policy import FulfillmentPolicy
from gateways.carrier.simulator.gateway import CarrierSimulator, SimulatorOptions
from gateways.runs.temporal_runs import TemporalRuns
from operations.open_work import OpenWork
from operations.shop import open_shop
from persistence.database import Database
from simulation.carrier import SECONDS_TO_HOURS, RobotCarrier
from simulation.habits import Habits
from simulation.history_sample import leave_live_orders_out
from simulation.left_for_person import LeftForPerson
from simulation.order_stream import OrderStream, StreamTerms
from simulation.sample_orders import FIRST_NUMBER, SOURCE, SampleOrders
from simulation.sample_shop import furnish
from simulation.staff import RobotStaff

LOOK_SECONDS = 0.4
SECONDS_BETWEEN_ORDERS = 2.0
FIRST_ORDER = order_id_of(SOURCE, str(FIRST_NUMBER))
KEYS = (
    "Keys  [bold]k[/] kill the worker   [bold]c[/] carrier down, and back   "
    "[bold]s[/] empty a bin   [bold]Ctrl-C[/] end; the data stay"
)


def _habits(options: DemoOptions) -> Habits:
    return Habits(
        seed=options.seed,
        speed=options.speed,
        short_rate=0.04,
        damaged_rate=0.03,
        miscount_rate=0.08,
    )


class Demo:
    """One run of the demo on a running system."""

    def __init__(
        self, system: RunningSystem, options: DemoOptions, policy: FulfillmentPolicy
    ) -> None:
        """Lay out robots and screen; nothing moves yet."""
        self._system = system
        self._options = options
        self._began = time.monotonic()
        self._screen = DemoScreen(Console(stderr=True, highlight=False), ClockText())
        self._database = Database(system.machinery.database_url)
        self._shop = open_shop(
            self._database,
            TemporalRuns(system.client),
            policy=policy,
            clock=system.machinery.clock,
        )
        self._has_split = False
        self._left = LeftForPerson(is_wanted=options.leave_task)
        said = self._screen.said
        self._simulator = CarrierSimulator(
            system.machinery.var_directory / "carrier.db",
            SimulatorOptions(seed=options.seed, speed=SECONDS_TO_HOURS * options.speed),
            system.machinery.clock,
        )
        self._staff = RobotStaff(
            self._shop,
            _habits(options),
            say=said,
            is_left_alone=self._left.is_left_alone,
        )
        self._carrier = RobotCarrier(self._shop, self._simulator, say=said)
        self._stream = OrderStream(
            self._shop,
            SampleOrders(seed=options.seed),
            StreamTerms(
                orders=options.orders,
                seconds_between=SECONDS_BETWEEN_ORDERS / options.speed,
            ),
            say=said,
        )
        self._history = DemoHistory(
            self._shop,
            self._stream,
            system.machinery.var_directory,
            lambda told: self._screen.tell(told, "bold cyan"),
        )

    async def run(self, stop: asyncio.Event) -> DemoResult:
        """Run until told to stop, or until every order has ended."""
        await asyncio.to_thread(furnish, self._shop)
        await asyncio.to_thread(leave_live_orders_out, self._shop)
        # An earlier run may have ended with the carrier down.
        await asyncio.to_thread(self._carrier.come_back)
        self._began = time.monotonic()
        self._explain()
        try:
            async with self._robots() as robots:
                await self._watch(stop, robots)
        finally:
            self._screen.close()
            result = await asyncio.to_thread(self._result)
            self._simulator.close()
            self._database.close()
        return result

    def worker_ended(self, status: int) -> None:
        """Tell that the worker died and is started again."""
        self._screen.tell(f"the worker ended ({status}) and is started again")

    @asynccontextmanager
    async def _robots(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        troubles = TroubleMaker(
            system=self._system,
            staff=self._staff,
            carrier=self._carrier,
            screen=self._screen,
            look=self._shop.open_work,
            left_alone=self._left.keys,
        )
        parts = (self._staff, self._carrier, self._stream)
        with keys(troubles.press) as has_keys:
            self._screen.board.keys = KEYS if has_keys else ""
            self._screen.open()
            running = [asyncio.create_task(part.run()) for part in parts]
            past = asyncio.create_task(self._history.run())
            try:
                yield [*running, past]
            finally:
                self._history.end()
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, past, return_exceptions=True)
                await troubles.close()

    async def _watch(
        self, stop: asyncio.Event, robots: list[asyncio.Task[None]]
    ) -> None:
        while not stop.is_set():
            self._system.server.refuse_if_ended()
            for robot in robots:
                if robot.done():
                    robot.result()
            with contextlib.suppress(TemporaryError):
                await self._show_split()
                if await self._look():
                    return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)

    async def _look(self) -> bool:
        """Look at the shop once; return whether this run is done."""
        work = await asyncio.to_thread(self._shop.open_work)
        ended = await asyncio.to_thread(self._shop.outcomes, self._stream.placed)
        held = {one.order_id for one in work.holds}
        self._screen.board.stages = stages_of(work, ended.values(), held)
        self._leave_a_task(work)
        is_done = self._stream.is_done and len(ended) == len(self._stream.placed)
        return is_done and self._options.until_done

    async def _show_split(self) -> None:
        """Tell once why an order goes out from several warehouses."""
        if self._has_split or not self._stream.placed:
            return
        found = await asyncio.to_thread(self._shop.first_split, self._stream.placed)
        if found is not None:
            self._has_split = True
            command = f"{program()} source explain {found.order_id}"
            self._screen.board.commands += (("", command),)
            self._screen.tell(split_in_words(found, command), "bold cyan")

    def _leave_a_task(self, work: OpenWork) -> None:
        before = self._left.task
        task = self._left.choose(work)
        if before is not None and (
            task is None or task.pick_task_id != before.pick_task_id
        ):
            self._screen.tell(f"{before.order_id} is picked: thank you", "bold green")
        if task is None:
            self._screen.board.task = None
            return
        stops = ", ".join(
            f"{stop.quantity} {stop.sku} at {stop.location_id}" for stop in task.lines
        )
        command = (
            f"{program()} pick confirm {task.shipment_id} --all --actor picker:you"
        )
        if before is None or before.pick_task_id != task.pick_task_id:
            what = f"YOUR TURN: no robot picks {task.order_id} ({stops}). Do it:"
            self._screen.tell(f"{what}\n  {command}", "bold green")
        self._screen.board.task = (f"pick {task.order_id}: {stops}", command)

    def _explain(self) -> None:
        server, name = self._system.server, program()
        board = self._screen.board
        board.ui_address = (
            f"{server.ui_address}/namespaces/{server.namespace}/workflows"
            if server.ui_address
            else f"a Temporal UI of {server.address}"
        )
        board.commands = (
            ("Try", f"{name} order list"),
            ("", f"{name} order timeline {FIRST_ORDER}"),
            ("", f"{name} exception list"),
            ("", f"{name} doctor --deep"),
        )
        self._screen.tell(
            "Customers order; robots pick, pack and hand over; a carrier delivers.\n"
            "Each order is one durable run; look into them at\n"
            f"  {board.ui_address}",
            "bold",
        )
        if server.address != f"127.0.0.1:{DEFAULT_PORT}":
            self._screen.tell(
                "For commands in another terminal: "
                f"export TEMPORAL_ADDRESS={server.address}"
            )
        if not self._screen.is_live:
            for _, command in board.commands:
                self._screen.tell(f"  {command}", "none")

    def _result(self) -> DemoResult:
        placed = self._stream.placed
        ended = list(self._shop.outcomes(placed).values())
        delivered = ended.count(OrderStatus.DELIVERED)
        cancelled = ended.count(OrderStatus.CANCELLED)
        return DemoResult(
            placed=len(placed),
            delivered=delivered,
            cancelled=cancelled,
            other=len(placed) - delivered - cancelled,
            seconds=time.monotonic() - self._began,
        )
