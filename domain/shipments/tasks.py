"""Kinds and statuses of the floor's tasks, and of backorders."""

from __future__ import annotations

from enum import StrEnum


class TaskKind(StrEnum):
    """What a task asks of the floor."""

    PICK = "pick"
    PUT_BACK = "put_back"


class PickListKind(StrEnum):
    """How a picker walks: for one shipment, or for several with a tote each."""

    SINGLE = "single"
    BATCH = "batch"


class TaskStatus(StrEnum):
    """Whether a task waits for the floor."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class BackorderStatus(StrEnum):
    """Whether a backorder is still owed."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
