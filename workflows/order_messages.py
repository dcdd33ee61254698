"""The messages of an order's run: fifteen updates, eight signals, two queries.

Every one goes to `_receive`; here are only their names, forms and courtesies.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

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


class OrderMessages:
    """The message interface that `OrderFulfillment` answers."""

    def _update(self, name: UpdateName, message: Message) -> Awaitable[Answer]:
        raise NotImplementedError

    def _signal(
        self, name: SignalName, payloads: tuple[object, ...]
    ) -> Awaitable[None]:
        raise NotImplementedError

    def _validate(self, name: UpdateName, message: Message) -> None:
        raise NotImplementedError

    @workflow.update(description=_form('"lines": [{"line_no": 1, "quantity": 2}]'))
    async def confirm_pick(self, message: ConfirmPick) -> Answer:
        """Take what a picker picked."""
        return await self._update(UpdateName.CONFIRM_PICK, message)

    @confirm_pick.validator
    def _confirm_pick_fits(self, message: ConfirmPick) -> None:
        self._validate(UpdateName.CONFIRM_PICK, message)

    @workflow.update(
        description=_form('"packages": [{"lines": [{"sku": "MUG", "quantity": 2}]}]')
    )
    async def confirm_pack(self, message: ConfirmPack) -> Answer:
        """Take what a packer counted."""
        return await self._update(UpdateName.CONFIRM_PACK, message)

    @confirm_pack.validator
    def _confirm_pack_fits(self, message: ConfirmPack) -> None:
        self._validate(UpdateName.CONFIRM_PACK, message)

    @workflow.update(description=_form('"tracking_number": "00340..."'))
    async def confirm_handover(self, message: ConfirmHandover) -> Answer:
        """Take the hand-over to the carrier."""
        return await self._update(UpdateName.CONFIRM_HANDOVER, message)

    @confirm_handover.validator
    def _confirm_handover_fits(self, message: ConfirmHandover) -> None:
        self._validate(UpdateName.CONFIRM_HANDOVER, message)

    @workflow.update(description=_form('"proof_reference": "pod-7"'))
    async def confirm_delivery(self, message: ConfirmDelivery) -> Answer:
        """Take a person's word of the delivery."""
        return await self._update(UpdateName.CONFIRM_DELIVERY, message)

    @confirm_delivery.validator
    def _confirm_delivery_fits(self, message: ConfirmDelivery) -> None:
        self._validate(UpdateName.CONFIRM_DELIVERY, message)

    @workflow.update(description=_form('"blocks": ["release"]'))
    async def place_hold(self, message: PlaceHold) -> Answer:
        """Hold the order."""
        return await self._update(UpdateName.PLACE_HOLD, message)

    @place_hold.validator
    def _place_hold_fits(self, message: PlaceHold) -> None:
        self._validate(UpdateName.PLACE_HOLD, message)

    @workflow.update(description=_form('"hold_id": "web-1001.h1"'))
    async def release_hold(self, message: ReleaseHold) -> Answer:
        """Release a hold."""
        return await self._update(UpdateName.RELEASE_HOLD, message)

    @release_hold.validator
    def _release_hold_fits(self, message: ReleaseHold) -> None:
        self._validate(UpdateName.RELEASE_HOLD, message)

    @workflow.update(description=_form('"exception_id": "web-1001.x1"'))
    async def resolve_exception(self, message: ResolveException) -> Answer:
        """Close an exception."""
        return await self._update(UpdateName.RESOLVE_EXCEPTION, message)

    @resolve_exception.validator
    def _resolve_exception_fits(self, message: ResolveException) -> None:
        self._validate(UpdateName.RESOLVE_EXCEPTION, message)

    @workflow.update(description=_form('"lines": [{"line_no": 1, "quantity": 1}]'))
    async def change_lines(self, message: ChangeLines) -> Answer:
        """Change the lines."""
        return await self._update(UpdateName.CHANGE_LINES, message)

    @change_lines.validator
    def _change_lines_fits(self, message: ChangeLines) -> None:
        self._validate(UpdateName.CHANGE_LINES, message)

    @workflow.update(description=_form('"address_id": "web-1001.2"'))
    async def change_ship_to(self, message: ChangeShipTo) -> Answer:
        """Change the address."""
        return await self._update(UpdateName.CHANGE_SHIP_TO, message)

    @change_ship_to.validator
    def _change_ship_to_fits(self, message: ChangeShipTo) -> None:
        self._validate(UpdateName.CHANGE_SHIP_TO, message)

    @workflow.update(description=_form('"reason": "customer"'))
    async def cancel_order(self, message: CancelOrder) -> Answer:
        """Cancel the order."""
        return await self._update(UpdateName.CANCEL_ORDER, message)

    @cancel_order.validator
    def _cancel_order_fits(self, message: CancelOrder) -> None:
        self._validate(UpdateName.CANCEL_ORDER, message)

    @workflow.update(description=_form('"shipment_id": "web-1001-1"'))
    async def confirm_put_back(self, message: ConfirmPutBack) -> Answer:
        """Take goods back."""
        return await self._update(UpdateName.CONFIRM_PUT_BACK, message)

    @confirm_put_back.validator
    def _confirm_put_back_fits(self, message: ConfirmPutBack) -> None:
        self._validate(UpdateName.CONFIRM_PUT_BACK, message)

    @workflow.update(description=_form('"refund_id": "web-1001.r1"'))
    async def confirm_refund(self, message: ConfirmRefund) -> Answer:
        """Take note of a refund."""
        return await self._update(UpdateName.CONFIRM_REFUND, message)

    @confirm_refund.validator
    def _confirm_refund_fits(self, message: ConfirmRefund) -> None:
        self._validate(UpdateName.CONFIRM_REFUND, message)

    @workflow.update(description=_form('"accept": true'))
    async def answer_floor_request(self, message: AnswerFloorRequest) -> Answer:
        """Take the floor's answer."""
        return await self._update(UpdateName.ANSWER_FLOOR_REQUEST, message)

    @answer_floor_request.validator
    def _answer_floor_request_fits(self, message: AnswerFloorRequest) -> None:
        self._validate(UpdateName.ANSWER_FLOOR_REQUEST, message)

    @workflow.update(description=_form('"shipment_id": "web-1001-1"'))
    async def release_shipment(self, message: ReleaseShipment) -> Answer:
        """Release a shipment."""
        return await self._update(UpdateName.RELEASE_SHIPMENT, message)

    @release_shipment.validator
    def _release_shipment_fits(self, message: ReleaseShipment) -> None:
        self._validate(UpdateName.RELEASE_SHIPMENT, message)

    @workflow.update(description=_form('"shipment_id": "web-1001-1"'))
    async def resource_shipment(self, message: ResourceShipment) -> Answer:
        """Source a shipment anew."""
        return await self._update(UpdateName.RESOURCE_SHIPMENT, message)

    @resource_shipment.validator
    def _resource_shipment_fits(self, message: ResourceShipment) -> None:
        self._validate(UpdateName.RESOURCE_SHIPMENT, message)

    @workflow.signal(description=_form('"lines": [{"line_no": 1, "quantity": 2}]'))
    async def pick_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_pick` from a sender that does not wait."""
        await self._signal(SignalName.PICK_CONFIRMED, payloads)

    @workflow.signal(
        description=_form('"packages": [{"lines": [{"sku": "MUG", "quantity": 2}]}]')
    )
    async def pack_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_pack` from a sender that does not wait."""
        await self._signal(SignalName.PACK_CONFIRMED, payloads)

    @workflow.signal(description=_form('"tracking_number": "00340..."'))
    async def handover_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_handover` from a sender that does not wait."""
        await self._signal(SignalName.HANDOVER_CONFIRMED, payloads)

    @workflow.signal(description=_form('"proof_reference": "pod-7"'))
    async def delivery_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_delivery` from a sender that does not wait."""
        await self._signal(SignalName.DELIVERY_CONFIRMED, payloads)

    @workflow.signal(description=_form('"shipment_id": "web-1001-1"'))
    async def put_back_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_put_back` from a sender that does not wait."""
        await self._signal(SignalName.PUT_BACK_CONFIRMED, payloads)

    @workflow.signal(description=_form('"refund_id": "web-1001.r1"'))
    async def refund_confirmed(self, *payloads: Any) -> None:
        """Take `confirm_refund` from a sender that does not wait."""
        await self._signal(SignalName.REFUND_CONFIRMED, payloads)

    @workflow.signal(
        description=_form(
            '"milestone": "in_transit", "occurred_at": "2026-01-31T09:00:00Z"'
        )
    )
    async def carrier_event(self, *payloads: Any) -> None:
        """Take a fact of the carrier."""
        await self._signal(SignalName.CARRIER_EVENT, payloads)

    @workflow.signal(description=_form('"skus": ["MUG"]'))
    async def stock_arrived(self, *payloads: Any) -> None:
        """Hear that stock is free."""
        await self._signal(SignalName.STOCK_ARRIVED, payloads)
