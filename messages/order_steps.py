"""Inputs and results of the run and of its steps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from messages.order_state import OrderState


class Wire(BaseModel):
    """Base of inputs and results: frozen."""

    model_config = ConfigDict(frozen=True)


class OrderInput(Wire):
    """The run's one argument; a document only if a caller starts the run directly."""

    order_id: str
    document: dict[str, object] | None = None


class OrderResult(Wire):
    """How an order's run ended."""

    order_id: str
    status: str
    delivered_shipments: int = 0


class Outcome(StrEnum):
    """What became of a message."""

    DONE = "done"
    REFUSED = "refused"


class Answer(Wire):
    """The answer to a message; a repeat gets the same one."""

    message_id: str
    outcome: Outcome
    order_id: str
    status: str
    text: str
    references: dict[str, str] = Field(default_factory=dict)


class OpenOrderInput(Wire):
    """Capture (if need be), verify, allocate and release an order."""

    workflow_id: str
    order_id: str
    now: datetime
    document: dict[str, object] | None = None


class OpenOrderResult(Wire):
    """The order's first state, and how it may be found."""

    state: OrderState
    source: str
    channel: str
    service_level: str
    placed_at: datetime


class StateInput(Wire):
    """What every step is given: whose run, when, and from which state."""

    workflow_id: str
    now: datetime
    state: OrderState


class ApplyMessageInput(StateInput):
    """Apply one message to an order; `payload` is the message as JSON."""

    name: str
    is_signal: bool
    payload: object


class StepResult(Wire):
    """The order's state after a step, and the answer if a message asked for one."""

    state: OrderState
    answer: Answer | None = None


class UndoFailedInput(StateInput):
    """Hand an undo that failed to a person."""

    undo: str
    shipment_id: str
    reason: str


class LabelRefusedInput(StateInput):
    """Ask a person about a label that the carrier refused."""

    shipment_id: str
    reason: str


class LabelInput(Wire):
    """Buy or void the label of a shipment; `round` counts changes of its address."""

    workflow_id: str
    order_id: str
    shipment_id: str
    carrier: str
    round: int
    now: datetime


class LabelOutcome(StrEnum):
    """What the carrier did about a label."""

    MADE = "made"
    VOIDED = "voided"
    REFUSED = "refused"


class LabelResult(Wire):
    """The carrier's answer; a refusal says why, in words for people."""

    outcome: LabelOutcome
    tracking_number: str | None = None
    reason: str = ""
