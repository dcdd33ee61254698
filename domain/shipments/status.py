"""The shipment's status and its table of moves; the carrier's axis is apart."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.transitions import advance


class ShipmentStatus(StrEnum):
    """Where a shipment stands in the warehouse."""

    ALLOCATED = "allocated"  # stock promised at known locations
    RELEASED = "released"  # its pick task is on the floor
    PICKING = "picking"  # some pick lines are confirmed
    PICKED = "picked"  # every pick line is confirmed
    PACKED = "packed"  # counted into packages
    HANDED_OVER = "handed_over"  # the carrier has it
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # lost or returned, and closed by a person
    PUTTING_BACK = "putting_back"  # the floor is asked to put the goods back
    CANCELLED = "cancelled"


ENDED = frozenset(
    {
        ShipmentStatus.DELIVERED,
        ShipmentStatus.UNDELIVERED,
        ShipmentStatus.CANCELLED,
    }
)
# Goods have left their bin but not the building.
ON_THE_FLOOR = frozenset(
    {ShipmentStatus.PICKING, ShipmentStatus.PICKED, ShipmentStatus.PACKED}
)
BEFORE_PICKING = frozenset({ShipmentStatus.ALLOCATED, ShipmentStatus.RELEASED})
BEFORE_HAND_OVER = BEFORE_PICKING | ON_THE_FLOOR
WITH_CARRIER = frozenset(
    {
        ShipmentStatus.HANDED_OVER,
        ShipmentStatus.DELIVERED,
        ShipmentStatus.UNDELIVERED,
    }
)

_S = ShipmentStatus
TRANSITIONS: Mapping[ShipmentStatus, frozenset[ShipmentStatus]] = {
    _S.ALLOCATED: frozenset({_S.RELEASED, _S.CANCELLED}),
    _S.RELEASED: frozenset({_S.PICKING, _S.PICKED, _S.ALLOCATED, _S.CANCELLED}),
    _S.PICKING: frozenset({_S.PICKED, _S.PUTTING_BACK, _S.CANCELLED}),
    _S.PICKED: frozenset({_S.PACKED, _S.PUTTING_BACK}),
    _S.PACKED: frozenset({_S.HANDED_OVER, _S.PUTTING_BACK}),
    _S.HANDED_OVER: frozenset({_S.DELIVERED, _S.UNDELIVERED}),
    _S.DELIVERED: frozenset(),
    _S.UNDELIVERED: frozenset(),
    # The floor may refuse; the shipment then returns to where it was.
    _S.PUTTING_BACK: frozenset({_S.CANCELLED, _S.PICKING, _S.PICKED, _S.PACKED}),
    _S.CANCELLED: frozenset(),
}


def advance_shipment(current: ShipmentStatus, wanted: ShipmentStatus) -> ShipmentStatus:
    """Move a shipment's status; raise `IllegalTransition` if it may not."""
    return advance("shipment", TRANSITIONS, current, wanted)
