"""What happens to a simulated package after the carrier's truck has taken it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.tracking import Milestone
from gateways.carrier.protocol import CarrierEvent
from gateways.carrier.simulator.faults import FaultKind
from gateways.carrier.simulator.rates import Zone

_ZONE_FACTOR = {Zone.DOMESTIC: 1.0, Zone.NEAR: 2.0, Zone.WORLD: 4.5}
_SERVICE_FACTOR = {"standard": 1.0, "express": 0.5}
_JITTER = 0.2


class Place(StrEnum):
    """Where a scan happens; the simulated carrier has no towns."""

    ORIGIN = "origin depot"
    HUB = "sorting hub"
    DESTINATION = "destination depot"
    CUSTOMER = "delivery address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One scan: hours after the step before it, for a domestic standard package."""

    milestone: Milestone
    hours: float
    place: Place
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What decides when and what the carrier scans.

    `speed` divides every delay; `seed` and the tracking number choose the jitter.
    """

    tracking_number: str
    service: str
    zone: Zone
    seed: int
    speed: float
    trouble: FaultKind | None = None


_ACCEPTED = Step(
    milestone=Milestone.ACCEPTED,
    hours=1,
    place=Place.ORIGIN,
    description="Scanned at the origin depot",
)
_IN_TRANSIT = Step(
    milestone=Milestone.IN_TRANSIT,
    hours=9,
    place=Place.HUB,
    description="Sorted and on its way",
)
_OUT = Step(
    milestone=Milestone.OUT_FOR_DELIVERY,
    hours=14,
    place=Place.DESTINATION,
    description="On the delivery vehicle",
)
_DELIVERED = Step(
    milestone=Milestone.DELIVERED,
    hours=5,
    place=Place.CUSTOMER,
    description="Delivered",
)
_FAILED = Step(
    milestone=Milestone.DELIVERY_ATTEMPT_FAILED,
    hours=5,
    place=Place.CUSTOMER,
    description="Nobody could take the package",
)
_AGAIN = Step(
    milestone=Milestone.OUT_FOR_DELIVERY,
    hours=19,
    place=Place.DESTINATION,
    description="On the delivery vehicle again",
)
_RETURNING = Step(
    milestone=Milestone.RETURN_TO_SENDER,
    hours=12,
    place=Place.DESTINATION,
    description="Could not be delivered, on its way back",
)
_RETURNED = Step(
    milestone=Milestone.RETURNED,
    hours=36,
    place=Place.ORIGIN,
    description="Handed back to the sender",
)
_LOST = Step(
    milestone=Milestone.LOST,
    hours=168,
    place=Place.HUB,
    description="Searched for and not found",
)
_DAMAGED = Step(
    milestone=Milestone.DAMAGED,
    hours=4,
    place=Place.HUB,
    description="Found damaged, kept for inspection",
)

_COURSES: dict[FaultKind | None, tuple[Step, ...]] = {
    None: (_ACCEPTED, _IN_TRANSIT, _OUT, _DELIVERED),
    FaultKind.FAIL_DELIVERY: (
        *(_ACCEPTED, _IN_TRANSIT, _OUT),
        *(_FAILED, _AGAIN, _DELIVERED),
    ),
    FaultKind.RETURN_TO_SENDER: (
        *(_ACCEPTED, _IN_TRANSIT, _OUT, _FAILED, _AGAIN, _FAILED),
        *(_RETURNING, _RETURNED),
    ),
    FaultKind.LOSE: (_ACCEPTED, _IN_TRANSIT, _LOST),
    FaultKind.DAMAGE: (_ACCEPTED, _IN_TRANSIT, _DAMAGED),
}
# The first of these that strikes decides the journey.
TROUBLES = tuple(kind for kind in _COURSES if kind is not None)


def events_of(journey: Journey, taken_at: datetime) -> tuple[CarrierEvent, ...]:
    """Compute every scan of a journey from the moment the truck took the package."""
    luck = random.Random(f"{journey.seed}:{journey.tracking_number}")
    factor = _ZONE_FACTOR[journey.zone] * _SERVICE_FACTOR[journey.service]
    events: list[CarrierEvent] = []
    at = taken_at
    for number, step in enumerate(_COURSES[journey.trouble], start=1):
        hours = step.hours * factor * luck.uniform(1 - _JITTER, 1 + _JITTER)
        at += timedelta(hours=hours / journey.speed)
        events.append(
            CarrierEvent(
                event_id=f"{journey.tracking_number}-{number}",
                tracking_number=journey.tracking_number,
                milestone=step.milestone,
                occurred_at=at,
                place=step.place,
                description=step.description,
                code=step.milestone,
            )
        )
    return tuple(events)
