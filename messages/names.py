"""Names that other systems rely on: the task queue, the workflow type, the messages."""

from __future__ import annotations

from enum import StrEnum

from domain.kpi.periods import PeriodKind

TASK_QUEUE = "orderwright"
WORKFLOW_TYPE = "OrderFulfillment"
STOCK_AUDIT = "StockAudit"
STOCK_AUDIT_SCHEDULE = "stock-audit"
KPI_REPORT = "KpiReport"
KPI_SCHEDULES = {
    PeriodKind.DAILY: "kpi-report-daily",
    PeriodKind.WEEKLY: "kpi-report-weekly",
}

RESERVATION_WORKFLOW_TYPE = "StockReservation"
# In the outbox: the run of a reservation is to be started, or told when it ends now.
KEEP_RESERVATION = "keep_reservation"


class ReservationSignal(StrEnum):
    """What a reservation's run is told."""

    EXTEND = "extend"
    RELEASE = "release"


class UpdateName(StrEnum):
    """Messages whose sender waits for an answer."""

    CONFIRM_PICK = "confirm_pick"
    CONFIRM_PACK = "confirm_pack"
    CONFIRM_HANDOVER = "confirm_handover"
    CONFIRM_DELIVERY = "confirm_delivery"
    PLACE_HOLD = "place_hold"
    RELEASE_HOLD = "release_hold"
    RESOLVE_EXCEPTION = "resolve_exception"
    CHANGE_LINES = "change_lines"
    CHANGE_SHIP_TO = "change_ship_to"
    CANCEL_ORDER = "cancel_order"
    CONFIRM_PUT_BACK = "confirm_put_back"
    CONFIRM_REFUND = "confirm_refund"
    ANSWER_FLOOR_REQUEST = "answer_floor_request"
    RELEASE_SHIPMENT = "release_shipment"
    RESOURCE_SHIPMENT = "resource_shipment"


class SignalName(StrEnum):
    """Messages of devices and systems that do not wait."""

    PICK_CONFIRMED = "pick_confirmed"
    PACK_CONFIRMED = "pack_confirmed"
    HANDOVER_CONFIRMED = "handover_confirmed"
    DELIVERY_CONFIRMED = "delivery_confirmed"
    PUT_BACK_CONFIRMED = "put_back_confirmed"
    REFUND_CONFIRMED = "refund_confirmed"
    CARRIER_EVENT = "carrier_event"
    STOCK_ARRIVED = "stock_arrived"


# A signal that says the same as an update is handled as that update.
UPDATE_OF_SIGNAL: dict[SignalName, UpdateName] = {
    SignalName.PICK_CONFIRMED: UpdateName.CONFIRM_PICK,
    SignalName.PACK_CONFIRMED: UpdateName.CONFIRM_PACK,
    SignalName.HANDOVER_CONFIRMED: UpdateName.CONFIRM_HANDOVER,
    SignalName.DELIVERY_CONFIRMED: UpdateName.CONFIRM_DELIVERY,
    SignalName.PUT_BACK_CONFIRMED: UpdateName.CONFIRM_PUT_BACK,
    SignalName.REFUND_CONFIRMED: UpdateName.CONFIRM_REFUND,
}


class ReportQuery(StrEnum):
    """Questions about one report."""

    LATEST = "latest"
    FIGURE = "figure"


class QueryName(StrEnum):
    """Questions about one run."""

    STATUS = "status"
    PROGRESS = "progress"
