"""The messages of an order's run: fifteen updates, eight signals, two queries.

Every one goes to the run; here are only their names, their forms, and the validators
that refuse an update early.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from messages.names import SignalName, UpdateName
    from messages.order_messages import (
        AnswerFloorRequest,
        CancelOrder,
        ChangeLines,
        ChangeShipTo,
        ConfirmDelivery,
        ConfirmHandover,
        ConfirmPack,
        ConfirmPick,
        ConfirmPutBack,
        ConfirmRefund,
        Message,
        PlaceHold,
        ReleaseHold,
        ReleaseShipment,
        ResolveException,
        ResourceShipment,
    )
    from messages.order_steps import Answer


def _form(fields: str) -> str:
    return f'{{"message_id": "scan-81", "actor": "picker:7", {fields}}}'


class Receiver(Protocol):
    """What answers the messages of a run."""

    async def update(self, name: UpdateName, message: Message) -> Answer:
        """Apply a message and return its answer."""

    async def signal(self, name: SignalName, payloads: tuple[object, ...]) -> None:
        """Apply a message whose sender does not wait."""

    def validate(self, name: UpdateName, message: Message) -> None:
        """Refuse early what cannot apply."""


class OrderMessages:
    """The message interface that `OrderFulfillment` answers."""

    _order: Receiver

    @workflow.update(description=_form('"lines": [{"line_no": 1, "quantity": 2}]'))
    async def confirm_pick(self, message: ConfirmPick) -> Answer:
        """Take what a picker picked."""
        return await self._order.update(UpdateName.CONFIRM_PICK, message)

    @workflow.update(
        description=_form('"packages": [{"lines": [{"sku": "MUG", "quantity": 2}]}]')
    )
    async def confirm_pack(self, message: ConfirmPack) -> Answer:
        """Take what a packer counted."""
        return await self._order.update(UpdateName.CONFIRM_PACK, message)

    @workflow.update(description=_form('"tracking_number": "00340..."'))
    async def confirm_handover(self, message: ConfirmHandover) -> Answer:
        """Take the hand-over to the carrier."""
        return await self._order.update(UpdateName.CONFIRM_HANDOVER, message)

    @workflow.update(description=_form('"proof_reference": "pod-7"'))
    async def confirm_delivery(self, message: ConfirmDelivery) -> Answer:
        """Take a person's word of the delivery."""
        return await self._order.update(UpdateName.CONFIRM_DELIVERY, message)

    @workflow.update(description=_form('"blocks": ["release"]'))
    async def place_hold(self, message: PlaceHold) -> Answer:
        """Hold the order."""
        return await self._order.update(UpdateName.PLACE_HOLD, message)

    @workflow.update(description=_form('"hold_id": "web-1001.h1"'))
    async def release_hold(self, message: ReleaseHold) -> Answer:
        """Release a hold."""
        return await self._order.update(UpdateName.RELEASE_HOLD, message)

    @workflow.update(description=_form('"exception_id": "web-1001.x1"'))
    async def resolve_exception(self, message: ResolveException) -> Answer:
        """Close an exception."""
        return await self._order.update(UpdateName.RESOLVE_EXCEPTION, message)

    @workflow.update(description=_form('"lines": [{"line_no": 1, "quantity": 1}]'))
    async def change_lines(self, message: ChangeLines) -> Answer:
        """Change the lines."""
        return await self._order.update(UpdateName.CHANGE_LINES, message)

    @workflow.update(description=_form('"address_id": "web-1001.2"'))
    async def change_ship_to(self, message: ChangeShipTo) -> Answer:
        """Change the address."""
        return await self._order.update(UpdateName.CHANGE_SHIP_TO, message)

    @workflow.update(description=_form('"reason": "customer"'))
    async def cancel_order(self, message: CancelOrder) -> Answer:
        """Cancel the order."""
        return await self._order.update(UpdateName.CANCEL_ORDER, message)

    @workflow.update(description=_form('"shipment_id": "web-1001-1"'))
    async def confirm_put_back(self, message: ConfirmPutBack) -> Answer:
        """Take goods back."""
        return await self._order.update(UpdateName.CONFIRM_PUT_BACK, message)

    @workflow.update(description=_form('"refund_id": "web-1001.r1"'))
    async def confirm_refund(self, message: ConfirmRefund) -> Answer:
        """Take note of a refund."""
        return await self._order.update(UpdateName.CONFIRM_REFUND, message)

    @workflow.update(description=_form('"accept": true'))
    async def answer_floor_request(self, message: AnswerFloorRequest) -> Answer:
        """Take the floor's answer."""
        return await self._order.update(UpdateName.ANSWER_FLOOR_REQUEST, message)

    @workflow.update(description=_form('"shipment_id": "web-1001-1"'))
    async def release_shipment(self, message: ReleaseShipment) -> Answer:
        """Release a shipment."""
        return await self._order.update(UpdateName.RELEASE_SHIPMENT, message)

    @workflow.update(description=_form('"shipment_id": "web-1001-1"'))
    async def resource_shipment(self, message: ResourceShipment) -> Answer:
        """Source a shipment anew."""
        return await self._order.update(UpdateName.RESOURCE_SHIPMENT, message)

    @workflow.signal(description=_form('"lines": [{"line_no": 1, "quantity": 2}]'))
    async def pick_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_pick` from a sender that does not wait."""
        await self._order.signal(SignalName.PICK_CONFIRMED, payloads)

    @workflow.signal(
        description=_form('"packages": [{"lines": [{"sku": "MUG", "quantity": 2}]}]')
    )
    async def pack_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_pack` from a sender that does not wait."""
        await self._order.signal(SignalName.PACK_CONFIRMED, payloads)

    @workflow.signal(description=_form('"tracking_number": "00340..."'))
    async def handover_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_handover` from a sender that does not wait."""
        await self._order.signal(SignalName.HANDOVER_CONFIRMED, payloads)

    @workflow.signal(description=_form('"proof_reference": "pod-7"'))
    async def delivery_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_delivery` from a sender that does not wait."""
        await self._order.signal(SignalName.DELIVERY_CONFIRMED, payloads)

    @workflow.signal(description=_form('"shipment_id": "web-1001-1"'))
    async def put_back_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_put_back` from a sender that does not wait."""
        await self._order.signal(SignalName.PUT_BACK_CONFIRMED, payloads)

    @workflow.signal(description=_form('"refund_id": "web-1001.r1"'))
    async def refund_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_refund` from a sender that does not wait."""
        await self._order.signal(SignalName.REFUND_CONFIRMED, payloads)

    @workflow.signal(
        description=_form(
            '"milestone": "in_transit", "occurred_at": "2026-01-31T09:00:00Z"'
        )
    )
    async def carrier_event(self, *payloads: Any) -> None:
        """Take a fact of the carrier."""
        await self._order.signal(SignalName.CARRIER_EVENT, payloads)

    @workflow.signal(description=_form('"skus": ["MUG"]'))
    async def stock_arrived(self, *payloads: Any) -> None:
        """Hear that stock is free."""
        await self._order.signal(SignalName.STOCK_ARRIVED, payloads)


def _validator(
    name: UpdateName, form: inspect.Signature
) -> Callable[[OrderMessages, Message], None]:
    def fits(self: OrderMessages, message: Message) -> None:
        self._order.validate(name, message)

    # Temporal compares the parameters of an update and of its validator.
    fits.__signature__ = form  # type: ignore[attr-defined]
    return fits


# Validators are no members of the class: the fewer it has, the faster a run begins.
for _name in UpdateName:
    _update = getattr(OrderMessages, _name)
    _update.__signature__ = inspect.signature(_update)
    _update.validator(_validator(_name, _update.__signature__))
