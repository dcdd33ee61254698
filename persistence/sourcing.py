"""Where warehouses send to, and the stored reasons of what comes from which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, insert, select

from domain.stock.sourcing import WarehouseFacts
from persistence.tables import address, service_area, sourcing_decision, warehouse
from persistence.warehouses import postcode_prefixes

SENDS_NOTHING_THERE = "sends nothing to this address"

_DESTINATION = select(address.c.country, address.c.postcode).where(
    address.c.address_id == bindparam("address_id")
)
_AREAS = (
    select(
        warehouse.c.warehouse_id,
        warehouse.c.country,
        service_area.c.postcode_prefix,
        service_area.c.distance_km,
        exists()
        .where(service_area.c.warehouse_id == warehouse.c.warehouse_id)
        .correlate(warehouse)
        .label("has_service_area"),
    )
    .outerjoin(
        service_area,
        and_(
            service_area.c.warehouse_id == warehouse.c.warehouse_id,
            service_area.c.country == bindparam("country"),
            service_area.c.postcode_prefix.in_(bindparam("prefixes", expanding=True)),
        ),
    )
    .where(warehouse.c.warehouse_id.in_(bindparam("warehouse_ids", expanding=True)))
)
_ADD_DECISION = insert(sourcing_decision)
_DECISIONS = (
    select(
        sourcing_decision.c.sourcing_decision_id,
        sourcing_decision.c.cause,
        sourcing_decision.c.explanation,
        sourcing_decision.c.decided_at,
    )
    .where(sourcing_decision.c.order_id == bindparam("order_id"))
    .order_by(sourcing_decision.c.sourcing_decision_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an order goes, as far as service areas ask."""

    country: str
    postcode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """One decision about where an order's goods come from, with its explanation."""

    sourcing_decision_id: int
    cause: str
    explanation: Mapping[str, object]
    decided_at: datetime


def destination_of(connection: Connection, address_id: str) -> Destination:
    """Return the country and postcode of an address."""
    row = connection.execute(_DESTINATION, {"address_id": address_id}).one()
    return Destination(country=row.country, postcode=row.postcode)


def service_facts(
    connection: Connection, warehouse_ids: Iterable[str], to: Destination
) -> dict[str, WarehouseFacts]:
    """Return whether each warehouse sends there, and how far that is.

    The longest fitting postcode prefix counts; without service areas all is served.
    """
    asked = {
        "warehouse_ids": sorted(set(warehouse_ids)),
        "country": to.country,
        "prefixes": postcode_prefixes(to.postcode),
    }
    # The longest prefix comes last and stays.
    rows = sorted(
        connection.execute(_AREAS, asked), key=lambda row: row.postcode_prefix or ""
    )
    facts: dict[str, WarehouseFacts] = {}
    for row in rows:
        serves = not row.has_service_area or row.postcode_prefix is not None
        facts[row.warehouse_id] = WarehouseFacts(
            warehouse_id=row.warehouse_id,
            serves=serves,
            distance_km=row.distance_km,
            same_country=row.country == to.country,
            reason=None if serves else SENDS_NOTHING_THERE,
        )
    return facts


def store_decision(
    connection: Connection,
    order_id: str,
    explanation: Mapping[str, object],
    *,
    cause: str,
    at: datetime,
) -> None:
    """Keep why an order's goods come from where they do."""
    connection.execute(
        _ADD_DECISION,
        {
            "order_id": order_id,
            "cause": cause,
            "explanation": explanation,
            "decided_at": at,
        },
    )


def stored_decisions(connection: Connection, order_id: str) -> list[StoredDecision]:
    """Return the decisions about an order, the first one first."""
    rows = connection.execute(_DECISIONS, {"order_id": order_id})
    return [StoredDecision(**row._mapping) for row in rows]
