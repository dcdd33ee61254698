"""Reservations: units kept for somebody, without being an order's allocation yet."""

from __future__ import annotations

from enum import StrEnum


class ReservationKind(StrEnum):
    """For what units are kept."""

    DRAFT = "draft"  # an order being written, on the phone for instance
    CHECKOUT = "checkout"  # a customer is paying
    BACKLOG = "backlog"  # a receipt's share for waiting orders, not yet named
    BACKORDER = "backorder"  # a waiting order's own share
    COUNT = "count"  # a bin is in doubt: not for sale until it is counted


class ReservationStatus(StrEnum):
    """What became of a reservation."""

    OPEN = "open"
    USED = "used"  # turned into an allocation
    RELEASED = "released"  # given back
    EXPIRED = "expired"


# These are asked for by somebody outside and end by themselves.
SOFT = frozenset({ReservationKind.DRAFT, ReservationKind.CHECKOUT})
