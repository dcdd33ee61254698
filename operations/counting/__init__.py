"""Counting bins: blind, twice where the books differ, approved above a value."""

from operations.counting.approving import approve_count, refuse_count
from operations.counting.confirming import confirm_count, open_count
from operations.counting.messages import (
    ApproveCount,
    ConfirmCount,
    CountAnswer,
    OpenCount,
    RefuseCount,
)

__all__ = [
    "ApproveCount",
    "ConfirmCount",
    "CountAnswer",
    "OpenCount",
    "RefuseCount",
    "approve_count",
    "confirm_count",
    "open_count",
    "refuse_count",
]
