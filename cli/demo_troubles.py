"""The keys of the demo: each breaks something and tells when all have recovered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cli.demo_screen import DemoScreen
from cli.running import RunningSystem
from operations.open_work import OpenWork
from simulation.carrier import RobotCarrier
from simulation.staff import RobotStaff
from simulation.troubles import (
    EmptyBin,
    Trouble,
    busiest_bin,
    needing_a_worker,
    needing_the_carrier,
    orders_of_tasks,
)

LOOK_SECONDS = 0.25
KILL, CARRIER, BIN = "k", "c", "s"

Look = Callable[[], OpenWork]


class TroubleMaker:
    """Breaks things by key, one of each kind at a time."""

    def __init__(
        self,
        *,
        system: RunningSystem,
        staff: RobotStaff,
        carrier: RobotCarrier,
        screen: DemoScreen,
        look: Look,
        left_alone: Callable[[], frozenset[str]],
    ) -> None:
        """Break this system."""
        self._system = system
        self._staff = staff
        self._carrier = carrier
        self._screen = screen
        self._look = look
        self._left_alone = left_alone
        self._going_on: dict[str, asyncio.Task[None]] = {}
        self._carrier_is_back = asyncio.Event()

    def press(self, key: str) -> None:
        """Do what a key asks for; other keys do nothing."""
        if key == CARRIER and CARRIER in self._going_on:
            self._carrier_is_back.set()
            return
        if key in self._going_on:
            self._screen.tell("that is still going on")
            return
        acts = {KILL: self._kill, CARRIER: self._stop_carrier, BIN: self._empty_bin}
        act = acts.get(key)
        if act is not None:
            task = asyncio.create_task(act())
            self._going_on[key] = task
            task.add_done_callback(lambda _: self._end(key))

    async def close(self) -> None:
        """Leave nothing broken."""
        going_on = list(self._going_on.values())
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)
        self._carrier.come_back()

    def _end(self, key: str) -> None:
        self._going_on.pop(key, None)
        self._screen.board.troubles.pop(key, None)

    async def _kill(self) -> None:
        trouble = Trouble(name="worker")
        before = await self._looked()
        trouble.note(before, needing_a_worker(before, self._left_alone()))
        pid = self._system.worker.kill()
        if pid is None:
            self._screen.tell("the worker is just being started again")
            return
        self._screen.tell(
            f"KILLED the worker, process {pid}, with {len(trouble.hit)} orders in the "
            "middle of something.\n"
            "Watch: robots wait for answers; in the Temporal UI every run stays "
            "Running. A new worker starts in a second."
        )
        while not (
            self._system.worker.pid not in (None, pid)
            and await self._system.is_polling()
        ):
            self._show(KILL, f"worker down for {trouble.seconds:.1f} s")
            work = await self._looked()
            trouble.note(work, needing_a_worker(work, self._left_alone()))
            await asyncio.sleep(LOOK_SECONDS)
        trouble.mend(await self._looked())
        self._screen.tell(
            f"the worker is back as process {self._system.worker.pid} after "
            f"{trouble.seconds:.1f} s; it reads each run's history and goes on"
        )
        await self._until_over(KILL, trouble)
        self._screen.tell(
            f"RECOVERED: all {len(trouble.hit)} orders have moved on, "
            f"{trouble.seconds:.1f} s after the kill; no step was done twice"
        )

    async def _stop_carrier(self) -> None:
        trouble = Trouble(name="carrier")
        self._carrier_is_back.clear()
        await asyncio.to_thread(self._carrier.go_down)
        self._screen.tell(
            "The CARRIER IS DOWN: no labels, no scans. Press c to bring it back.\n"
            "Watch: picking and packing go on; packed orders wait for their label, and "
            "their runs show the attempts in the Temporal UI."
        )
        while not self._carrier_is_back.is_set():
            work = await self._looked()
            trouble.note(work, needing_the_carrier(work))
            told = f"carrier down for {trouble.seconds:.0f} s"
            self._show(CARRIER, f"{told}, {len(trouble.hit)} orders wait; c ends it")
            await asyncio.sleep(LOOK_SECONDS)
        await asyncio.to_thread(self._carrier.come_back)
        trouble.mend(await self._looked())
        self._screen.tell(
            "the carrier is back; labels are asked for again after the pause that each "
            "run has reached, at most a minute"
        )
        await self._until_over(CARRIER, trouble)
        self._screen.tell(
            f"RECOVERED: all {len(trouble.hit)} orders have moved on, "
            f"{trouble.seconds:.0f} s after the carrier went down; one label each"
        )

    async def _empty_bin(self) -> None:
        chosen = busiest_bin(await self._looked(), self._left_alone())
        if chosen is None:
            self._screen.tell("no robot is on the way to a bin; try again in a moment")
            return
        await self._staff.empty_bin(chosen)
        trouble = EmptyBin(
            name="bin", location_id=chosen, short_orders=self._staff.bins.short_orders
        )
        self._screen.tell(
            f"The units of BIN {chosen} HAVE VANISHED; the books do not know.\n"
            "Watch: a picker reports a short pick and goes on to another bin, or the "
            "customer is asked; two clerks count the bin blind, a manager approves a "
            "large difference, new stock comes, and the orders get their goods."
        )
        while self._staff.bins.is_empty(chosen) or not trouble.count:
            self._show(BIN, f"bin {chosen} is empty, {trouble.count} orders were short")
            await asyncio.sleep(LOOK_SECONDS)
        trouble.is_mended = True
        await self._until_over(BIN, trouble)
        told = "1 order is" if trouble.count == 1 else f"{trouble.count} orders are"
        self._screen.tell(
            f"RECOVERED: {told} owed nothing more, {trouble.seconds:.0f} s after bin "
            f"{chosen} was emptied"
        )

    async def _until_over(self, key: str, trouble: Trouble) -> None:
        while True:
            work = await self._looked()
            if trouble.is_over(work, orders_of_tasks(self._left_alone())):
                return
            waiting = trouble.still_waiting(work)
            told = f"not moved yet: {', '.join(waiting[:5])} ({len(waiting)} in all)"
            self._show(key, f"{trouble.name}: {told}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _looked(self) -> OpenWork:
        return await asyncio.to_thread(self._look)

    def _show(self, key: str, text: str) -> None:
        self._screen.board.troubles[key] = text
