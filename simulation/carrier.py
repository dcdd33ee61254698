"""The robot carrier: its truck takes shipments, its computer reports the scans."""

from __future__ import annotations

import asyncio

from domain.errors import BusinessError, NotFound, TemporaryError
from domain.tracking import Milestone
from gateways.carrier.errors import CarrierRefused
from gateways.carrier.protocol import CarrierEvent as Scan
from gateways.carrier.simulator.events import Posting
from gateways.carrier.simulator.faults import Fault, FaultKind
from gateways.carrier.simulator.gateway import CarrierSimulator
from gateways.carrier.webhook import parse_webhook, webhook_body
from messages.order_messages import CarrierEvent
from operations.open_work import CarrierWork
from operations.shop import Shop
from simulation.messenger import RETRY_SECONDS
from simulation.said import Listener, Mood, Said, nobody_listens

LOOK_SECONDS = 0.3
AT_ONCE = 20
# Hours of a journey pass in seconds: a domestic package takes about six.
SECONDS_TO_HOURS = 17_400.0


class RobotCarrier:
    """Drives and reports until cancelled."""

    def __init__(
        self, shop: Shop, simulator: CarrierSimulator, *, say: Listener = nobody_listens
    ) -> None:
        """Serve this shop with this simulated carrier."""
        self._shop = shop
        self._simulator = simulator
        self._say = say
        self._on_truck: set[str] = set()

    async def run(self) -> None:
        """Take shipments and report scans until cancelled."""
        while True:
            try:
                await self.work_once()
            except TemporaryError as error:
                text = f"cannot reach the shop: {error}"
                self._say(Said(who=self._who, text=text, mood=Mood.WAITING))
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)

    async def work_once(self) -> None:
        """Take what was handed over, then report what has happened since."""
        if self.is_down:
            return
        work = await asyncio.to_thread(self._shop.open_work)
        for shipment in work.travelling:
            await self._take(shipment)
        await self._report()

    @property
    def is_down(self) -> bool:
        """Say whether the carrier answers nobody."""
        return self._simulator.faults.is_on(FaultKind.DOWN)

    def go_down(self) -> None:
        """Stop answering and reporting."""
        self._simulator.faults.switch_on(Fault(kind=FaultKind.DOWN))

    def come_back(self) -> None:
        """Answer and report again."""
        self._simulator.faults.switch_off(FaultKind.DOWN)

    @property
    def _who(self) -> str:
        return f"carrier:{self._simulator.name}"

    async def _take(self, shipment: CarrierWork) -> None:
        number = shipment.tracking_number
        is_ours = shipment.carrier == self._simulator.name
        if not is_ours or number is None or number in self._on_truck:
            return
        self._on_truck.add(number)
        try:
            await self._simulator.hand_over(number, self._shop.clock())
        except CarrierRefused as refusal:
            text = f"does not take {shipment.shipment_id}: {refusal}"
            self._say(
                Said(
                    who=self._who,
                    text=text,
                    order_id=shipment.order_id,
                    mood=Mood.NOTABLE,
                )
            )

    async def _report(self) -> None:
        due = await self._simulator.due_postings(self._shop.clock())
        by_number: dict[str, list[Posting]] = {}
        for posting in due:
            by_number.setdefault(posting.event.tracking_number, []).append(posting)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(postings: list[Posting]) -> None:
            async with gate:
                for posting in postings:
                    await self._post(posting)

        await asyncio.gather(*(one(postings) for postings in by_number.values()))

    async def _post(self, posting: Posting) -> None:
        scan = parse_webhook(webhook_body(posting.event))
        try:
            reported = await self._shop.carrier_events.report(_event(scan, self._who))
        except NotFound:
            # The shop has no such shipment, as after its data was deleted.
            order_id = None
        except BusinessError as refusal:
            order_id = None
            text = f"{scan.code} was refused: {refusal}"
            self._say(Said(who=self._who, text=text, mood=Mood.NOTABLE))
        else:
            order_id = reported.order_id
        await self._simulator.mark_posted(posting.posting_id, self._shop.clock())
        if order_id is not None:
            usual = scan.milestone is not Milestone.DELIVERED
            self._say(
                Said(
                    who=self._who,
                    text=scan.code.replace("_", " "),
                    order_id=order_id,
                    mood=Mood.USUAL if usual else Mood.NOTABLE,
                )
            )


def _event(scan: Scan, actor: str) -> CarrierEvent:
    return CarrierEvent(
        message_id=f"{actor}:{scan.event_id}",
        actor=actor,
        tracking_number=scan.tracking_number,
        milestone=scan.milestone,
        occurred_at=scan.occurred_at,
        event_id=scan.event_id,
        place=scan.place,
    )
