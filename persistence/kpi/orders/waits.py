"""When orders waited: under holds, for stock, for their customers' answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import NamedTuple

from domain.events import EventKind
from domain.kpi.facts import Wait, WaitKind
from persistence.kpi.orders.backorders import OwedUnits
from persistence.kpi.orders.happenings import Happenings
from persistence.kpi.orders.instants import known_instant, raw
from persistence.tables import fulfillment_event

_KINDS = (
    EventKind.HOLD_PLACED,
    EventKind.HOLD_RELEASED,
    EventKind.BACKORDERED,
    EventKind.BACKORDER_FILLED,
    EventKind.CUSTOMER_ASKED,
    EventKind.CUSTOMER_ANSWERED,
)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class _Told(NamedTuple):
    at: datetime
    kind: str
    data: Mapping[str, object]


def load_waits(
    happenings: Happenings, backorders: Mapping[str, Sequence[OwedUnits]]
) -> dict[str, tuple[Wait, ...]]:
    """Return the stretches of waiting of each order that waited, by their start."""
    event = fulfillment_event.c
    told: dict[str, list[_Told]] = defaultdict(list)
    rows = happenings.rows(
        _KINDS, event.order_id, raw(event.occurred_at), event.kind, event.data
    )
    for order_id, at, kind, data in rows:
        told[order_id].append(_Told(known_instant(at), kind, data))
    return {
        order_id: _waits_of(happened, backorders.get(order_id, ()))
        for order_id, happened in told.items()
    }


def _waits_of(told: list[_Told], owed: Sequence[OwedUnits]) -> tuple[Wait, ...]:
    # Of what happened at once, the end comes first: a wait of no time is none.
    told.sort(key=lambda one: (one.at, one.kind))
    waits = [*_holds(told), *_backorders(told, owed), *_customer(told)]
    return tuple(sorted(waits, key=lambda wait: (wait.since, wait.kind)))


def _holds(told: Sequence[_Told]) -> Iterator[Wait]:
    released = {
        one.data["hold_id"]: one.at
        for one in told
        if one.kind == EventKind.HOLD_RELEASED
    }
    for one in told:
        if one.kind == EventKind.HOLD_PLACED:
            yield Wait(
                kind=WaitKind.HOLD,
                reason=str(one.data["kind"]),
                since=one.at,
                until=released.get(one.data["hold_id"]),
            )


def _customer(told: Sequence[_Told]) -> Iterator[Wait]:
    since: datetime | None = None
    for one in told:
        if one.kind == EventKind.CUSTOMER_ASKED:
            since = since or one.at
        elif one.kind == EventKind.CUSTOMER_ANSWERED and since:
            yield _wait(WaitKind.CUSTOMER, since, one.at)
            since = None
    if since:
        yield _wait(WaitKind.CUSTOMER, since, None)


def _wait(kind: WaitKind, since: datetime, until: datetime | None) -> Wait:
    return Wait(kind=kind, reason=None, since=since, until=until)


def _backorders(told: Sequence[_Told], owed: Sequence[OwedUnits]) -> Iterator[Wait]:
    """Tell from when to when an order lacked stock: until all was allocated."""
    starts = [
        (one.at, int(str(one.data.get("units", 0))))
        for one in told
        if one.kind == EventKind.BACKORDERED
    ]
    since: datetime | None = None
    after = _EARLIEST
    for filled_at, is_whole in _fillings(told, owed, starts):
        begun = [at for at, _ in starts if after <= at < filled_at]
        since = since or min(begun, default=None)
        if since and is_whole:
            yield _wait(WaitKind.BACKORDER, since, filled_at)
            since = None
        after = filled_at
    is_open = not owed or any(one.closed_at is None for one in owed)
    since = since or min((at for at, _ in starts if at >= after), default=None)
    if since and is_open:
        yield _wait(WaitKind.BACKORDER, since, None)


def _fillings(
    told: Sequence[_Told],
    owed: Sequence[OwedUnits],
    starts: Sequence[tuple[datetime, int]],
) -> list[tuple[datetime, bool]]:
    """Return when stock came or was given up, and whether nothing was owed then.

    When some comes every open row is closed, and a row is written for what is still
    owed. So it was not all if the rows after it hold more than was owed anew since.
    """
    if not owed:
        filled = (one.at for one in told if one.kind == EventKind.BACKORDER_FILLED)
        return [(at, True) for at in filled]
    closed: Counter[datetime] = Counter()
    for one in owed:
        closed[one.closed_at or _LATEST] += one.quantity
    ends = sorted(closed)
    fillings = []
    for at, later in zip_longest(ends, ends[1:]):
        new = sum(units for begun, units in starts if at <= begun < (later or _LATEST))
        fillings.append((at, closed[later] <= new))
    return [(at, is_whole) for at, is_whole in fillings if at != _LATEST]
