"""One order from placement to delivered: ours, and the bare run's."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy

from benchmarks.bare_messages import BARE_QUEUE, BARE_TYPE, BareMessage, BareStep
from benchmarks.shop import article, document, policy_of
from domain.identity import workflow_id_of
from gateways.runs.temporal_runs import TemporalRuns
from messages.names import SignalName, UpdateName
from messages.order_messages import (
    ConfirmDelivery,
    ConfirmHandover,
    ConfirmPack,
    ConfirmPick,
    Message,
    PackedLine,
    PackedPackage,
    PickedLine,
)
from messages.order_steps import OrderResult
from operations.delivery import Delivery
from operations.orders import OrderOperations
from persistence.database import Database
from worker import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """What the floor and the carrier take before each message, in seconds."""

    pick: float = 0
    pack: float = 0
    hand_over: float = 0
    delivery: float = 0


STRAIGHT_THROUGH = Pauses()
PACED = Pauses(pick=2, pack=0.5, hand_over=3, delivery=12)


class Driver(Protocol):
    """Carries orders from placement to delivered."""

    async def carry(self, pauses: Pauses) -> str:
        """Carry one order to its end; return the id of its run."""


def floor_messages(order_id: str, sku: str) -> Mapping[UpdateName, Message]:
    """Return what the floor says of an order of one line, in order."""
    packed = PackedPackage(lines=(PackedLine(sku=sku, quantity=2),), weight_grams=700)
    return {
        UpdateName.CONFIRM_PICK: ConfirmPick(
            message_id=f"{order_id}.pick",
            actor="picker:7",
            lines=(PickedLine(line_no=1, quantity=2),),
        ),
        UpdateName.CONFIRM_PACK: ConfirmPack(
            message_id=f"{order_id}.pack", actor="packer:3", packages=(packed,)
        ),
        UpdateName.CONFIRM_HANDOVER: ConfirmHandover(
            message_id=f"{order_id}.handover", actor="packer:3"
        ),
    }


class OurDriver:
    """Uses the operations as the REST interface and the floor's pages do."""

    def __init__(self, client: Client, database: Database, unit: timedelta) -> None:
        """Place orders whose deadlines are 4, 4, 6 and 20 of these units."""
        self._client = client
        policy = policy_of(unit)
        self._delivery = Delivery(
            database=database, runs=TemporalRuns(client), policy=policy, clock=now
        )
        self._operations = OrderOperations(
            database=database, delivery=self._delivery, policy=policy, clock=now
        )
        self._numbers = itertools.count(1)
        self._unit = unit

    async def carry(self, pauses: Pauses) -> str:
        """Place an order, let it be picked, packed, handed over and delivered."""
        number = next(self._numbers) + _first_number(self._unit)
        placed = await self._operations.place(document(number))
        order_id = placed.order_id
        told = floor_messages(order_id, article(number)).items()
        waits = (pauses.pick, pauses.pack, pauses.hand_over)
        for (name, message), pause in zip(told, waits, strict=True):
            await _pause(pause)
            await self._operations.tell(order_id, name, message)
        await _pause(pauses.delivery)
        delivered = ConfirmDelivery(message_id=f"{order_id}.pod", actor="carrier")
        await self._delivery.send(
            order_id,
            SignalName.DELIVERY_CONFIRMED,
            delivered.model_dump(mode="json", exclude_none=True),
        )
        run = self._client.get_workflow_handle(
            workflow_id_of(order_id), result_type=OrderResult
        )
        result = await run.result()
        if result.status != "delivered":
            raise RuntimeError(f"{order_id} ended as {result.status}")
        return run.id


class BareDriver:
    """Sends the bare run the same messages by the same client."""

    def __init__(self, client: Client) -> None:
        """Start runs on the bare worker's queue."""
        self._client = client
        self._numbers = itertools.count(1)

    async def carry(self, pauses: Pauses) -> str:
        """Start a bare run and carry it to its end."""
        order_id = f"bare-{next(self._numbers)}"
        run = await self._client.start_workflow(
            BARE_TYPE,
            BareStep(order_id=order_id),
            id=order_id,
            task_queue=BARE_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary="1 line, standard, from bench by api",
            result_type=BareMessage,
        )
        for name, pause in (
            ("confirm_pick", pauses.pick),
            ("confirm_pack", pauses.pack),
            ("confirm_handover", pauses.hand_over),
        ):
            await _pause(pause)
            message_id = f"{order_id}.{name}"
            await run.execute_update(
                name,
                BareMessage(message_id=message_id),
                id=message_id,
                result_type=BareMessage,
            )
        await _pause(pauses.delivery)
        await run.signal(
            "delivery_confirmed", BareMessage(message_id=f"{order_id}.pod")
        )
        await run.result()
        return order_id


async def _pause(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


def _first_number(unit: timedelta) -> int:
    """Keep the numbers of two drivers on one database apart."""
    return int(unit.total_seconds()) * 1_000_000
