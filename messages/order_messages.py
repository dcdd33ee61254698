"""Every message an `OrderFulfillment` run takes: one frozen model each."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.tracking import Milestone
from messages.names import SignalName, UpdateName
from messages.order_document import MAX_QUANTITY, Moment, Price, Reference, Sku

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Actor = Annotated[
    str,
    StringConstraints(
        max_length=100, pattern=r"^[a-z][a-z0-9_]*(:[A-Za-z0-9._-]{1,80})?$"
    ),
]
Count = Annotated[int, Field(ge=0, le=MAX_QUANTITY)]


class Wire(BaseModel):
    """Base of what is sent: frozen, open for fields of newer senders."""

    model_config = ConfigDict(frozen=True)


class Message(Wire):
    """What every message carries.

    `message_id` makes a repeat the same message; `actor` is an opaque reference such as
    `picker:7`; `at` is the device's own time.
    """

    message_id: Reference
    actor: Actor = "unknown"
    station: Reference | None = None
    at: Moment | None = None


class ShipmentMessage(Message):
    """A message about one shipment; without its id, the order's only fitting one."""

    shipment_id: Reference | None = None


class ShortReason(StrEnum):
    """Why fewer units were picked than asked."""

    NOT_THERE = "not_there"
    FEWER = "fewer_than_shown"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    EXPIRED = "expired"
    CANNOT_REACH = "cannot_reach"


class PickedLine(Wire):
    """What was picked of one pick line; a smaller quantity needs a reason."""

    line_no: Annotated[int, Field(ge=1)]
    quantity: Count
    location: Reference | None = None
    sku: Sku | None = None
    reason: ShortReason | None = None


class ConfirmPick(ShipmentMessage):
    """A picker says what was picked; lines left out stay open."""

    lines: Annotated[tuple[PickedLine, ...], Field(min_length=1)]


class PackedLine(Wire):
    """What was counted of one article into a package."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class PackedPackage(Wire):
    """One closed package: its contents, weight in grams, sides in millimetres."""

    lines: Annotated[tuple[PackedLine, ...], Field(min_length=1)]
    weight_grams: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    length_mm: Annotated[int, Field(ge=1, le=10_000)] | None = None
    width_mm: Annotated[int, Field(ge=1, le=10_000)] | None = None
    height_mm: Annotated[int, Field(ge=1, le=10_000)] | None = None


class ConfirmPack(ShipmentMessage):
    """A packer says what was counted into each package."""

    packages: Annotated[tuple[PackedPackage, ...], Field(min_length=1)]


class ConfirmHandover(ShipmentMessage):
    """The carrier took the shipment; a carrier without an API needs the number."""

    tracking_number: Reference | None = None


class ConfirmDelivery(ShipmentMessage):
    """The shipment reached its door; the proof is stored apart."""

    proof_reference: Reference | None = None


class PlaceHold(Message):
    """Keep the order from the named steps until released."""

    blocks: tuple[Code, ...] = ("release", "pack", "hand_over")
    reason: Code = "manual"
    owner_role: Code = "customer_service"
    note_reference: Reference | None = None
    expires_at: Moment | None = None


class ReleaseHold(Message):
    """Release one hold: by id, or by kind when its cause is resolved."""

    hold_id: Reference | None = None
    kind: Code | None = None
    note_reference: Reference | None = None


class ResolveException(Message):
    """Close an exception with what was done about it."""

    exception_id: Reference
    resolution: Code = "done"
    note_reference: Reference | None = None


class LineChange(Wire):
    """The wanted quantity of a line, 0 to remove it; a new line names its SKU."""

    line_no: Annotated[int, Field(ge=1)] | None = None
    sku: Sku | None = None
    quantity: Count
    unit_price: Price | None = None


class ChangeLines(Message):
    """Reduce, remove or add lines before picking."""

    lines: Annotated[tuple[LineChange, ...], Field(min_length=1)]
    reason: Code = "customer"


class ChangeShipTo(Message):
    """Send the order to another address, which is stored apart."""

    address_id: Reference


class CancelOrder(Message):
    """Cancel the whole order."""

    reason: Code = "customer"
    note_reference: Reference | None = None


class PutBackLine(Wire):
    """How many units of an article went back to which location."""

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    location: Reference | None = None


class ConfirmPutBack(ShipmentMessage):
    """The floor put the goods back; without lines, all to where they came from."""

    lines: tuple[PutBackLine, ...] = ()


class ConfirmRefund(Message):
    """The money that was due went back to the customer."""

    refund_id: Reference


class AnswerFloorRequest(ShipmentMessage):
    """The floor accepts or refuses what it was asked."""

    accept: bool
    reason: Code = "floor"


class ReleaseShipment(ShipmentMessage):
    """Put an allocated shipment on the floor."""


class ResourceShipment(ShipmentMessage):
    """Give up a shipment's allocation and allocate it again."""

    reason: Code = "asked"


class CarrierEvent(ShipmentMessage):
    """One fact of the carrier; `event_id` is the carrier's own, if it has one."""

    tracking_number: Reference | None = None
    milestone: Milestone
    occurred_at: Moment
    event_id: Reference | None = None
    place: Reference | None = None


class StockArrived(Message):
    """Stock of these articles is free again."""

    skus: tuple[Sku, ...] = ()


MESSAGE_MODELS: dict[str, type[Message]] = {
    UpdateName.CONFIRM_PICK: ConfirmPick,
    UpdateName.CONFIRM_PACK: ConfirmPack,
    UpdateName.CONFIRM_HANDOVER: ConfirmHandover,
    UpdateName.CONFIRM_DELIVERY: ConfirmDelivery,
    UpdateName.PLACE_HOLD: PlaceHold,
    UpdateName.RELEASE_HOLD: ReleaseHold,
    UpdateName.RESOLVE_EXCEPTION: ResolveException,
    UpdateName.CHANGE_LINES: ChangeLines,
    UpdateName.CHANGE_SHIP_TO: ChangeShipTo,
    UpdateName.CANCEL_ORDER: CancelOrder,
    UpdateName.CONFIRM_PUT_BACK: ConfirmPutBack,
    UpdateName.CONFIRM_REFUND: ConfirmRefund,
    UpdateName.ANSWER_FLOOR_REQUEST: AnswerFloorRequest,
    UpdateName.RELEASE_SHIPMENT: ReleaseShipment,
    UpdateName.RESOURCE_SHIPMENT: ResourceShipment,
    SignalName.CARRIER_EVENT: CarrierEvent,
    SignalName.STOCK_ARRIVED: StockArrived,
}
