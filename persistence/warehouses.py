"""What is stored about warehouses, and the places that shipments take in their days."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, exists, func, select, update

from domain.stock.movements import (
    LocationKind,
    damaged_location_of,
    staging_location_of,
)
from persistence.tables import location, service_area, warehouse, warehouse_day
from persistence.upsert import insert_or_ignore

# Every order asks for them, and they change a few times a year.
KEPT_SECONDS = 5.0

_TERMS = select(
    warehouse.c.warehouse_id,
    warehouse.c.time_zone,
    warehouse.c.cut_off,
    warehouse.c.daily_capacity,
    exists()
    .where(
        service_area.c.warehouse_id == warehouse.c.warehouse_id,
        service_area.c.transit_days.is_not(None),
    )
    .label("has_transit_days"),
)
_TRANSIT = (
    select(service_area.c.transit_days)
    .where(
        service_area.c.warehouse_id == bindparam("warehouse_id"),
        service_area.c.country == bindparam("country"),
        service_area.c.postcode_prefix.in_(bindparam("prefixes", expanding=True)),
        service_area.c.transit_days.is_not(None),
    )
    .order_by(func.length(service_area.c.postcode_prefix).desc())
    .limit(1)
)
_CAPACITY = (
    select(func.coalesce(warehouse.c.daily_capacity, warehouse_day.c.planned + 1))
    .where(warehouse.c.warehouse_id == warehouse_day.c.warehouse_id)
    .scalar_subquery()
)
# The guard against a day with more shipments than the warehouse can send.
_TAKE = (
    update(warehouse_day)
    .where(
        warehouse_day.c.warehouse_id == bindparam("at_warehouse"),
        warehouse_day.c.day == bindparam("on_day"),
        warehouse_day.c.planned < _CAPACITY,
    )
    .values(planned=warehouse_day.c.planned + 1)
)
_GIVE_BACK = (
    update(warehouse_day)
    .where(
        warehouse_day.c.warehouse_id == bindparam("at_warehouse"),
        warehouse_day.c.day == bindparam("on_day"),
        warehouse_day.c.planned >= bindparam("places"),
    )
    .values(planned=warehouse_day.c.planned - bindparam("places"))
)
_FULL = select(warehouse_day.c.day).where(
    warehouse_day.c.warehouse_id == bindparam("at_warehouse"),
    warehouse_day.c.day >= bindparam("from_day"),
    warehouse_day.c.planned >= bindparam("capacity"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseTerms:
    """When a warehouse sends and how much a day; None: closing time, no limit."""

    warehouse_id: str
    time_zone: str
    cut_off: time | None
    daily_capacity: int | None
    has_transit_days: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    terms: Mapping[str, WarehouseTerms]


_KEPT: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
_LOCK = threading.Lock()


def warehouse_terms(connection: Connection, warehouse_id: str) -> WarehouseTerms:
    """Return a warehouse's terms, at most `KEPT_SECONDS` old."""
    kept = _KEPT.get(connection.engine)
    if kept is None or kept.until < monotonic() or warehouse_id not in kept.terms:
        kept = _Kept(monotonic() + KEPT_SECONDS, _load(connection))
        with _LOCK:
            _KEPT[connection.engine] = kept
    return kept.terms[warehouse_id]


def forget_warehouses() -> None:
    """Read warehouses again: this process has changed them."""
    with _LOCK:
        _KEPT.clear()


def _load(connection: Connection) -> dict[str, WarehouseTerms]:
    return {
        row.warehouse_id: WarehouseTerms(
            warehouse_id=row.warehouse_id,
            time_zone=row.time_zone,
            cut_off=None if row.cut_off is None else time.fromisoformat(row.cut_off),
            daily_capacity=row.daily_capacity,
            has_transit_days=bool(row.has_transit_days),
        )
        for row in connection.execute(_TERMS)
    }


def plain_postcode(text: str) -> str:
    """Return a postcode as areas are compared: capitals and digits without spaces."""
    return "".join(text.split()).upper()


def postcode_prefixes(postcode: str | None) -> list[str]:
    """Return every beginning of a postcode, the empty one included."""
    plain = plain_postcode(postcode or "")
    return [plain[:length] for length in range(len(plain) + 1)]


def transit_days_to(
    connection: Connection, warehouse_id: str, country: str, postcode: str | None
) -> int | None:
    """Return what the longest fitting postcode prefix says of the carrier's days."""
    found: int | None = connection.execute(
        _TRANSIT,
        {
            "warehouse_id": warehouse_id,
            "country": country,
            "prefixes": postcode_prefixes(postcode),
        },
    ).scalar_one_or_none()
    return found


def full_days(
    connection: Connection, warehouse_id: str, from_day: date, capacity: int
) -> set[date]:
    """Return the days that look full; only taking a place says for certain."""
    asked = {"at_warehouse": warehouse_id, "from_day": from_day, "capacity": capacity}
    return set(connection.execute(_FULL, asked).scalars())


def take_place(connection: Connection, warehouse_id: str, day: date) -> bool:
    """Take one shipment's place in a day; False if the day is full."""
    asked = {"at_warehouse": warehouse_id, "on_day": day}
    if connection.execute(_TAKE, asked).rowcount == 1:
        return True
    row = {"warehouse_id": warehouse_id, "day": day, "planned": 0}
    insert_or_ignore(connection, warehouse_day, [row])
    return connection.execute(_TAKE, asked).rowcount == 1


def give_places_back(
    connection: Connection, warehouse_id: str, day: date, places: int
) -> None:
    """Give places in a day back."""
    connection.execute(
        _GIVE_BACK, {"at_warehouse": warehouse_id, "on_day": day, "places": places}
    )


def add_own_places(connection: Connection, warehouse_ids: Iterable[str]) -> None:
    """Give each warehouse a place for picked goods and one for damaged goods."""
    insert_or_ignore(
        connection,
        location,
        [
            {
                "location_id": location_id,
                "warehouse_id": warehouse_id,
                "kind": kind,
                "pick_sequence": 0,
            }
            for warehouse_id in warehouse_ids
            for location_id, kind in (
                (staging_location_of(warehouse_id), LocationKind.STAGING),
                (damaged_location_of(warehouse_id), LocationKind.DAMAGED),
            )
        ],
    )
