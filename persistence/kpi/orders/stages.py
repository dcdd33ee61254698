"""The stages of orders: when the last shipment of each had passed them.

Two steps in one statement: the newest event of each kind for every shipment that was
not cancelled, then over the shipments of an order, empty where one of them has none.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Subquery, case, func, null, select

from domain.events import EventKind
from persistence.kpi.orders.happenings import Happenings, fetched
from persistence.kpi.orders.instants import RawInstant, raw
from persistence.kpi.scanning import scanned
from persistence.tables import fulfillment_event

_OF_ORDER = (
    EventKind.VERIFIED,
    EventKind.REJECTED,
    EventKind.CANCELLED,
    EventKind.BACKORDERED,
)
_OF_SHIPMENTS = (
    EventKind.ALLOCATED,
    EventKind.RELEASED,
    EventKind.PICKED,
    EventKind.PACKED,
    EventKind.HANDED_OVER,
    EventKind.FIRST_SCAN,
    EventKind.DELIVERED,
)
_FIRST = (EventKind.HANDED_OVER, EventKind.DELIVERED)
# What every figure looks at. An allocation is the first event of a shipment.
_ALWAYS = (
    EventKind.REJECTED,
    EventKind.CANCELLED,
    EventKind.BACKORDERED,
    EventKind.ALLOCATED,
    EventKind.HANDED_OVER,
    EventKind.DELIVERED,
    EventKind.SHIPMENT_CANCELLED,
)


class PassedStages(NamedTuple):
    """What an order has passed; `shipments` are those with an event, not cancelled."""

    shipments: int
    verified: RawInstant | None
    rejected: RawInstant | None
    cancelled: RawInstant | None
    backordered: RawInstant | None
    allocated: RawInstant | None
    released: RawInstant | None
    picked: RawInstant | None
    packed: RawInstant | None
    handed_over: RawInstant | None
    first_scan: RawInstant | None
    delivered: RawInstant | None
    first_handed_over: RawInstant | None
    first_delivered: RawInstant | None

    def without_last(self) -> PassedStages:
        """Return it for an order whose last shipment no event tells of."""
        return self._replace(
            allocated=None,
            released=None,
            picked=None,
            packed=None,
            handed_over=None,
            first_scan=None,
            delivered=None,
        )


NOTHING_PASSED = PassedStages(0, *[None] * (len(PassedStages._fields) - 1))


def load_stages(
    happenings: Happenings, *, with_all: bool = True
) -> dict[str, PassedStages]:
    """Return what each order has passed; all stages cost twice as much as the ends."""
    told = _told(happenings, with_all=with_all)
    shipments = func.count(told.c.shipment_id)
    query = select(
        told.c.order_id,
        shipments,
        *(func.max(told.c[kind]) for kind in _OF_ORDER),
        *(
            case((func.count(told.c[kind]) == shipments, func.max(told.c[kind])))
            for kind in _OF_SHIPMENTS
        ),
        *(func.min(told.c[kind]) for kind in _FIRST),
    ).group_by(told.c.order_id)
    rows = fetched(happenings.connection.execute(query))
    return {row[0]: PassedStages._make(row[1:]) for row in rows}


def _told(happenings: Happenings, *, with_all: bool) -> Subquery:
    event = fulfillment_event.c
    at = raw(event.occurred_at)
    newest = (
        func.max(case((event.kind == kind, at))).label(kind)
        if with_all or kind in _ALWAYS
        else null().label(kind)
        for kind in (*_OF_ORDER, *_OF_SHIPMENTS)
    )
    was_cancelled = case((event.kind == EventKind.SHIPMENT_CANCELLED, 1))
    query = happenings.of_all_kinds(event.order_id, event.shipment_id, *newest)
    if not with_all:
        are_most = happenings.population.are_most
        kind = scanned(event.kind) if are_most else event.kind
        query = query.where(kind.in_(_ALWAYS))
    of_shipment = query.group_by(event.order_id, event.shipment_id)
    return of_shipment.having(func.count(was_cancelled) == 0).subquery("told")


def load_cancelled_shipments(happenings: Happenings) -> frozenset[str]:
    """Return the shipments that were cancelled."""
    event = fulfillment_event.c
    rows = happenings.rows([EventKind.SHIPMENT_CANCELLED], event.shipment_id)
    return frozenset(shipment_id for (shipment_id,) in rows)


def load_cancel_causes(happenings: Happenings) -> dict[str, str]:
    """Return why orders were cancelled, where their events say so."""
    event = fulfillment_event.c
    rows = happenings.rows([EventKind.CANCELLED], event.order_id, event.data)
    return {order_id: told["reason"] for order_id, told in rows if told.get("reason")}
