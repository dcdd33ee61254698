"""Count tasks: somebody counts a bin without being told what should be there."""

from __future__ import annotations

from enum import StrEnum


class CountStatus(StrEnum):
    """Where a count task stands."""

    OPEN = "open"
    RECOUNT = "recount"  # the first count differed from the books
    APPROVAL = "approval"  # the difference is worth more than may be booked alone
    DONE = "done"
    CANCELLED = "cancelled"
