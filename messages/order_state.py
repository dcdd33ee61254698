"""The small state of a run: keys, statuses, due moments; lines are in the database."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from domain.exceptions import ExceptionKind
from domain.orders.status import ENDED, OrderStatus
from domain.shipments.status import ShipmentStatus


class LabelState(StrEnum):
    """Whether a shipment has its label."""

    NONE = "none"  # not packed yet
    WANTED = "wanted"  # packed: to be bought
    REFUSED = "refused"  # the carrier said no: a person must act
    MADE = "made"
    VOID_WANTED = "void_wanted"  # cancelled after the label was asked for
    VOIDED = "voided"


class DeadlineLevel(StrEnum):
    """How far an overdue stage has been pushed up."""

    WAITING = "waiting"
    MISSED = "missed"
    ESCALATED = "escalated"


class ShipmentState(BaseModel):
    """One shipment's status, label and carrier axis."""

    shipment_id: str
    warehouse_id: str
    status: ShipmentStatus
    label: LabelState = LabelState.NONE
    carrier: str
    tracking_number: str | None = None
    milestone: str | None = None
    label_round: int = 1
    # The working day it is planned for, and the day it should be at the door.
    ship_on: date | None = None
    deliver_by: date | None = None
    # Whether it is counted among the shipments its warehouse takes that day.
    holds_place: bool = False
    # Goes to the floor by itself from then on: its first day had no more room.
    release_at: datetime | None = None
    # Where a refused put-back returns to.
    status_before_put_back: ShipmentStatus | None = None


class HoldState(BaseModel):
    """One open hold and the steps it blocks."""

    hold_id: str
    kind: str
    blocks: list[str]
    owner_role: str
    expires_at: datetime | None = None
    expired: bool = False


class DeadlineState(BaseModel):
    """One armed deadline: when it is missed and when it is pushed up."""

    stage: str
    shipment_id: str | None = None
    since: datetime
    due_at: datetime
    escalate_at: datetime
    level: DeadlineLevel = DeadlineLevel.WAITING

    def next_due(self) -> datetime | None:
        """Return the next moment at which something must happen, if any."""
        match self.level:
            case DeadlineLevel.WAITING:
                return self.due_at
            case DeadlineLevel.MISSED:
                return self.escalate_at
            case DeadlineLevel.ESCALATED:
                return None


class ExceptionState(BaseModel):
    """One open exception of the order."""

    exception_id: str
    kind: ExceptionKind
    owner_role: str
    cause: str
    shipment_id: str | None = None
    stage: str | None = None
    hold_id: str | None = None
    # A question with a deadline: then its default is done.
    due_at: datetime | None = None
    default: str | None = None


class OrderState(BaseModel):
    """What a run knows of its order."""

    order_id: str
    status: OrderStatus = OrderStatus.RECEIVED
    status_since: datetime
    service_level: str = "standard"
    lines: int = 0
    shipments: list[ShipmentState] = Field(default_factory=list)
    holds: list[HoldState] = Field(default_factory=list)
    deadlines: list[DeadlineState] = Field(default_factory=list)
    exceptions: list[ExceptionState] = Field(default_factory=list)
    # Units ordered that have no stock yet.
    backordered: int = 0
    # No check holds the order, or none did once.
    verified: bool = False
    # Lines verified and turned into allocations or backorders.
    sourced: bool = False
    # Ask for a cancel stays open until every shipment has answered.
    cancel_reason: str | None = None
    # Counts the steps that wrote this state.
    revision: int = 0
    ended_at: datetime | None = None
    # The day by which all of it should be at the customer's door.
    promised_on: date | None = None
    next_shipment: int = 1
    next_hold: int = 1
    next_exception: int = 1

    @property
    def ended(self) -> bool:
        """Return whether the order has reached its end."""
        return self.status in ENDED

    def next_due(self) -> datetime | None:
        """Return the earliest moment at which a deadline or a hold falls due."""
        moments = [d.next_due() for d in self.deadlines]
        moments += [h.expires_at for h in self.holds if not h.expired]
        moments += [x.due_at for x in self.exceptions]
        moments += [
            s.release_at for s in self.shipments if s.status is ShipmentStatus.ALLOCATED
        ]
        return min((m for m in moments if m is not None), default=None)

    def attention_reason(self) -> str | None:
        """Return why a person is needed, the longest open reason first."""
        return self.exceptions[0].kind if self.exceptions else None

    def shipment(self, shipment_id: str) -> ShipmentState | None:
        """Return a shipment by its id."""
        return next((s for s in self.shipments if s.shipment_id == shipment_id), None)

    def blocked_by(self, step: str) -> list[HoldState]:
        """Return the open holds that keep the order from a step."""
        return [h for h in self.holds if step in h.blocks]
