"""What is odd about an imported order: it is kept, and counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from domain.kpi.history import HistoryStatus
from operations.history_files.facts import STAGES, HeadFacts, ShipmentFacts
from operations.history_files.mapping import OTHER_ERROR
from persistence.history import NumberedLine


class Finding(StrEnum):
    """What may be odd about an order of the history."""

    STAGES_OUT_OF_ORDER = "stages_out_of_order"  # handed over before placed
    MISSING_STAGE = "missing_stage"  # a later one is known
    DELIVERED_WITHOUT_DATE = "delivered_without_date"
    CANCELLED_WITH_DELIVERY = "cancelled_with_delivery"
    ERROR_WITHOUT_DATE = "error_without_date"
    ERROR_OF_UNKNOWN_KIND = "error_of_unknown_kind"
    CONTRADICTING_ROWS = "contradicting_rows"


def findings_of(
    head: HeadFacts,
    status: HistoryStatus,
    shipments: Sequence[ShipmentFacts],
    lines: Sequence[NumberedLine],
    known_columns: frozenset[str],
) -> Iterator[Finding]:
    """Return what is odd; a stage is missing only where the file has its column."""
    if any(_is_out_of_order(head, one) for one in shipments):
        yield Finding.STAGES_OUT_OF_ORDER
    if any(_lacks_a_stage(head, one, known_columns) for one in shipments):
        yield Finding.MISSING_STAGE
    if status is HistoryStatus.DELIVERED and any(
        one.delivered_at is None for one in shipments
    ):
        yield Finding.DELIVERED_WITHOUT_DATE
    if status is HistoryStatus.CANCELLED and any(
        one.delivered_at is not None for one in shipments
    ):
        yield Finding.CANCELLED_WITH_DELIVERY
    errors = [line for _, line in lines if line.error_kind is not None]
    if any(line.error_found_at is None for line in errors):
        yield Finding.ERROR_WITHOUT_DATE
    if any(line.error_kind == OTHER_ERROR for line in errors):
        yield Finding.ERROR_OF_UNKNOWN_KIND


def _is_out_of_order(head: HeadFacts, one: ShipmentFacts) -> bool:
    last = head.placed_at
    for at in (head.authorised_at, *one[: len(STAGES)]):
        if isinstance(at, datetime):
            if last is not None and at < last:
                return True
            last = at
    return False


def _lacks_a_stage(
    head: HeadFacts, one: ShipmentFacts, known_columns: frozenset[str]
) -> bool:
    is_missing = "authorised_at" in known_columns and head.authorised_at is None
    for (column, _), at in zip(STAGES, one, strict=False):
        if at is not None and is_missing:
            return True
        if column in known_columns:
            is_missing = at is None
    return False
