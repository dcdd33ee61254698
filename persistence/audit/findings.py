"""What the auditor looks for, and what it says about a row that is not right."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# What ends by itself in a moment is no finding before this has passed.
GRACE = timedelta(minutes=1)
AUDIT_IDS = "audit."
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,200}")
_DIGEST_LENGTH = 32


class AuditCheck(StrEnum):
    """One question to the books."""

    STOCK_COUNTERS = "stock-counters"
    STOCK_BOUNDS = "stock-bounds"
    ALLOCATIONS = "allocations"
    STAGING = "staging"
    ENDED_ORDERS = "allocations-of-ended-orders"
    ENDED_SHIPMENTS = "goods-of-ended-shipments"
    ALLOCATION_OWNERS = "owners-of-allocations"
    RESERVATIONS = "reservations"
    ENDED_RESERVATIONS = "reservations-of-ended-orders"
    EXPIRED_RESERVATIONS = "expired-reservations"
    LABELS = "labels"
    SHIPMENTS = "shipments"
    HANDED_OVER = "goods-handed-over"
    PICK_TASKS = "pick-tasks"
    BACKORDERS = "backorders"
    ORDER_LINES = "order-lines"
    STUCK_ORDERS = "orders-without-a-wait"

    @property
    def in_words(self) -> str:
        """Return how people call it."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWords:
    """What a check says when all is well, and how to mend what it finds."""

    well: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One row that is not right: which, and both figures in words."""

    check: AuditCheck
    # The table and the key, such as `stock_level 12`.
    row: str
    text: str
    shipment_id: str | None = None

    @property
    def finding_id(self) -> str:
        """Return the same id whenever the same check finds the same row."""
        key = self.row.replace(" ", "-")
        if not _PLAIN.fullmatch(key):
            key = hashlib.sha256(key.encode()).hexdigest()[:_DIGEST_LENGTH]
        return f"{finding_prefix(self.check)}{key}"

    @property
    def mend(self) -> str:
        """Return how to mend it."""
        return WORDS[self.check].mend


def finding_prefix(check: AuditCheck) -> str:
    """Return how the id of each finding of a check begins."""
    return f"{AUDIT_IDS}{check}."


WORDS: Mapping[AuditCheck, CheckWords] = {
    AuditCheck.STOCK_COUNTERS: CheckWords(
        well="every level equals the sum of its movements",
        mend="count the location, then set the level to what its movements say",
    ),
    AuditCheck.STOCK_BOUNDS: CheckWords(
        well="no level is below zero or promised beyond what is there",
        mend="count the location, then give back what is promised beyond the count",
    ),
    AuditCheck.ALLOCATIONS: CheckWords(
        well="every promised unit belongs to an order",
        mend="give the units back: set allocated to the sum of the open allocations "
        "and write a movement of kind released beside it",
    ),
    AuditCheck.STAGING: CheckWords(
        well="the staging places hold what is picked",
        mend="count the staging place and compare it with the shipments that are "
        "picked or packed",
    ),
    AuditCheck.ENDED_ORDERS: CheckWords(
        well="no ended order holds stock",
        mend="put picked goods back on their shelf, then release the allocation",
    ),
    AuditCheck.ENDED_SHIPMENTS: CheckWords(
        well="no ended shipment holds stock",
        mend="put picked goods back on their shelf, then release the allocation",
    ),
    AuditCheck.ALLOCATION_OWNERS: CheckWords(
        well="every allocation belongs to a shipment of its order",
        mend="restore the missing row from a backup, or release the allocation and "
        "write a movement of kind released beside it",
    ),
    AuditCheck.RESERVATIONS: CheckWords(
        well="every reserved unit belongs to a reservation",
        mend="set reserved to the sum of the level's reservation lines and write a "
        "movement of kind reserved or released beside it",
    ),
    AuditCheck.ENDED_RESERVATIONS: CheckWords(
        well="no ended order or closed reservation keeps stock",
        mend="release the reservation: nobody waits for it any more",
    ),
    AuditCheck.EXPIRED_RESERVATIONS: CheckWords(
        well="no reservation has outlived its time",
        mend="start a worker, which ends it, or release the reservation",
    ),
    AuditCheck.LABELS: CheckWords(
        well="no shipment has two",
        mend="ask the carrier which was used, and void the other",
    ),
    AuditCheck.SHIPMENTS: CheckWords(
        well="every shipment has goods",
        mend="cancel the order or source it again with resource_shipment",
    ),
    AuditCheck.HANDED_OVER: CheckWords(
        well="what was handed over has left the stock",
        mend="compare the package's contents with the ledger, then write the missing "
        "movement of kind shipped, or correct the allocation",
    ),
    AuditCheck.PICK_TASKS: CheckWords(
        well="every shipment on the floor has one open task",
        mend="cancel the second task; where none is open, give the shipment up with "
        "resource_shipment or cancel the order",
    ),
    AuditCheck.BACKORDERS: CheckWords(
        well="what is owed is what runs say",
        mend="send change_lines or cancel_order, which write both anew",
    ),
    AuditCheck.ORDER_LINES: CheckWords(
        well="every ordered unit is in one place",
        mend="send change_lines or cancel_order, which source the lines anew; "
        "from picking on, correct the named rows by hand",
    ),
    AuditCheck.STUCK_ORDERS: CheckWords(
        well="every open order waits for something",
        mend="send cancel_order, or place a hold and release it: either lets the run "
        "decide anew",
    ),
}
