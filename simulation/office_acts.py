"""What robots of the office do: holds, exceptions, refunds, and customers' wishes."""

from __future__ import annotations

from domain.exceptions import ExceptionKind
from domain.policy import HoldKind, MissingAct
from domain.tracking import Milestone
from messages.names import UpdateName
from messages.order_messages import (
    CancelOrder,
    ConfirmRefund,
    Message,
    ReleaseHold,
    ResolveException,
)
from operations.open_work import HoldWork
from operations.queries.exceptions import ExceptionRow
from operations.queries.refunds import RefundRow
from operations.shop import Shop
from simulation.habits import Habits
from simulation.messenger import tell, until_answered
from simulation.places import valid_address
from simulation.said import Listener, Mood, Said

# Holds whose cause the office cannot mend: the order is cancelled.
_CANCELLED_FOR = frozenset({HoldKind.DUPLICATE, HoldKind.KNOWN_SKU})
_ENDS_A_JOURNEY = (Milestone.LOST, Milestone.RETURNED, Milestone.DAMAGED)
# What customers answer who are asked about missing goods, and how often.
_CHOICES = (MissingAct.SHIP_AVAILABLE, MissingAct.WAIT_FOR_ALL, MissingAct.CANCEL_REST)
_HOW_OFTEN = (6, 3, 1)


class OfficeActs:
    """The acts of the office, and of customers who call it."""

    def __init__(self, shop: Shop, habits: Habits, say: Listener) -> None:
        """Act in this shop."""
        self._shop = shop
        self._habits = habits
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
            resolution=self._resolution(asked),
        )
        await self._resolve(message, asked.order_id)
        told = f"resolved {asked.kind} as {message.resolution}: {asked.cause}"
        self._tell_watchers(actor, told, asked.order_id)

    async def refund(self, due: RefundRow, actor: str, message_id: str) -> None:
        """Say that the money went back."""
        message = ConfirmRefund(
            message_id=message_id, actor=actor, refund_id=due.refund_id
        )
        await self._tell(due.order_id, UpdateName.CONFIRM_REFUND, message)
        self._tell_watchers(actor, f"confirmed refund {due.refund_id}", due.order_id)

    async def cancel(self, order_id: str, actor: str) -> None:
        """Say that the customer wants the order no more."""
        message = CancelOrder(
            message_id=f"{actor}:{order_id}", actor=actor, reason="customer"
        )
        self._tell_watchers(actor, "wants to cancel", order_id)
        await self._tell(order_id, UpdateName.CANCEL_ORDER, message)

    def _resolution(self, asked: ExceptionRow) -> str:
        if asked.kind == ExceptionKind.CUSTOMER_CHOICE:
            luck = self._habits.luck("choice", asked.exception_id)
            return luck.choices(_CHOICES, _HOW_OFTEN)[0]
        return "closed" if _is_final(asked) else "done"

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
