"""What a run does: the story of one order, from capture to delivery.

The order is opened (captured, verified, allocated, released), people pick and pack it,
a carrier takes it, and it ends when every shipment has reached its door or the order is
cancelled. Messages are in `order_messages`; what they do to an order is in
`activities/steps`. The run decides what happens next, and by when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.order_steps import OrderSteps
    from domain.errors import Refused
    from domain.identity import workflow_id_of
    from domain.orders.status import OrderStatus
    from domain.shipments.status import ENDED, ShipmentStatus
    from messages import search_attributes
    from messages.fitting import refuse_if_unfit
    from messages.names import SignalName, UpdateName
    from messages.order_messages import ConfirmHandover, Message
    from messages.order_state import LabelState, OrderState, ShipmentState
    from messages.order_steps import (
        Answer,
        ApplyMessageInput,
        LabelOutcome,
        LabelRefusedInput,
        OpenOrderInput,
        OpenOrderResult,
        OrderInput,
        OrderResult,
        Outcome,
        StateInput,
        StepResult,
        UndoFailedInput,
    )
    from messages.reports import details_of
    from workflows.alarm import Alarm
    from workflows.labels import buy_label, void_label
    from workflows.policies import run_step

StepInput = TypeVar("StepInput")
_ASKS_CARRIER = frozenset({LabelState.WANTED, LabelState.VOID_WANTED})


class OrderRun:
    """What a run knows of its order, and what it does next."""

    def __init__(self, order: OrderInput) -> None:
        """Start empty; messages may arrive before the first step."""
        self._workflow_id = workflow.info().workflow_id
        self.state = OrderState(order_id=order.order_id, status_since=workflow.now())
        self._is_open = False
        # One lock: messages, due moments and labels change the state one at a time.
        self._lock = asyncio.Lock()
        self._seen: set[str] = set()
        # A state may hold messages this run has not seen: its worker died before the
        # server heard of them, or the run was started again.
        self._knows_all = True
        self._tended: dict[str, asyncio.Task[None]] = {}
        self._attention: str | None = None

    async def carry(self, order: OrderInput) -> OrderResult:
        """Carry the order to its end; on Temporal's cancel, undo what can be undone."""
        if self._workflow_id != workflow_id_of(order.order_id):
            wanted = workflow_id_of(order.order_id)
            raise _refused(f"the run of order {order.order_id} must have id {wanted}")
        story = asyncio.create_task(self._fulfill(order))
        try:
            await asyncio.shield(story)
        except asyncio.CancelledError:
            await workflow.wait_condition(lambda: self._is_open or story.done())
            if not story.done():
                async with self._lock:
                    await self._step(
                        OrderSteps.stop_order, self._now(), "undo what can be undone"
                    )
            await story
            if self.state.status is OrderStatus.CANCELLED:
                raise
        return self._result()

    async def _fulfill(self, order: OrderInput) -> None:
        await self._open(order)
        alarm = asyncio.create_task(Alarm(self._next_due, self._reach_due).watch())
        while not self._is_finished():
            self._tend_new_shipments()
            await workflow.wait_condition(
                lambda: self._is_finished() or self._has_new_shipments() or alarm.done()
            )
            if alarm.done():
                alarm.result()  # it ends only by an error, which ends the run
            await workflow.wait_condition(workflow.all_handlers_finished)
        for tended in self._tended.values():
            tended.result()

    async def _open(self, order: OrderInput) -> None:
        opened = await run_step(
            OrderSteps.open_order,
            OpenOrderInput(
                workflow_id=self._workflow_id,
                order_id=order.order_id,
                now=workflow.now(),
                document=order.document,
            ),
            summary=f"capture, verify, allocate, release {order.order_id}",
        )
        if not workflow.info().typed_search_attributes:
            workflow.upsert_search_attributes(_first_search_attributes(opened))
        self._take(opened.state)
        self._is_open = True

    def _next_due(self) -> Any:
        return self.state.next_due()

    async def _reach_due(self) -> None:
        async with self._lock:
            await self._step(OrderSteps.reach_due, self._now(), "something is due")

    def _is_finished(self) -> bool:
        return self.state.ended and all(t.done() for t in self._tended.values())

    def _has_new_shipments(self) -> bool:
        return any(s.shipment_id not in self._tended for s in self.state.shipments)

    def _tend_new_shipments(self) -> None:
        for shipment in self.state.shipments:
            if shipment.shipment_id not in self._tended:
                self._tended[shipment.shipment_id] = asyncio.create_task(
                    self._tend(shipment.shipment_id)
                )

    async def _tend(self, shipment_id: str) -> None:
        """See to one shipment's label until the shipment has ended."""

        def wants_attention() -> bool:
            shipment = self._shipment(shipment_id)
            return shipment.status in ENDED or shipment.label in _ASKS_CARRIER

        while True:
            await workflow.wait_condition(wants_attention)
            match self._shipment(shipment_id).label:
                case LabelState.WANTED:
                    await self._buy_label(self._shipment(shipment_id))
                case LabelState.VOID_WANTED:
                    await self._void_label(self._shipment(shipment_id))
                case _:
                    return

    async def _buy_label(self, asked: ShipmentState) -> None:
        label_round, revision = asked.label_round, self.state.revision
        result = await buy_label(self.state, asked)
        async with self._lock:
            shipment = self._shipment(asked.shipment_id)
            if (shipment.label, shipment.label_round) != (
                LabelState.WANTED,
                label_round,
            ):
                return  # cancelled, or sent elsewhere, while the carrier was asked
            if result.outcome is LabelOutcome.REFUSED:
                refused = LabelRefusedInput(
                    **dict(self._now()),
                    shipment_id=shipment.shipment_id,
                    reason=result.reason,
                )
                await self._step(OrderSteps.label_refused, refused, "ask a person")
                return
            shipment.label = LabelState.MADE
            shipment.tracking_number = result.tracking_number
            if self.state.revision != revision:
                # A step has meanwhile written the read model without the label.
                await self._save_state()
            self._take(self.state)

    async def _void_label(self, asked: ShipmentState) -> None:
        result = await void_label(self.state, asked)
        async with self._lock:
            self._shipment(asked.shipment_id).label = LabelState.VOIDED
            if result.outcome is LabelOutcome.VOIDED:
                await self._save_state()
                return
            failed = UndoFailedInput(
                **dict(self._now()),
                undo="void_label",
                shipment_id=asked.shipment_id,
                reason=result.reason,
            )
            await self._step(
                OrderSteps.undo_failed, failed, "hand the undo to a person"
            )

    def validate(self, name: UpdateName, message: Message) -> None:
        """Refuse early what cannot apply; the reducer checks again."""
        is_new = self._knows_all and message.message_id not in self._seen
        if self._is_open and is_new:
            try:
                refuse_if_unfit(self.state, name, message)
            except Refused as refusal:
                raise _refused(str(refusal)) from None

    async def update(self, name: UpdateName, message: Message) -> Answer:
        """Apply a message and return its answer; refused as `ApplicationError`."""
        self._seen.add(message.message_id)
        if isinstance(message, ConfirmHandover):
            await workflow.wait_condition(lambda: not self._waits_for_label(message))
        told = message.model_dump(mode="json")
        answer = await self._apply(name, told, is_signal=False)
        if answer is None or answer.outcome is Outcome.REFUSED:
            raise _refused(answer.text if answer else "the message had no answer")
        return answer

    async def signal(self, name: SignalName, payloads: tuple[object, ...]) -> None:
        """Apply a message whose sender does not wait."""
        # A signal has no sender to refuse: whatever its form, the reducer hears of it.
        payload = payloads[0] if len(payloads) == 1 else None
        if not isinstance(payload, dict):
            payload = f"{len(payloads)} payloads, not one object"
        elif "message_id" in payload:
            self._seen.add(str(payload["message_id"]))
        await self._apply(name, payload, is_signal=True)

    def _waits_for_label(self, message: ConfirmHandover) -> bool:
        """Say whether a hand-over has come before the carrier's answer."""
        return not self._is_open or any(
            shipment.label is LabelState.WANTED
            and shipment.status is ShipmentStatus.PACKED
            and message.shipment_id in (None, shipment.shipment_id)
            for shipment in self.state.shipments
        )

    async def _apply(
        self, name: UpdateName | SignalName, payload: object, *, is_signal: bool
    ) -> Answer | None:
        await workflow.wait_condition(lambda: self._is_open)
        async with self._lock:
            applied = ApplyMessageInput(
                **dict(self._now()), name=name, is_signal=is_signal, payload=payload
            )
            return await self._step(OrderSteps.apply_message, applied, name)

    async def _save_state(self) -> None:
        await self._step(OrderSteps.save_state, self._now(), "write the read model")

    def _now(self) -> StateInput:
        """Return what every step is given: whose run, when, and from which state."""
        return StateInput(
            workflow_id=self._workflow_id, now=workflow.now(), state=self.state
        )

    async def _step(
        self,
        step: Callable[[OrderSteps, StepInput], StepResult],
        argument: StepInput,
        summary: str,
    ) -> Answer | None:
        result = await run_step(step, argument, summary=summary)
        self._take(result.state)
        return result.answer

    def _take(self, state: OrderState) -> None:
        """Go on from a new state, and show it in the Temporal UI."""
        if state.revision > self.state.revision + 1:
            self._knows_all = False
        self.state = state
        reason = state.attention_reason()
        if reason != self._attention:
            self._attention = reason
            workflow.upsert_search_attributes(
                [
                    search_attributes.NEEDS_ATTENTION.value_set(reason is not None),
                    search_attributes.ATTENTION_REASON.value_set(reason or "none"),
                ]
            )
        workflow.set_current_details(details_of(state))

    def _shipment(self, shipment_id: str) -> ShipmentState:
        shipment = self.state.shipment(shipment_id)
        if shipment is None:
            raise LookupError(f"the run knows no shipment {shipment_id}")
        return shipment

    def _result(self) -> OrderResult:
        delivered = [
            s for s in self.state.shipments if s.status is ShipmentStatus.DELIVERED
        ]
        return OrderResult(
            order_id=self.state.order_id,
            status=self.state.status,
            delivered_shipments=len(delivered),
        )


def _refused(reason: str) -> ApplicationError:
    return ApplicationError(reason, type=Refused.__name__, non_retryable=True)


def _first_search_attributes(
    opened: OpenOrderResult,
) -> list[SearchAttributeUpdate[Any]]:
    return [
        search_attributes.SOURCE.value_set(opened.source),
        search_attributes.CHANNEL.value_set(opened.channel),
        search_attributes.SERVICE_LEVEL.value_set(opened.service_level),
        search_attributes.PLACED_AT.value_set(opened.placed_at),
    ]
