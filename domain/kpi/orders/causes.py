"""Why orders are cancelled, and whose fault it is: one reading of all the words."""

from __future__ import annotations

import re
from enum import StrEnum


class CancelCause(StrEnum):
    """Why an order was cancelled."""

    CUSTOMER = "customer"
    NO_STOCK = "no_stock"
    PAYMENT = "payment"
    FRAUD = "fraud"
    DUPLICATE = "duplicate"
    OTHER = "other"


# The words of runs (kinds of holds, `missing`) and of other systems; where a text has
# several, the first cause that knows one is meant.
_WORDS = {
    CancelCause.FRAUD: {"fraud", "fraudulent", "suspicious"},
    CancelCause.DUPLICATE: {"duplicate", "double"},
    CancelCause.PAYMENT: {"payment", "unpaid", "declined"},
    CancelCause.NO_STOCK: {
        "availability",
        "backorder",
        "missing",
        "short",
        "stock",
        "stockout",
        "unavailable",
    },
    # What only the customer could have mended is the customer's too.
    CancelCause.CUSTOMER: {"address", "buyer", "customer", "email", "phone"},
}
OURS = frozenset({CancelCause.NO_STOCK, CancelCause.OTHER})


def cause_of(text: str | None) -> CancelCause:
    """Return the cause that a text such as `payment_expired` names."""
    words = set(re.split(r"[^a-z]+", (text or "").lower()))
    for cause, known in _WORDS.items():
        if words & known:
            return cause
    return CancelCause.OTHER


def is_ours(text: str | None) -> bool:
    """Say whether a cancel is our fault; where no cause is told, nobody's."""
    return bool(text) and cause_of(text) in OURS
