"""The words of the policy: checks, holds, steps, stages. No rules live here."""

from enum import StrEnum
from typing import Self


class CheckName(StrEnum):
    """What is verified before an order may be allocated."""

    AVAILABILITY = "availability"
    PRICE = "price"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    DUPLICATE = "duplicate"
    PAYMENT = "payment"
    KNOWN_SKU = "known_sku"


class CheckMode(StrEnum):
    """What a source wants to happen when a check fails."""

    OFF = "off"  # never looked at
    WARN = "warn"  # written down, the order goes on
    HOLD = "hold"  # the order waits for a person
    REJECT = "reject"  # the order ends


class CheckOutcome(StrEnum):
    """What a check answered."""

    PASS = "pass"  # every fact was there and was good
    WARN = "warn"
    HOLD = "hold"
    REJECT = "reject"
    NOT_CHECKED = "not_checked"  # switched off, or a fact was missing


class HoldKind(StrEnum):
    """Why an order waits: the check that failed, or a person's decision."""

    AVAILABILITY = "availability"
    PRICE = "price"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    DUPLICATE = "duplicate"
    PAYMENT = "payment"
    KNOWN_SKU = "known_sku"
    MANUAL = "manual"

    @classmethod
    def of_check(cls, check: CheckName) -> Self:
        """Return the kind of hold that a failing check places."""
        return cls(check.value)


class Step(StrEnum):
    """A step of the order that a hold can block."""

    ALLOCATE = "allocate"
    RELEASE = "release"  # giving the order to the floor
    PICK = "pick"
    PACK = "pack"
    HAND_OVER = "hand_over"


class ExpiryAction(StrEnum):
    """What happens when nobody released a hold in time; it is never a release."""

    CANCEL_ORDER = "cancel_order"
    ESCALATE = "escalate"


class Stage(StrEnum):
    """A part of the order's life that has a deadline."""

    VERIFY = "verify"
    PICK = "pick"
    PACK = "pack"
    HAND_OVER = "hand_over"
    DELIVER = "deliver"


class Weekday(StrEnum):
    """The days of a week in the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
