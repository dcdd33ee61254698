"""What robots of the office do: holds, exceptions, refunds, and refilling of bins."""

from __future__ import annotations

import asyncio
import uuid

from domain.exceptions import ExceptionKind
from domain.policy import HoldKind
from domain.tracking import Milestone
from messages.names import UpdateName
from messages.order_messages import (
    CancelOrder,
    ConfirmRefund,
    Message,
    ReleaseHold,
    ResolveException,
)
from operations.open_work import HoldWork, OwedUnits, ShortBin
from operations.queries.exceptions import ExceptionRow
from operations.queries.refunds import RefundRow
from operations.shop import Shop
from simulation.bins import EmptiedBins
from simulation.messenger import tell, until_answered
from simulation.places import valid_address
from simulation.said import Listener, Mood, Said

# Holds whose cause the office cannot mend: the order is cancelled.
_CANCELLED_FOR = frozenset({HoldKind.DUPLICATE, HoldKind.KNOWN_SKU})
_ENDS_A_JOURNEY = (Milestone.LOST, Milestone.RETURNED, Milestone.DAMAGED)
_SUPPLY = 50


class OfficeActs:
    """The acts of the office and of the stock clerk."""

    def __init__(self, shop: Shop, bins: EmptiedBins, say: Listener) -> None:
        """Act in this shop."""
        self._shop = shop
        self._bins = bins
        self._say = say

    async def answer_hold(self, held: HoldWork, actor: str, message_id: str) -> None:
        """Release a hold whose cause can be mended; else cancel the order."""
        if held.kind in _CANCELLED_FOR:
            cancel = CancelOrder(message_id=message_id, actor=actor, reason=held.kind)
            await self._tell(held.order_id, UpdateName.CANCEL_ORDER, cancel)
            told = f"cancelled the order, held as {held.kind}"
        else:
            release = ReleaseHold(
                message_id=message_id, actor=actor, hold_id=held.hold_id
            )
            await self._tell(held.order_id, UpdateName.RELEASE_HOLD, release)
            told = f"checked and released hold {held.kind}"
        self._tell_watchers(actor, told, held.order_id)

    async def resolve(self, asked: ExceptionRow, actor: str, message_id: str) -> None:
        """Do what an exception asks for and close it."""
        if asked.kind == ExceptionKind.LABEL_REFUSED and asked.order_id:
            order_id = asked.order_id
            await until_answered(
                lambda: self._shop.orders.change_ship_to(
                    order_id, valid_address(), message_id=message_id, actor=actor
                ),
                who=actor,
                order_id=order_id,
                say=self._say,
            )
            self._tell_watchers(actor, "corrected the address", order_id)
            return
        message = ResolveException(
            message_id=message_id,
            actor=actor,
            exception_id=asked.exception_id,
            resolution="closed" if _is_final(asked) else "done",
        )
        await self._resolve(message, asked.order_id)
        told = f"resolved {asked.kind}: {asked.cause}"
        self._tell_watchers(actor, told, asked.order_id)

    async def refund(self, due: RefundRow, actor: str, message_id: str) -> None:
        """Say that the money went back."""
        message = ConfirmRefund(
            message_id=message_id, actor=actor, refund_id=due.refund_id
        )
        await self._tell(due.order_id, UpdateName.CONFIRM_REFUND, message)
        self._tell_watchers(actor, f"confirmed refund {due.refund_id}", due.order_id)

    async def count_bin(self, short: ShortBin, actor: str, message_id: str) -> None:
        """Refill a bin by what was missing in it, and close the question about it."""
        # Before the receipt: orders that wait for it may be picked at once.
        self._bins.refill(short.location_id)
        if short.missing > 0:
            await self._refill(
                short.sku,
                short.missing,
                actor,
                reference=f"count:{short.exception_id}",
                location_id=short.location_id,
            )
        message = ResolveException(
            message_id=message_id,
            actor=actor,
            exception_id=short.exception_id,
            resolution="counted",
        )
        await self._resolve(message, None)
        told = f"counted {short.location_id} and brought {short.missing} {short.sku}"
        self._tell_watchers(actor, told, None)

    async def supply(self, owed: OwedUnits, actor: str) -> None:
        """Bring new stock of an article that orders wait for."""
        units = owed.quantity + _SUPPLY
        place = await self._refill(
            owed.sku, units, actor, reference=f"supply:{uuid.uuid4().hex}"
        )
        told = (
            f"received {units} {owed.sku} into {place}; "
            f"{len(owed.order_ids)} orders waited for it"
        )
        self._tell_watchers(actor, told, None)

    async def _refill(
        self,
        sku: str,
        units: int,
        actor: str,
        *,
        reference: str,
        location_id: str | None = None,
    ) -> str:
        async def receive() -> str:
            return await asyncio.to_thread(
                self._shop.refill,
                sku,
                units,
                reference=reference,
                location_id=location_id,
            )

        return await until_answered(receive, who=actor, order_id=None, say=self._say)

    async def _resolve(self, message: ResolveException, order_id: str | None) -> None:
        await until_answered(
            lambda: self._shop.exceptions.resolve(message),
            who=message.actor,
            order_id=order_id,
            say=self._say,
        )

    async def _tell(self, order_id: str, name: UpdateName, message: Message) -> None:
        await tell(self._shop, order_id, name, message, self._say)

    def _tell_watchers(self, actor: str, text: str, order_id: str | None) -> None:
        self._say(Said(who=actor, text=text, order_id=order_id, mood=Mood.NOTABLE))


def _is_final(asked: ExceptionRow) -> bool:
    return asked.kind == ExceptionKind.DELIVERY_TROUBLE and any(
        milestone in asked.cause for milestone in _ENDS_A_JOURNEY
    )
