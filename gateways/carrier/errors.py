"""What a carrier can answer instead of doing what it was asked.

BusinessError
├── AddressRefused      the carrier does not take this address: names the field
└── CarrierRefused      the carrier says no for another reason
TemporaryError
└── CarrierUnavailable  no answer; whether it was done is asked by `find_label`
"""

from __future__ import annotations

from domain.errors import BusinessError, TemporaryError


class AddressRefused(BusinessError):
    """The carrier does not take the address."""

    def __init__(self, carrier: str, field: str, reason: str) -> None:
        """Name the carrier, the field and what is wrong with it, never its value."""
        super().__init__(f"{carrier} refused the address: {field} {reason}")
        self.carrier = carrier
        self.field = field
        self.reason = reason


class CarrierRefused(BusinessError):
    """The carrier says no, and would say no again."""

    def __init__(self, carrier: str, reason: str) -> None:
        """Name the carrier and give its reason in words."""
        super().__init__(f"{carrier} refused: {reason}")
        self.carrier = carrier
        self.reason = reason


class CarrierUnavailable(TemporaryError):
    """The carrier gave no answer; what was asked may or may not be done."""

    def __init__(self, carrier: str, reason: str) -> None:
        """Name the carrier and say what was seen."""
        super().__init__(f"{carrier} is not available: {reason}")
        self.carrier = carrier
        self.reason = reason
