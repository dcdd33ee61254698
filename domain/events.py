"""Kinds of fulfillment events: what can be said to have happened to an order."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """What happened; the nine stages first, in the order of a smooth run."""

    PLACED = "placed"
    VERIFIED = "verified"
    ALLOCATED = "allocated"
    RELEASED = "released"
    PICKED = "picked"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    FIRST_SCAN = "first_scan"
    DELIVERED = "delivered"

    REJECTED = "rejected"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    HOLD_EXPIRED = "hold_expired"
    SOURCED = "sourced"  # where its goods come from was decided, with the reasons
    BACKORDERED = "backordered"
    BACKORDER_FILLED = "backorder_filled"
    PROMISED = "promised"
    PROMISE_CHANGED = "promise_changed"
    SUBSTITUTED = "substituted"
    CUSTOMER_ASKED = "customer_asked"
    CUSTOMER_ANSWERED = "customer_answered"
    SHIPMENT_RESOURCED = "shipment_resourced"
    PICK_STARTED = "pick_started"
    SHORT_PICKED = "short_picked"
    PACK_ERROR_FOUND = "pack_error_found"
    LABEL_MADE = "label_made"
    LABEL_REFUSED = "label_refused"
    LABEL_VOIDED = "label_voided"
    CARRIER_REPORTED = "carrier_reported"
    DEADLINE_MISSED = "deadline_missed"
    DEADLINE_ESCALATED = "deadline_escalated"
    DEADLINE_CLEARED = "deadline_cleared"
    EXCEPTION_OPENED = "exception_opened"
    EXCEPTION_TAKEN = "exception_taken"
    EXCEPTION_RESOLVED = "exception_resolved"
    CANCEL_REQUESTED = "cancel_requested"
    CANCEL_REFUSED = "cancel_refused"
    PUT_BACK_REQUESTED = "put_back_requested"
    PUT_BACK = "put_back"
    CANCELLED = "cancelled"
    UNDO_FAILED = "undo_failed"
    LINES_CHANGED = "lines_changed"
    SHIP_TO_CHANGED = "ship_to_changed"
    REFUND_DUE = "refund_due"
    REFUND_CONFIRMED = "refund_confirmed"
    SHIPMENT_CANCELLED = "shipment_cancelled"
    MESSAGE_REFUSED = "message_refused"
    REPEAT_REFUSED = "repeat_refused"
    CLAIM_RECORDED = "claim_recorded"

    HISTORY_CORRECTED = "history_corrected"  # what was imported before counts no more
    KPI_LIMIT_CROSSED = "kpi_limit_crossed"  # a fact of no single order
