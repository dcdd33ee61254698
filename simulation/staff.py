"""Robot staff: several at work at once, each taking one job after the other."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

from domain.errors import BusinessError, TemporaryError
from domain.stock.counts import CountStatus
from operations.open_work import (
    CarrierWork,
    HoldWork,
    OpenWork,
    OwedUnits,
    PackWork,
)
from operations.queries.counts import CountTaskRow
from operations.queries.exceptions import ExceptionRow
from operations.queries.floor import OpenTask
from operations.queries.refunds import RefundRow
from operations.shop import Shop
from simulation.bins import RealBins
from simulation.customers import Customers
from simulation.floor_acts import FloorActs
from simulation.habits import Habits, Role
from simulation.jobs import CancelWish, Job, jobs_of
from simulation.messenger import RETRY_SECONDS
from simulation.office_acts import OfficeActs
from simulation.said import Listener, Mood, Said, nobody_listens
from simulation.stock_acts import StockActs

# Work that was refused, by a hold for example, is looked at again after this.
PAUSE_AFTER_REFUSAL = 2.0

IsLeftAlone = Callable[[Job], bool]


def leave_nothing(_: Job) -> bool:
    """Do every job."""
    return False


class RobotStaff:
    """Looks at what waits and does it; ends only when cancelled."""

    def __init__(
        self,
        shop: Shop,
        habits: Habits,
        *,
        say: Listener = nobody_listens,
        is_left_alone: IsLeftAlone = leave_nothing,
    ) -> None:
        """Work in this shop; jobs that are left alone are for a person."""
        self.bins = RealBins()
        self._shop = shop
        self._habits = habits
        self._say = say
        self._is_left_alone = is_left_alone
        self._floor = FloorActs(shop, habits, self.bins, say)
        self._office = OfficeActs(shop, habits, say)
        self._stock = StockActs(shop, self.bins, say)
        self._customers = Customers(habits)
        self._queues: dict[Role, asyncio.Queue[Job]] = {
            role: asyncio.Queue() for role in Role
        }
        self._taken: set[str] = set()
        # When a job may be looked at again; a look that began before is outdated.
        self._not_before: dict[str, float] = {}
        # A repeat of a job after a restart must not be taken for its first message.
        self._shift = uuid.uuid4().hex[:8]
        self._numbers = 0

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for role, count in self._habits.people.items():
                for number in range(1, count + 1):
                    group.create_task(self._work(role, f"{role}:{number}"))
            group.create_task(self._look_around())

    @property
    def cancels_asked(self) -> int:
        """How many customers wanted to cancel."""
        return self._customers.asked

    async def empty_bin(self, location_id: str) -> None:
        """Let the units of a bin vanish; the books do not know."""
        booked = await asyncio.to_thread(self._shop.on_hand, location_id)
        self.bins.empty(location_id, booked)

    async def _look_around(self) -> None:
        while True:
            began = time.monotonic()
            try:
                work = await asyncio.to_thread(self._shop.open_work)
            except TemporaryError as error:
                text = f"cannot see what waits: {error}"
                self._say(Said(who="staff", text=text, mood=Mood.WAITING))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._hand_out(work, began)
            await asyncio.sleep(self._seconds_between_looks)

    @property
    def _seconds_between_looks(self) -> float:
        return self._habits.look_seconds / min(self._habits.speed, 5)

    def _hand_out(self, work: OpenWork, began: float) -> None:
        for job in (*jobs_of(work), *self._customers.jobs(work)):
            if job.key in self._taken or self._is_left_alone(job):
                continue
            if began < self._not_before.get(job.key, 0.0):
                continue
            self._taken.add(job.key)
            self._queues[job.role].put_nowait(job)

    async def _work(self, role: Role, actor: str) -> None:
        while True:
            job = await self._queues[role].get()
            if job.not_for == actor:
                self._queues[role].put_nowait(job)
                await asyncio.sleep(self._seconds_between_looks)
                continue
            await asyncio.sleep(self._habits.delay(role, job.key))
            pause = 0.0
            try:
                # A person may have asked for it while it was on its way.
                if not self._is_left_alone(job):
                    await self._do(job, actor)
            except BusinessError as refusal:
                pause = PAUSE_AFTER_REFUSAL / self._habits.speed
                text = f"was refused: {refusal}"
                self._say(
                    Said(who=actor, text=text, order_id=job.order_id, mood=Mood.NOTABLE)
                )
            self._not_before[job.key] = time.monotonic() + pause
            self._taken.discard(job.key)

    async def _do(self, job: Job, actor: str) -> None:
        self._numbers += 1
        message_id = f"robot:{self._shift}:{self._numbers}"
        match job.work:
            case OpenTask() if job.key.startswith("put-back:"):
                await self._floor.put_back(job.work, actor, message_id)
            case OpenTask():
                await self._floor.pick(job.work, actor, message_id)
            case PackWork():
                await self._floor.pack(job.work, actor, message_id)
            case CarrierWork():
                await self._floor.hand_over(job.work, actor, message_id)
            case _:
                await self._do_in_office(job, actor, message_id)

    async def _do_in_office(self, job: Job, actor: str, message_id: str) -> None:
        match job.work:
            case HoldWork():
                await self._office.answer_hold(job.work, actor, message_id)
            case ExceptionRow():
                await self._office.resolve(job.work, actor, message_id)
            case RefundRow():
                await self._office.refund(job.work, actor, message_id)
            case CancelWish():
                await self._office.cancel(job.work.order_id, actor)
            case CountTaskRow() if job.work.status == CountStatus.APPROVAL:
                await self._stock.approve(job.work, actor, message_id)
            case CountTaskRow():
                await self._stock.count(job.work, actor, message_id)
            case OwedUnits():
                await self._stock.supply(job.work, actor)
