"""The simulated carrier as a gateway, and its own side: truck and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateways.carrier.errors import AddressRefused, CarrierRefused, CarrierUnavailable
from gateways.carrier.protocol import (
    AddressResult,
    AddressVerdict,
    CarrierAddress,
    CarrierEvent,
    Label,
    LabelRequest,
    Rate,
)
from gateways.carrier.simulator.addresses import judge_address
from gateways.carrier.simulator.events import EventLog, Posting
from gateways.carrier.simulator.faults import FaultBoard, FaultKind
from gateways.carrier.simulator.purchases import (
    CARRIER_NAME,
    Purchase,
    buy_label,
    find_label,
    void_label,
)
from gateways.carrier.simulator.rates import (
    TARIFFS,
    price,
    why_not_carried,
    zone_between,
)
from gateways.carrier.simulator.store import SimulatorStore

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """How the simulated carrier behaves.

    `speed` divides the delays of its journeys; `complete_addresses` makes it refuse an
    address without name, street, city or postcode, as a real carrier would.
    """

    seed: int = 0
    speed: float = 1.0
    complete_addresses: bool = False


class CarrierSimulator:
    """A `CarrierGateway`, and the carrier's own side: truck scans and webhooks."""

    def __init__(
        self, path: Path, options: SimulatorOptions, clock: Clock = utc_now
    ) -> None:
        """Open the carrier's file; every process opens its own simulator on it."""
        self._store = SimulatorStore(path)
        self._options = options
        self._clock = clock
        self.faults = FaultBoard(self._store, seed=options.seed)
        self._events = EventLog(
            self._store, self.faults, seed=options.seed, speed=options.speed
        )

    @property
    def name(self) -> str:
        """The carrier's name as it is stored and shown."""
        return CARRIER_NAME

    async def check_address(self, address: CarrierAddress) -> AddressVerdict:
        """Judge the fields that are given."""
        await self._answer()
        return await asyncio.to_thread(self._judge, address)

    async def rates(self, request: LabelRequest) -> tuple[Rate, ...]:
        """Price each service by zone and weight, cheapest first."""
        await self._answer()
        why_not = why_not_carried(request.parcels)
        if why_not is not None:
            raise CarrierRefused(CARRIER_NAME, why_not)
        zone = zone_between(request.ship_from.country, request.ship_to.country)
        found = (
            Rate(
                carrier=CARRIER_NAME,
                service=service,
                cost=price(tariffs[zone], request.parcels, request.currency),
                currency=request.currency,
                transit_days=tariffs[zone].transit_days,
            )
            for service, tariffs in TARIFFS.items()
        )
        return tuple(sorted(found, key=lambda rate: (rate.cost, rate.service)))

    async def buy(self, request: LabelRequest, idempotency_key: str) -> Label:
        """Sell a label once for each key."""
        await self._answer()
        return await asyncio.to_thread(self._buy, request, idempotency_key)

    async def find_label(self, idempotency_key: str) -> Label | None:
        """Give the valid label of a key, if one was sold."""
        await self._answer()
        return await self._find(idempotency_key)

    async def void(self, tracking_number: str | None, idempotency_key: str) -> None:
        """Take a label back; later purchases with its key are refused."""
        await self._answer()
        await asyncio.to_thread(
            void_label, self._store, tracking_number, idempotency_key, self._clock()
        )

    async def track(self, tracking_number: str) -> tuple[CarrierEvent, ...]:
        """Give what has happened so far, by the clock."""
        await self._answer()
        return await asyncio.to_thread(
            self._events.track, tracking_number, self._clock()
        )

    async def hand_over(self, tracking_number: str, at: datetime) -> None:
        """Let the truck take the shipment with this number; harmless when repeated.

        Raises:
            CarrierRefused: no valid label has the number.
        """
        await asyncio.to_thread(self._events.hand_over, tracking_number, at)

    async def due_postings(
        self, now: datetime, limit: int = 100
    ) -> tuple[Posting, ...]:
        """Give the webhooks to post now, in posting order; empty while it is down."""
        return await asyncio.to_thread(self._events.due_postings, now, limit)

    async def mark_posted(self, posting_id: int, at: datetime) -> None:
        """Note that the receiver took a webhook, so it is not posted again."""
        await asyncio.to_thread(self._events.mark_posted, posting_id, at)

    def close(self) -> None:
        """Close the carrier's file."""
        self._store.close()

    async def _find(self, idempotency_key: str) -> Label | None:
        return await asyncio.to_thread(find_label, self._store, idempotency_key)

    async def _answer(self) -> None:
        kinds = (FaultKind.SLOW, FaultKind.DOWN)
        strikes = await asyncio.to_thread(self.faults.strike, kinds)
        if slow := strikes.get(FaultKind.SLOW):
            await asyncio.sleep(slow.seconds)
        if FaultKind.DOWN in strikes:
            raise CarrierUnavailable(CARRIER_NAME, "no answer")

    def _buy(self, request: LabelRequest, idempotency_key: str) -> Label:
        # Asked again with a known key, the answer is the label, not a new judgement.
        if find_label(self._store, idempotency_key) is None:
            self._refuse_bad_address(request.ship_to)
        purchase = Purchase(
            idempotency_key=idempotency_key, request=request, at=self._clock()
        )
        label = buy_label(self._store, purchase)
        if self.faults.strike((FaultKind.LOST_REPLY,)):
            raise CarrierUnavailable(
                CARRIER_NAME, "the reply was lost; the label may exist"
            )
        return label

    def _judge(self, address: CarrierAddress) -> AddressVerdict:
        verdict = judge_address(address, complete=self._options.complete_addresses)
        if verdict.result is AddressResult.REFUSED:
            return verdict
        fault = self.faults.strike_address(address)
        if fault is None:
            return verdict
        field = "postcode" if fault.postcode_pattern is not None else "country"
        return AddressVerdict(
            result=AddressResult.REFUSED, field=field, reason="is not served"
        )

    def _refuse_bad_address(self, address: CarrierAddress) -> None:
        verdict = self._judge(address)
        if verdict.result is AddressResult.REFUSED:
            raise AddressRefused(
                CARRIER_NAME, verdict.field or "address", verdict.reason or "is refused"
            )
