"""The design's bare run: messages, local activities, an activity, a timer, all empty.

It has the shape of an order's run without its work, so the difference between the two
is the price of what Orderwright does; the rest is Temporal's.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from benchmarks.bare_messages import (
        BARE_TYPE,
        BareMessage,
        BareStep,
        bare_label,
        bare_step,
    )

STEP_TIMEOUT = timedelta(seconds=10)
ALARM = timedelta(hours=4)


@workflow.defn(name=BARE_TYPE)
class BareOrder:
    """Five empty steps, three updates, one signal, one activity, one timer."""

    @workflow.init
    def __init__(self, order: BareStep) -> None:
        """Start empty; messages may arrive before the first step."""
        self._order_id = order.order_id
        self._lock = asyncio.Lock()
        self._is_open = False
        self._wants_label = False
        self._has_label = False
        self._is_delivered = False

    @workflow.run
    async def run(self, order: BareStep) -> BareMessage:
        """Wait for the messages, and for the label between them."""
        await self._step()
        self._is_open = True
        alarm = asyncio.create_task(workflow.sleep(ALARM, summary="due"))
        await workflow.wait_condition(lambda: self._wants_label)
        await workflow.execute_activity(
            bare_label,
            BareMessage(message_id=order.order_id),
            start_to_close_timeout=STEP_TIMEOUT,
            summary="buy the label",
        )
        self._has_label = True
        await workflow.wait_condition(lambda: self._is_delivered or alarm.done())
        await workflow.wait_condition(workflow.all_handlers_finished)
        return BareMessage(message_id=order.order_id)

    @workflow.update
    async def confirm_pick(self, message: BareMessage) -> BareMessage:
        """Take what a picker picked."""
        return await self._take(message)

    @confirm_pick.validator
    def _confirm_pick_fits(self, message: BareMessage) -> None:
        pass

    @workflow.update
    async def confirm_pack(self, message: BareMessage) -> BareMessage:
        """Take what a packer counted."""
        answer = await self._take(message)
        self._wants_label = True
        return answer

    @confirm_pack.validator
    def _confirm_pack_fits(self, message: BareMessage) -> None:
        pass

    @workflow.update
    async def confirm_handover(self, message: BareMessage) -> BareMessage:
        """Take the hand-over, once the label is there."""
        await workflow.wait_condition(lambda: self._has_label)
        return await self._take(message)

    @confirm_handover.validator
    def _confirm_handover_fits(self, message: BareMessage) -> None:
        pass

    @workflow.signal
    async def delivery_confirmed(self, message: BareMessage) -> None:
        """Take the delivery."""
        await self._take(message)
        self._is_delivered = True

    async def _take(self, message: BareMessage) -> BareMessage:
        await workflow.wait_condition(lambda: self._is_open)
        async with self._lock:
            await self._step()
        return message

    async def _step(self) -> None:
        await workflow.execute_local_activity(
            bare_step,
            BareStep(order_id=self._order_id),
            start_to_close_timeout=STEP_TIMEOUT,
            summary="nothing",
        )
