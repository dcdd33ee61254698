"""What is known of an order at a moment: the young ones are still on their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.kpi.history import HistoryStatus
from simulation.history.past_orders import Journey, PastLine, PastOrder


def known_at(order: PastOrder, moment: datetime) -> PastOrder:
    """Forget what had not happened yet."""
    if _is_past(order.cancelled_at, moment):
        return order
    journeys = tuple(_journey_at(one, moment) for one in order.journeys)
    is_whole = journeys == order.journeys and order.cancelled_at is None
    has_left = [one.handed_over_at is not None for one in journeys]
    status = HistoryStatus.DELIVERED if is_whole else HistoryStatus.OPEN
    if not is_whole and any(has_left):
        status = HistoryStatus.SHIPPED
    return replace(
        order,
        status=status,
        authorised_at=_known(order.authorised_at, moment),
        cancelled_at=None,
        cancel_cause=None,
        journeys=journeys,
        lines=tuple(
            _line_at(line, moment, has_left=has_left[line.journey])
            for line in order.lines
        ),
    )


def _journey_at(one: Journey, moment: datetime) -> Journey:
    return replace(
        one,
        allocated_at=_known(one.allocated_at, moment),
        released_at=_known(one.released_at, moment),
        picked_at=_known(one.picked_at, moment),
        packed_at=_known(one.packed_at, moment),
        handed_over_at=_known(one.handed_over_at, moment),
        first_scan_at=_known(one.first_scan_at, moment),
        delivered_at=_known(one.delivered_at, moment),
    )


def _line_at(line: PastLine, moment: datetime, *, has_left: bool) -> PastLine:
    found_at = _known(line.error_found_at, moment)
    return replace(
        line,
        # Nobody knows yet how many of them will leave.
        shipped=line.shipped if has_left else None,
        rejected=line.rejected if has_left else 0,
        error_kind=line.error_kind if found_at else None,
        error_found_at=found_at,
    )


def _known(at: datetime | None, moment: datetime) -> datetime | None:
    return at if _is_past(at, moment) else None


def _is_past(at: datetime | None, moment: datetime) -> bool:
    return at is not None and at <= moment
