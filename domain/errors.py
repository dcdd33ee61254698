"""The error tree.

OrderwrightError
├── BusinessError        a rule says no; never retried
│   ├── InvalidInput     a field is wrong: names it and what is wanted
│   ├── Refused          the act is not allowed in this state
│   ├── NotFound         nothing has that id
│   └── IllegalTransition  a status table has no such move
└── TemporaryError       try again later
"""

from __future__ import annotations


class OrderwrightError(Exception):
    """Base of every error raised on purpose."""


class BusinessError(OrderwrightError):
    """A rule says no; trying again does not help."""


class TemporaryError(OrderwrightError):
    """Something is out of reach for now; trying again helps."""


class InvalidInput(BusinessError):
    """A field of the input is wrong."""

    def __init__(self, field: str, wanted: str) -> None:
        """Name the field and say what is wanted, never the value."""
        super().__init__(f"{field}: {wanted}")
        self.field = field
        self.wanted = wanted


class Refused(BusinessError):
    """The act is not allowed as things stand."""


class NotFound(BusinessError):
    """Nothing is stored under that id."""


class IllegalTransition(BusinessError):
    """A status may not follow another."""

    def __init__(self, subject: str, current: str, wanted: str) -> None:
        """Name what would move, from where and to where."""
        super().__init__(f"{subject} cannot go from {current} to {wanted}")
