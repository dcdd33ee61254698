"""The reducer: one handler for each message, whether it came as update or signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from activities.contact_checks import ContactChecks
from activities.steps.advancing import advance
from activities.steps.cancelling import (
    answer_floor_request,
    cancel_order,
    confirm_put_back,
)
from activities.steps.changing import change_lines, change_ship_to
from activities.steps.holding import place_hold
from activities.steps.mending import (
    release_and_source,
    release_shipment,
    resolve_exception,
    resource_shipment,
    stock_arrived,
)
from activities.steps.order_step import OrderStep
from activities.steps.packing import PackMismatch, confirm_pack
from activities.steps.picking import confirm_pick
from activities.steps.refunding import confirm_refund
from activities.steps.shipping import carrier_event, confirm_delivery, confirm_handover
from domain.events import EventKind
from messages.fitting import refuse_if_unfit
from messages.names import SignalName, UpdateName
from messages.order_document import invalid_input_of
from messages.order_messages import (
    MESSAGE_MODELS,
    AnswerFloorRequest,
    CancelOrder,
    CarrierEvent,
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
    StockArrived,
)
from messages.order_steps import Answer, Outcome

M = TypeVar("M", bound=Message)
Handled = str | PackMismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Reducer:
    """Applies one message to an order, then whatever follows by itself."""

    contacts: ContactChecks
    carrier: str

    def apply(self, step: OrderStep, name: str, message: Message) -> Answer:
        """Return the answer.

        Raises a business error when the message is refused; the transaction must then
        be rolled back, so that a refused message changes nothing.
        """
        refuse_if_unfit(step.state, name, message)
        handled = self._handle(step, name, message)
        if isinstance(handled, PackMismatch):
            return refuse(step, name, message, handled.text)
        advance(step, self.carrier)
        return _answer(step, message, Outcome.DONE, handled)

    def _handle(self, step: OrderStep, name: str, message: Message) -> Handled:
        if name in _HANDLERS:
            return _HANDLERS[name](step, message)
        if name in _SOURCING_HANDLERS:
            return _SOURCING_HANDLERS[name](step, message, self.carrier)
        match message:
            case ChangeLines():
                return change_lines(step, message, self.contacts)
            case ChangeShipTo():
                return change_ship_to(step, message, self.contacts)
            case StockArrived():
                return stock_arrived(step, message, self.contacts, self.carrier)
        raise LookupError(f"no handler for {name}")


def read_message(name: str, payload: object) -> Message:
    """Return the message of a payload; raise `InvalidInput` naming the field."""
    try:
        return MESSAGE_MODELS[name].model_validate(payload)
    except ValidationError as error:
        raise invalid_input_of(error) from None


def refuse(step: OrderStep, name: str, message: Message, reason: str) -> Answer:
    """Record that a message was refused, and say why."""
    step.record(
        EventKind.MESSAGE_REFUSED,
        name=name,
        message_id=message.message_id,
        reason=reason,
    )
    return _answer(step, message, Outcome.REFUSED, reason)


def _answer(step: OrderStep, message: Message, outcome: Outcome, text: str) -> Answer:
    return Answer(
        message_id=message.message_id,
        outcome=outcome,
        order_id=step.order_id,
        status=step.state.status,
        text=text,
    )


def _typed(
    model: type[M], handler: Callable[[OrderStep, M], Handled]
) -> Callable[[OrderStep, Message], Handled]:
    def handle(step: OrderStep, message: Message) -> Handled:
        if not isinstance(message, model):
            raise TypeError(f"{type(message).__name__} is not a {model.__name__}")
        return handler(step, message)

    return handle


def _typed_sourcing(
    model: type[M], handler: Callable[[OrderStep, M, str], Handled]
) -> Callable[[OrderStep, Message, str], Handled]:
    def handle(step: OrderStep, message: Message, carrier: str) -> Handled:
        return _typed(model, lambda s, told: handler(s, told, carrier))(step, message)

    return handle


_HANDLERS: dict[str, Callable[[OrderStep, Message], Handled]] = {
    UpdateName.CONFIRM_PACK: _typed(ConfirmPack, confirm_pack),
    UpdateName.CONFIRM_HANDOVER: _typed(ConfirmHandover, confirm_handover),
    UpdateName.CONFIRM_DELIVERY: _typed(ConfirmDelivery, confirm_delivery),
    UpdateName.PLACE_HOLD: _typed(PlaceHold, place_hold),
    UpdateName.RESOLVE_EXCEPTION: _typed(ResolveException, resolve_exception),
    UpdateName.CANCEL_ORDER: _typed(CancelOrder, cancel_order),
    UpdateName.CONFIRM_PUT_BACK: _typed(ConfirmPutBack, confirm_put_back),
    UpdateName.CONFIRM_REFUND: _typed(ConfirmRefund, confirm_refund),
    UpdateName.ANSWER_FLOOR_REQUEST: _typed(AnswerFloorRequest, answer_floor_request),
    UpdateName.RELEASE_SHIPMENT: _typed(ReleaseShipment, release_shipment),
    SignalName.CARRIER_EVENT: _typed(CarrierEvent, carrier_event),
}
# These may open shipments, and need the carrier that takes them.
_SOURCING_HANDLERS: dict[str, Callable[[OrderStep, Message, str], Handled]] = {
    UpdateName.CONFIRM_PICK: _typed_sourcing(ConfirmPick, confirm_pick),
    UpdateName.RELEASE_HOLD: _typed_sourcing(ReleaseHold, release_and_source),
    UpdateName.RESOURCE_SHIPMENT: _typed_sourcing(ResourceShipment, resource_shipment),
}
