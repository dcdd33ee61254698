"""The order's status: a summary of its lines and shipments, and its table of moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from domain.shipments.status import ShipmentStatus
from domain.transitions import advance


class OrderStatus(StrEnum):
    """Where an order stands."""

    RECEIVED = "received"  # stored; its run has not taken it yet
    VERIFYING = "verifying"  # a check holds it: a person must look
    VERIFIED = "verified"  # no check holds it; another hold keeps it from allocation
    BACKORDERED = "backordered"  # nothing to do until stock arrives
    ALLOCATED = "allocated"  # stock is promised, not yet on the floor
    RELEASED = "released"  # a pick task is open
    PICKING = "picking"  # some lines are picked
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"  # handed over to a carrier
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # nothing arrived: lost or returned
    CANCELLING = "cancelling"  # the floor is asked to put goods back
    CANCELLED = "cancelled"
    REJECTED = "rejected"  # verification said no


ENDED = frozenset(
    {
        OrderStatus.DELIVERED,
        OrderStatus.UNDELIVERED,
        OrderStatus.CANCELLED,
        OrderStatus.REJECTED,
    }
)

_STAGES = (
    OrderStatus.VERIFYING,
    OrderStatus.VERIFIED,
    OrderStatus.BACKORDERED,
    OrderStatus.ALLOCATED,
    OrderStatus.RELEASED,
    OrderStatus.PICKING,
    OrderStatus.PICKED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.CANCELLING,
)

# While open, an order's status follows its slowest shipment, so it may fall back:
# a short pick backorders, a late line opens another shipment, a refused cancel
# returns. Only the ends are final, and nothing returns to `received`.
TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.RECEIVED: frozenset((*_STAGES, *ENDED)) - {OrderStatus.CANCELLING},
    **{stage: frozenset((*_STAGES, *ENDED)) for stage in _STAGES},
    **{end: frozenset() for end in ENDED},
}

_OF_SHIPMENT: Mapping[ShipmentStatus, OrderStatus] = {
    ShipmentStatus.ALLOCATED: OrderStatus.ALLOCATED,
    ShipmentStatus.RELEASED: OrderStatus.RELEASED,
    ShipmentStatus.PICKING: OrderStatus.PICKING,
    ShipmentStatus.PICKED: OrderStatus.PICKED,
    ShipmentStatus.PACKED: OrderStatus.PACKED,
    ShipmentStatus.HANDED_OVER: OrderStatus.SHIPPED,
    ShipmentStatus.DELIVERED: OrderStatus.DELIVERED,
    ShipmentStatus.UNDELIVERED: OrderStatus.UNDELIVERED,
    ShipmentStatus.PUTTING_BACK: OrderStatus.CANCELLING,
}


def derive_status(
    shipments: Iterable[ShipmentStatus], *, backordered: bool, verified: bool
) -> OrderStatus:
    """Return the status of an open order: that of its slowest live shipment."""
    live = [_OF_SHIPMENT[s] for s in shipments if s in _OF_SHIPMENT]
    if OrderStatus.CANCELLING in live:
        return OrderStatus.CANCELLING
    working = [s for s in live if s not in ENDED]
    if working:
        return min(working, key=_STAGES.index)
    if backordered:
        return OrderStatus.BACKORDERED
    if OrderStatus.DELIVERED in live:
        return OrderStatus.DELIVERED
    if live:
        return OrderStatus.UNDELIVERED
    return OrderStatus.VERIFIED if verified else OrderStatus.VERIFYING


def advance_order(current: OrderStatus, wanted: OrderStatus) -> OrderStatus:
    """Move an order's status; staying where it is, unless it has ended, is allowed."""
    if current is wanted and current not in ENDED:
        return current
    return advance("order", TRANSITIONS, current, wanted)
