"""Orders as plain facts, as they were known at a moment: one query for each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from domain.kpi.facts import FoundError, LineSums, OrderFacts, Part, Wait
from domain.kpi.measuring import only_one
from domain.kpi.zones import zone_of_destination
from persistence.kpi.left_out import left_out_sources
from persistence.kpi.orders.backorders import OwedUnits, is_owed, load_backorders
from persistence.kpi.orders.basics import OrderBasics, load_basics
from persistence.kpi.orders.errors import load_errors, sources_with_claims
from persistence.kpi.orders.freight import load_freight
from persistence.kpi.orders.happenings import Happenings
from persistence.kpi.orders.instants import instant_of
from persistence.kpi.orders.lines import OrderLines, load_lines
from persistence.kpi.orders.places import (
    OrderPlace,
    ShipmentPlace,
    load_places,
    place_of,
)
from persistence.kpi.orders.population import count_orders, population_of
from persistence.kpi.orders.stages import (
    NOTHING_PASSED,
    PassedStages,
    load_cancel_causes,
    load_cancelled_shipments,
    load_stages,
)
from persistence.kpi.orders.waits import load_waits
from persistence.kpi.orders.wanted import LoadedOrders, OrdersWanted


def load_orders(connection: Connection, wanted: OrdersWanted) -> LoadedOrders:
    """Return the facts of every wanted order, whether it ran here or was imported."""
    population = population_of(wanted)
    found = list(load_basics(connection, population, wanted.as_of))
    are_most = 2 * len(found) > count_orders(connection)
    population = replace(population, are_most=are_most)
    record = _read(Happenings(connection, population, wanted.as_of), wanted)
    left_out = {} if wanted.sources else left_out_sources(connection)
    loaded = LoadedOrders(orders=[])
    for basics in found:
        among = loaded.left_out if basics.source in left_out else loaded.orders
        among.append(_facts_of(basics, record, wanted))
    return loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What the queries found, by order; parts nobody asked for are empty."""

    stages: Mapping[str, PassedStages]
    cancelled_shipments: frozenset[str]
    places: Mapping[str, Sequence[ShipmentPlace]]
    owed: Mapping[str, Sequence[OwedUnits]]
    causes: Mapping[str, str]
    waits: Mapping[str, tuple[Wait, ...]] = field(default_factory=dict)
    lines: OrderLines | None = None
    errors: Mapping[str, tuple[FoundError, ...]] = field(default_factory=dict)
    freight: Mapping[str, float] = field(default_factory=dict)
    with_claims: frozenset[str] = frozenset()


def _read(happenings: Happenings, wanted: OrdersWanted) -> _Record:
    parts, by_category = wanted.parts, wanted.by_category
    owed = load_backorders(happenings)
    # The lines alone know of categories.
    has_lines = Part.LINES in parts or by_category
    has_errors = Part.ERRORS in parts
    return _Record(
        stages=load_stages(happenings, with_all=Part.STAGES in parts),
        cancelled_shipments=load_cancelled_shipments(happenings),
        places=load_places(happenings),
        owed=owed,
        causes=load_cancel_causes(happenings),
        waits=load_waits(happenings, owed) if Part.WAITS in parts else {},
        lines=load_lines(happenings, owed, by_category=by_category)
        if has_lines
        else None,
        errors=load_errors(happenings, by_category=by_category) if has_errors else {},
        with_claims=sources_with_claims(happenings) if has_errors else frozenset(),
        freight=load_freight(happenings) if Part.FREIGHT in parts else {},
    )


@dataclass(slots=True)
class _Seen:
    """One order between the tables and its facts."""

    basics: OrderBasics
    passed: PassedStages
    shipments: int
    place: OrderPlace
    cancel_cause: str | None
    lines: tuple[LineSums, ...]
    ship_to_zone: str | None

    @property
    def category(self) -> str | None:
        return only_one(one.category for one in self.lines) if self.lines else None


def _facts_of(basics: OrderBasics, record: _Record, wanted: OrdersWanted) -> OrderFacts:
    order_id = basics.order_id
    places = record.places.get(order_id, ())
    passed = record.stages.get(order_id, NOTHING_PASSED)
    shipments = passed.shipments
    if basics.is_imported:
        # Nothing need have happened to one of them: then no event tells of it.
        gone = record.cancelled_shipments
        shipments = sum(one.shipment_id not in gone for one in places)
    owed = record.owed.get(order_id, ()) if passed.backordered else ()
    if shipments > passed.shipments or (owed and is_owed(owed)):
        passed = passed.without_last()
    place = place_of(places, record.cancelled_shipments)
    cause = basics.cancel_cause or record.causes.get(order_id)
    lines: tuple[LineSums, ...] = ()
    if record.lines:
        was_tried = bool(places or passed.backordered)
        lines = record.lines.sums_of(basics, cause, was_tried=was_tried)
    zone = basics.ship_to_zone or zone_of_destination(
        wanted.country_zones,
        basics.country,
        wanted.site_zones.get(place.warehouse or ""),
    )
    return _facts(_Seen(basics, passed, shipments, place, cause, lines, zone), record)


def _facts(seen: _Seen, record: _Record) -> OrderFacts:
    basics, place, passed = seen.basics, seen.place, seen.passed
    return OrderFacts(
        order_id=basics.order_id,
        source=basics.source,
        is_imported=basics.is_imported,
        channel=basics.channel,
        service_level=basics.service_level,
        customer_group=basics.customer_group,
        customer=basics.customer,
        warehouse=place.warehouse,
        carrier=place.carrier,
        category=seen.category,
        ship_to_zone=seen.ship_to_zone,
        ship_to_country=basics.country,
        placed_at=basics.placed_at,
        verified_at=instant_of(passed.verified),
        allocated_at=instant_of(passed.allocated),
        released_at=instant_of(passed.released),
        picked_at=instant_of(passed.picked),
        packed_at=instant_of(passed.packed),
        handed_over_at=instant_of(passed.handed_over),
        first_scan_at=instant_of(passed.first_scan),
        delivered_at=instant_of(passed.delivered),
        shipments=seen.shipments,
        first_handed_over_at=instant_of(passed.first_handed_over),
        first_delivered_at=instant_of(passed.first_delivered),
        rejected_at=instant_of(passed.rejected),
        cancelled_at=instant_of(passed.cancelled),
        cancel_cause=seen.cancel_cause,
        says_delivered=basics.says_delivered,
        says_cancelled=basics.says_cancelled,
        promised=basics.promised,
        due_ship=basics.due_ship or place.due_ship,
        waits=record.waits.get(basics.order_id, ()),
        lines=seen.lines,
        errors=record.errors.get(basics.order_id, ()),
        freight=record.freight.get(basics.order_id),
        has_claims_channel=basics.source in record.with_claims,
    )
