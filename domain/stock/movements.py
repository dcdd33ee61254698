"""Kinds of stock movements and of the places between which stock moves."""

from __future__ import annotations

from enum import StrEnum


class MovementKind(StrEnum):
    """What a row of the stock ledger says happened."""

    RECEIVED = "received"
    RESERVED = "reserved"  # kept for somebody who has no order here yet
    ALLOCATED = "allocated"  # promised to an order; nothing moved
    RELEASED = "released"  # the promise or the reservation was given back
    PICKED = "picked"  # left its bin for the staging place
    PUT_BACK = "put_back"  # left the staging place for a bin
    SHIPPED = "shipped"  # left the warehouse with a carrier
    ADJUSTED = "adjusted"  # the shelf held other than the books said
    COUNTED = "counted"
    DAMAGED = "damaged"  # moved out of sale
    TRANSFERRED = "transferred"
    RETURNED = "returned"


class LocationKind(StrEnum):
    """What a location is for."""

    PICK_FACE = "pick_face"
    BULK = "bulk"
    STAGING = "staging"  # picked goods wait here, still the warehouse's
    QUARANTINE = "quarantine"
    DAMAGED = "damaged"


# Stock in these kinds of locations may be promised to orders.
SELLABLE = frozenset({LocationKind.PICK_FACE, LocationKind.BULK})


def staging_location_of(warehouse_id: str) -> str:
    """Return where a warehouse keeps picked goods until they leave."""
    return f"{warehouse_id}:staging"


def damaged_location_of(warehouse_id: str) -> str:
    """Return where a warehouse keeps goods that may not be sold."""
    return f"{warehouse_id}:damaged"
