"""What queries and the Temporal UI show of an order: no personal data."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from messages.order_state import OrderState
from messages.waiting import waiting_of


class Report(BaseModel):
    """Base of reports: frozen, and read from the state they report on."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class StatusReport(Report):
    """Where an order stands."""

    order_id: str
    status: str
    since: datetime
    waits_for: str
    until: datetime | None
    needs_attention: bool
    attention_reason: str | None


class ShipmentReport(Report):
    """Where a shipment stands."""

    shipment_id: str
    warehouse_id: str
    status: str
    carrier: str
    tracking_number: str | None
    milestone: str | None
    label: str
    ship_on: date | None = None
    deliver_by: date | None = None


class HoldReport(Report):
    """An open hold."""

    hold_id: str
    kind: str
    blocks: tuple[str, ...]
    owner_role: str
    expires_at: datetime | None


class DeadlineReport(Report):
    """An armed deadline."""

    stage: str
    shipment_id: str | None
    due_at: datetime
    level: str


class ExceptionReport(Report):
    """An open exception."""

    exception_id: str
    kind: str
    owner_role: str
    cause: str


class Progress(StatusReport):
    """All that the run knows of its order."""

    service_level: str
    lines: int
    backordered: int
    promised_on: date | None = None
    what_to_do: str
    shipments: tuple[ShipmentReport, ...]
    holds: tuple[HoldReport, ...]
    deadlines: tuple[DeadlineReport, ...]
    exceptions: tuple[ExceptionReport, ...]


def status_of(state: OrderState) -> StatusReport:
    """Report where an order stands."""
    waiting = waiting_of(state)
    return StatusReport(
        order_id=state.order_id,
        status=state.status,
        since=state.status_since,
        waits_for=waiting.waits_for,
        until=waiting.until,
        needs_attention=bool(state.exceptions),
        attention_reason=state.attention_reason(),
    )


def progress_of(state: OrderState) -> Progress:
    """Report all that is known of an order."""
    return Progress(
        **status_of(state).model_dump(),
        service_level=state.service_level,
        lines=state.lines,
        backordered=state.backordered,
        promised_on=state.promised_on,
        what_to_do=waiting_of(state).what_to_do,
        shipments=tuple(ShipmentReport.model_validate(s) for s in state.shipments),
        holds=tuple(HoldReport.model_validate(h) for h in state.holds),
        deadlines=tuple(DeadlineReport.model_validate(d) for d in state.deadlines),
        exceptions=tuple(ExceptionReport.model_validate(x) for x in state.exceptions),
    )


def details_of(state: OrderState) -> str:
    """Return the current details that operators read in the Temporal UI (Markdown)."""
    waiting = waiting_of(state)
    until = f", due {waiting.until:%Y-%m-%d %H:%M} UTC" if waiting.until else ""
    parts = [
        f"**{state.status}** since {waiting.since:%Y-%m-%d %H:%M} UTC",
        f"**Waits for** {waiting.waits_for}{until}",
        f"**What to do** {waiting.what_to_do}",
    ]
    if state.promised_on is not None:
        parts.append(f"**Promised** by {state.promised_on}")
    if state.shipments:
        rows = [
            f"| {s.shipment_id} | {s.warehouse_id} | {s.status} | {s.label} | "
            f"{s.tracking_number or ''} | {s.milestone or ''} |"
            for s in state.shipments[-20:]
        ]
        parts.append(
            "| shipment | warehouse | status | label | tracking | carrier says |\n"
            "| --- | --- | --- | --- | --- | --- |\n" + "\n".join(rows)
        )
    parts += [
        f"**Hold** `{h.hold_id}` {h.kind} blocks {', '.join(h.blocks)}"
        for h in state.holds
    ]
    parts += [
        f"**Exception** `{x.exception_id}` for {x.owner_role}: {x.cause}"
        for x in state.exceptions
    ]
    return "\n\n".join(parts)
