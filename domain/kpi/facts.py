"""Plain rows: what the record says of one order as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

# The value of a dimension of an order that has several, or for which nobody says.
SEVERAL = "(several)"
UNKNOWN = "(unknown)"


class WaitKind(StrEnum):
    """Why an order did not move."""

    HOLD = "hold"
    BACKORDER = "backorder"
    CUSTOMER = "customer"  # what to do about missing goods was the customer's to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One stretch of waiting; `reason` is the hold's kind.

    `until` is empty while it lasts.
    """

    kind: WaitKind
    reason: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A moment that was promised: an instant, or a whole local day."""

    at: datetime | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSums:
    """Lines of one order that share category, warehouse and delivery, added up.

    `first` counts what went with the first allocation or the first shipment;
    `filled` lines got all their units in the end, without a substitute.
    """

    category: str | None = None
    warehouse: str | None = None
    delivered_at: datetime | None = None
    lines: int
    units_ordered: int
    # Lines the customer cancelled whole: no demand any more.
    lines_cancelled: int = 0
    lines_filled_first: int
    units_filled_first: int
    lines_filled: int
    units_shipped: int
    lines_rejected: int = 0
    units_rejected: int = 0
    lines_substituted: int = 0
    # Lines whose ordered or shipped quantity nobody recorded; in none of the counts.
    lines_unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundError:
    """One error on an order; `inside` means before the goods left the warehouse.

    `kind` is a word of `ClaimKind` or of the pack check; `line_no` is empty where the
    whole order or package is meant.
    """

    kind: str
    inside: bool
    found_at: datetime | None
    line_no: int | None = None
    units: int | None = None
    category: str | None = None


class OrderFacts(NamedTuple):
    """One order, whether it had a run here or was imported as history.

    An instant of a stage is that of its last shipment, and empty as long as one of
    them has not passed it. Only the parts that were asked for are filled: stages other
    than allocated, handed over and delivered, `waits`, `lines`, `errors`, `freight`.
    A tuple, as there are many.
    """

    order_id: str
    source: str
    is_imported: bool
    channel: str | None
    service_level: str | None
    customer_group: str | None
    # Opaque: two orders with the same value have the same customer.
    customer: str | None
    # The only one, or `SEVERAL`.
    warehouse: str | None
    carrier: str | None
    category: str | None
    # The IANA zone of the destination, where it is known.
    ship_to_zone: str | None
    ship_to_country: str | None

    placed_at: datetime
    verified_at: datetime | None = None
    allocated_at: datetime | None = None
    released_at: datetime | None = None
    picked_at: datetime | None = None
    packed_at: datetime | None = None
    handed_over_at: datetime | None = None
    first_scan_at: datetime | None = None
    delivered_at: datetime | None = None

    # Shipments that were not cancelled, and when the first of them was at the door.
    shipments: int = 0
    first_handed_over_at: datetime | None = None
    first_delivered_at: datetime | None = None
    rejected_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_cause: str | None = None
    # The source calls it delivered or cancelled, whatever instants it gave.
    says_delivered: bool = False
    says_cancelled: bool = False

    promised: Promise | None = None
    due_ship: Promise | None = None

    waits: tuple[Wait, ...] = ()
    lines: tuple[LineSums, ...] = ()
    errors: tuple[FoundError, ...] = ()
    # What labels bought here cost, in the shop's currency; empty where there are none.
    freight: float | None = None
    # Whether claims are recorded at all for its source: else silence proves nothing.
    has_claims_channel: bool = False


class Part(StrEnum):
    """Facts of an order that cost a query of their own."""

    STAGES = "stages"
    WAITS = "waits"
    LINES = "lines"
    ERRORS = "errors"
    FREIGHT = "freight"
