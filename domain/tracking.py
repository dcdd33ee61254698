"""The carrier's own axis: what carriers say about a package, apart from the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar


class Milestone(StrEnum):
    """One thing a carrier can say about a package, in its usual order."""

    UNKNOWN = (
        "unknown"  # a code of the carrier that no table knows; kept, never guessed
    )
    LABEL_CREATED = "label_created"  # the label exists, the carrier has not seen it
    LABEL_VOIDED = "label_voided"  # the label was given back before the hand-over
    ACCEPTED = "accepted"  # the first scan: the carrier has the package
    IN_TRANSIT = "in_transit"  # a scan on the way, depot or line haul
    EXCEPTION = "exception"  # something is wrong, the carrier says no more
    DAMAGED = "damaged"  # found damaged; the carrier may still deliver it
    OUT_FOR_DELIVERY = "out_for_delivery"  # on the vehicle to the customer
    DELIVERY_ATTEMPT_FAILED = "delivery_attempt_failed"  # usually tried again
    ADDRESS_REFUSED = "address_refused"  # the carrier cannot find or serve the address
    AVAILABLE_FOR_PICKUP = "available_for_pickup"  # waits in a shop or locker
    DELIVERED = "delivered"  # handed to the customer
    RETURN_TO_SENDER = "return_to_sender"  # on its way back to us
    LOST = "lost"  # the carrier has given up looking
    RETURNED = "returned"  # back with the sender


BEFORE_HANDOVER = frozenset(
    {Milestone.UNKNOWN, Milestone.LABEL_CREATED, Milestone.LABEL_VOIDED}
)
MOVING = frozenset(
    {
        Milestone.ACCEPTED,
        Milestone.IN_TRANSIT,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.AVAILABLE_FOR_PICKUP,
    }
)
DELIVERED = frozenset({Milestone.DELIVERED})
# Each of these is work for a person.
TROUBLE = frozenset(
    {
        Milestone.EXCEPTION,
        Milestone.DAMAGED,
        Milestone.DELIVERY_ATTEMPT_FAILED,
        Milestone.ADDRESS_REFUSED,
        Milestone.RETURN_TO_SENDER,
        Milestone.LOST,
        Milestone.RETURNED,
    }
)
# The carrier normally sends nothing more after one of these.
FINAL = frozenset(
    {
        Milestone.LABEL_VOIDED,
        Milestone.DELIVERED,
        Milestone.LOST,
        Milestone.RETURNED,
    }
)

_RANK = {milestone: rank for rank, milestone in enumerate(Milestone)}

# What a later scan may turn these into; every milestone not named here gives way to
# any later one, except to `unknown` and `label_created`, which say nothing new.
_AFTER: dict[Milestone, frozenset[Milestone]] = {
    # A depot scan with a late clock must not take a delivery back.
    Milestone.DELIVERED: frozenset({Milestone.RETURN_TO_SENDER, Milestone.RETURNED}),
    # On its way back a package is scanned like any other.
    Milestone.RETURN_TO_SENDER: frozenset(
        {Milestone.RETURNED, Milestone.LOST, Milestone.DAMAGED}
    ),
    Milestone.RETURNED: frozenset(),
}
_SCANNED_SSCC_DIGITS = 20
_SAYS_NOTHING = frozenset({Milestone.UNKNOWN, Milestone.LABEL_CREATED})


class DatedMilestone(Protocol):
    """Anything that says what a carrier saw and when."""

    @property
    def milestone(self) -> Milestone:
        """What the carrier saw."""

    @property
    def occurred_at(self) -> datetime:
        """When the carrier saw it, with a zone."""


Event = TypeVar("Event", bound=DatedMilestone)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEvent:
    """One carrier scan, as far as the process needs it."""

    event_id: str
    milestone: Milestone
    occurred_at: datetime


def may_follow(current: Milestone, later: Milestone) -> bool:
    """Say whether a later scan changes what is known about the package."""
    if current in _AFTER:
        return later in _AFTER[current]
    if later is Milestone.LABEL_CREATED:
        return current is Milestone.UNKNOWN
    return later not in _SAYS_NOTHING


def in_carrier_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Sort events by when they happened; at one moment, by their usual order."""
    return tuple(
        sorted(events, key=lambda event: (event.occurred_at, _RANK[event.milestone]))
    )


def latest_milestone(events: Iterable[DatedMilestone]) -> Milestone | None:
    """Say where the package is, whatever order and however often events arrived."""
    latest: Milestone | None = None
    for event in in_carrier_order(events):
        if latest is None or may_follow(latest, event.milestone):
            latest = event.milestone
    return latest


def first_at(
    events: Iterable[DatedMilestone], wanted: frozenset[Milestone]
) -> datetime | None:
    """Give the first moment at which the carrier reported one of the milestones."""
    return min(
        (event.occurred_at for event in events if event.milestone in wanted),
        default=None,
    )


def tracking_number_from_scan(scanned: str) -> str:
    """Give the tracking number in what a scanner read or a person typed.

    A scanner puts a symbology identifier before a GS1 code, and GS1 puts 00 before a
    package's 18-digit SSCC; neither belongs to the number.
    """
    number = "".join(scanned.split()).removeprefix("]C1").replace("(00)", "00", 1)
    if len(number) == _SCANNED_SSCC_DIGITS and number.isdigit():
        return number.removeprefix("00")
    return number
