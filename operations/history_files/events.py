"""What happened to an imported order, as events of the one log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from domain.events import EventKind
from domain.kpi.history import HistoryStatus
from operations.history_files.facts import STAGES, HeadFacts, ShipmentFacts
from persistence.history import HistoryEvent, LineFacts, NumberedLine

_NOTHING: Mapping[str, object] = {}
_SHIPPED = frozenset({HistoryStatus.SHIPPED, HistoryStatus.DELIVERED})


def events_of(
    head: HeadFacts,
    status: HistoryStatus,
    shipments: Sequence[ShipmentFacts],
    lines: Sequence[NumberedLine],
) -> list[HistoryEvent]:
    """Return everything that has a time, stage by stage; dirty times as they are."""
    events = list(_of_order(head))
    for number, one in enumerate(shipments, start=1):
        for (_, kind), at in zip(STAGES, one, strict=False):
            if isinstance(at, datetime):
                events.append((number, kind, at, _data(kind, one)))
    for line_no, (number, line) in enumerate(lines, start=1):
        if line.error_kind is not None:
            shipment = shipments[number - 1]
            kind, at = _error(head, status, shipment, line)
            events.append((number, kind, at, _error_data(line_no, line)))
    return events


def _of_order(head: HeadFacts) -> Iterator[HistoryEvent]:
    if head.placed_at is not None:
        by = _saying("channel", head.channel) if head.channel else _NOTHING
        yield None, EventKind.PLACED, head.placed_at, by
    if head.authorised_at is not None:
        yield None, EventKind.VERIFIED, head.authorised_at, _NOTHING
    if head.cancelled_at is not None:
        why = _saying("reason", head.cancel_cause) if head.cancel_cause else _NOTHING
        yield None, EventKind.CANCELLED, head.cancelled_at, why


def _data(kind: EventKind, one: ShipmentFacts) -> Mapping[str, object]:
    if kind is EventKind.ALLOCATED and one.warehouse is not None:
        return _saying("warehouse_id", one.warehouse)
    if kind is EventKind.HANDED_OVER and one.carrier is not None:
        return _saying("carrier", one.carrier)
    return _NOTHING


@lru_cache(1024)
def _saying(name: str, value: str) -> Mapping[str, object]:
    """Return one object for all events that say the same: it is written out once."""
    return {name: value}


def _error(
    head: HeadFacts, status: HistoryStatus, shipment: ShipmentFacts, line: LineFacts
) -> tuple[EventKind, datetime]:
    """Say whether it was found inside or outside, and when.

    One without a date was found outside if the goods have left. It stands at the last
    time that is known, as every event has one.
    """
    left_at, found_at = shipment.left_at, line.error_found_at
    if found_at is not None:
        is_inside = left_at is None or found_at <= left_at
    else:
        is_inside = left_at is None and status not in _SHIPPED
        known = [at for at in shipment[: len(STAGES)] if isinstance(at, datetime)]
        found_at = max(known, default=head.placed_at)
    if found_at is None:
        raise ValueError("an order has the time of its placing")
    kind = EventKind.PACK_ERROR_FOUND if is_inside else EventKind.CLAIM_RECORDED
    return kind, found_at


def _error_data(line_no: int, line: LineFacts) -> dict[str, object]:
    data: dict[str, object] = {
        "line_no": line_no,
        "kind": line.error_kind,
        "imported": True,
    }
    if line.quantity_rejected:
        data["quantity"] = line.quantity_rejected
    if line.error_found_at is None:
        data["undated"] = True
    return data
