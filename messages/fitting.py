"""Which shipment a message is about, and whether it may come now."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import Refused
from domain.shipments.status import BEFORE_PICKING, ShipmentStatus
from messages.names import SignalName, UpdateName
from messages.order_messages import Message, ShipmentMessage
from messages.order_state import OrderState, ShipmentState

_S = ShipmentStatus

# Where a shipment must stand for a message about it.
FITTING: Mapping[str, frozenset[ShipmentStatus]] = {
    UpdateName.CONFIRM_PICK: frozenset({_S.RELEASED, _S.PICKING}),
    UpdateName.CONFIRM_PACK: frozenset({_S.PICKED}),
    UpdateName.CONFIRM_HANDOVER: frozenset({_S.PACKED}),
    UpdateName.CONFIRM_DELIVERY: frozenset({_S.HANDED_OVER}),
    UpdateName.CONFIRM_PUT_BACK: frozenset({_S.PUTTING_BACK}),
    UpdateName.ANSWER_FLOOR_REQUEST: frozenset({_S.PUTTING_BACK}),
    UpdateName.RELEASE_SHIPMENT: frozenset({_S.ALLOCATED}),
    UpdateName.RESOURCE_SHIPMENT: BEFORE_PICKING,
}
# Messages that an ended order still takes.
AFTER_THE_END: frozenset[str] = frozenset(
    {
        UpdateName.CONFIRM_REFUND,
        UpdateName.RESOLVE_EXCEPTION,
        SignalName.CARRIER_EVENT,
    }
)


def refuse_if_unfit(state: OrderState, name: str, message: Message) -> None:
    """Refuse a message that cannot apply as things stand; the text says why."""
    if state.ended and name not in AFTER_THE_END:
        raise Refused(
            f"the order is {state.status} since {state.status_since:%Y-%m-%d %H:%M} UTC"
        )
    if name in FITTING and isinstance(message, ShipmentMessage):
        fitting_shipment(state, name, message.shipment_id)


def fitting_shipment(
    state: OrderState, name: str, shipment_id: str | None
) -> ShipmentState:
    """Return the shipment a message is about; refuse if none or several fit."""
    wanted = FITTING[name]
    if shipment_id is not None:
        named = state.shipment(shipment_id)
        if named is None:
            raise Refused(f"shipment_id: the order has no shipment {shipment_id}")
        if named.status not in wanted:
            raise Refused(
                f"shipment {shipment_id} is {named.status}; "
                f"{name} needs it {_listed(wanted)}"
            )
        return named
    fitting = [s for s in state.shipments if s.status in wanted]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        ids = ", ".join(s.shipment_id for s in fitting)
        raise Refused(f"shipment_id: say which of {ids}")
    standing = ", ".join(f"{s.shipment_id} is {s.status}" for s in state.shipments)
    raise Refused(
        f"{name} needs a shipment that is {_listed(wanted)}; "
        f"{standing or f'the order is {state.status} and has no shipment'}"
    )


def _listed(wanted: frozenset[ShipmentStatus]) -> str:
    return " or ".join(sorted(wanted))
