"""Exceptions: work that waits for a person, with who should do what about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExceptionKind(StrEnum):
    """Why a person is needed."""

    DEADLINE_MISSED = "deadline_missed"
    HOLD_EXPIRED = "hold_expired"
    LABEL_REFUSED = "label_refused"
    SHORT_PICK = "short_pick"
    DELIVERY_TROUBLE = "delivery_trouble"
    UNDO_FAILED = "undo_failed"
    CANCEL_AFTER_HANDOVER = "cancel_after_handover"
    CUSTOMER_CHOICE = "customer_choice"
    STOCK_DIFFERENCE = "stock_difference"
    COUNT_APPROVAL = "count_approval"
    RECEIPT_DIFFERENCE = "receipt_difference"
    KPI_LIMIT = "kpi_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Who owns an exception and what they are advised to do."""

    owner_role: str
    suggested_act: str


HANDLING: dict[ExceptionKind, Handling] = {
    ExceptionKind.DEADLINE_MISSED: Handling(
        owner_role="warehouse",
        suggested_act="do the overdue step; the exception closes by itself",
    ),
    ExceptionKind.HOLD_EXPIRED: Handling(
        owner_role="customer_service",
        suggested_act="release the hold or cancel the order",
    ),
    ExceptionKind.LABEL_REFUSED: Handling(
        owner_role="customer_service",
        suggested_act="correct the address with `order change --ship-to`, "
        "then resolve the exception to ask the carrier again",
    ),
    ExceptionKind.SHORT_PICK: Handling(
        owner_role="inventory",
        suggested_act="count the location: `count list`, then `count confirm`",
    ),
    ExceptionKind.DELIVERY_TROUBLE: Handling(
        owner_role="customer_service",
        suggested_act="ask the carrier; resolve it as `closed` "
        "if the parcel is lost or came back",
    ),
    ExceptionKind.UNDO_FAILED: Handling(
        owner_role="operations",
        suggested_act="undo the step by hand, then resolve the exception",
    ),
    ExceptionKind.CANCEL_AFTER_HANDOVER: Handling(
        owner_role="customer_service",
        suggested_act="recall the package at the carrier or arrange a return",
    ),
    ExceptionKind.CUSTOMER_CHOICE: Handling(
        owner_role="customer_service",
        suggested_act="ask the customer, then resolve it as `ship_available`, "
        "`wait_for_all` or `cancel_rest`",
    ),
    ExceptionKind.STOCK_DIFFERENCE: Handling(
        owner_role="inventory",
        suggested_act="look at the rows it names; "
        "`doctor --deep` says how to mend them",
    ),
    ExceptionKind.COUNT_APPROVAL: Handling(
        owner_role="operations_manager",
        suggested_act="look at both counts, then `count approve` or `count refuse`",
    ),
    ExceptionKind.RECEIPT_DIFFERENCE: Handling(
        owner_role="inventory",
        suggested_act="tell the supplier, then resolve the exception",
    ),
    ExceptionKind.KPI_LIMIT: Handling(
        owner_role="operations_manager",
        suggested_act="look at the orders behind it with `kpi drill`, "
        "then resolve the exception",
    ),
}
