"""The stock guard and the ledger: a level changes beside its written cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Update, bindparam, exists, insert, select, update

from domain.stock.movements import SELLABLE, LocationKind, MovementKind
from domain.stock.sourcing import FreeStock, is_trusted
from persistence.tables import (
    excluded_place,
    location,
    service_area,
    stock_level,
    stock_movement,
    warehouse,
)
from persistence.upsert import insert_or_ignore

_ADD_MOVEMENTS = insert(stock_movement)
_NOT_FROZEN = (location.c.frozen_at.is_(None), warehouse.c.frozen_at.is_(None))
_FREE = (
    select(
        stock_level.c.stock_level_id,
        location.c.warehouse_id,
        stock_level.c.location_id,
        location.c.pick_sequence,
        stock_level.c.sku,
        (
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        ).label("free"),
        location.c.kind,
        stock_level.c.received_at,
        location.c.counts,
        location.c.exact_counts,
        exists()
        .where(service_area.c.warehouse_id == location.c.warehouse_id)
        .label("has_service_area"),
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .join(warehouse, warehouse.c.warehouse_id == location.c.warehouse_id)
    .where(
        stock_level.c.sku.in_(bindparam("skus", expanding=True)),
        stock_level.c.on_hand > stock_level.c.allocated + stock_level.c.reserved,
        location.c.kind.in_(sorted(SELLABLE)),
        *_NOT_FROZEN,
    )
)
_FREE_FOR_ORDER = _FREE.where(
    ~exists().where(
        excluded_place.c.order_id == bindparam("order_id"),
        excluded_place.c.location_id == stock_level.c.location_id,
        excluded_place.c.sku == stock_level.c.sku,
    )
)
_TAKE = (
    update(stock_level)
    .where(
        stock_level.c.stock_level_id == bindparam("level"),
        stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved
        >= bindparam("quantity"),
    )
    .values(allocated=stock_level.c.allocated + bindparam("quantity"))
)
_CHANGE = (
    update(stock_level)
    .where(stock_level.c.stock_level_id == bindparam("level"))
    .values(
        on_hand=stock_level.c.on_hand + bindparam("on_hand_change"),
        allocated=stock_level.c.allocated + bindparam("allocated_change"),
        reserved=stock_level.c.reserved + bindparam("reserved_change"),
    )
)
_LEVELS_AT = select(stock_level.c.stock_level_id, stock_level.c.sku).where(
    stock_level.c.location_id == bindparam("location_id"),
    stock_level.c.sku.in_(bindparam("skus", expanding=True)),
    stock_level.c.lot == "",
)

# Of on hand, allocated and reserved.
Change = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One row of the ledger: what changed at a level, and by what kind of act."""

    stock_level_id: int
    kind: MovementKind
    on_hand: int = 0
    allocated: int = 0
    reserved: int = 0
    shipment_id: str | None = None
    unit_cost: Decimal | None = None
    currency: str | None = None

    @property
    def frees(self) -> bool:
        """Return whether units may now be free for another order."""
        return self.on_hand > self.allocated + self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementCause:
    """Why stock moved: order, step, person, document, and when."""

    cause: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    order_id: str | None = None
    document: str | None = None


def free_stock(
    connection: Connection, skus: Iterable[str], *, order_id: str | None = None
) -> list[FreeStock]:
    """Return where units of these articles are free to be promised.

    Without frozen places, and for an order without those that failed it before.
    """
    asked: dict[str, object] = {"skus": sorted(set(skus))}
    if order_id is None:
        rows = connection.execute(_FREE, asked)
    else:
        rows = connection.execute(_FREE_FOR_ORDER, {**asked, "order_id": order_id})
    return [
        FreeStock(
            stock_level_id=row.stock_level_id,
            warehouse_id=row.warehouse_id,
            location_id=row.location_id,
            pick_sequence=row.pick_sequence,
            sku=row.sku,
            free=row.free,
            kind=LocationKind(row.kind),
            received_at=row.received_at,
            is_trusted=is_trusted(row.counts, row.exact_counts),
            serves_everywhere=not row.has_service_area,
        )
        for row in rows
    ]


def take_stock(connection: Connection, wanted: Mapping[int, int]) -> bool:
    """Allocate units at each level, all or nothing; False if another order was faster.

    One conditional statement a level, in key order: the guard against overselling.
    """
    return change_all_or_none(connection, _TAKE, wanted)


def change_all_or_none(
    connection: Connection, change: Update, wanted: Mapping[int, int]
) -> bool:
    """Run a conditional change of `quantity` at each `level`, in key order.

    False, with nothing changed and nothing kept locked, if one of them finds too few.
    """
    ordered = [
        {"level": level, "quantity": quantity}
        for level, quantity in sorted(wanted.items())
    ]
    if len(ordered) <= 1:
        return all(connection.execute(change, one).rowcount == 1 for one in ordered)
    # What a lost race changed must not stay locked either: the next plan may want an
    # earlier level, whose holder waits for one of these.
    attempt = connection.begin_nested()
    if all(connection.execute(change, one).rowcount == 1 for one in ordered):
        attempt.commit()
        return True
    attempt.rollback()
    return False


def record_movements(
    connection: Connection, movements: Sequence[Movement], why: MovementCause
) -> None:
    """Write movements that have been applied to their levels."""
    if not movements:
        return
    connection.execute(
        _ADD_MOVEMENTS,
        [
            {
                "stock_level_id": movement.stock_level_id,
                "kind": movement.kind,
                "on_hand_change": movement.on_hand,
                "allocated_change": movement.allocated,
                "reserved_change": movement.reserved,
                "unit_cost": movement.unit_cost,
                "currency": movement.currency,
                "order_id": why.order_id,
                "shipment_id": movement.shipment_id,
                "cause": why.cause,
                "document": why.document,
                "actor": why.actor,
                "occurred_at": why.occurred_at,
                "recorded_at": why.recorded_at,
            }
            for movement in movements
        ],
    )


def move_stock(
    connection: Connection, movements: Sequence[Movement], why: MovementCause
) -> None:
    """Apply movements to their levels, in key order, and write them down."""
    apply_movements(connection, movements)
    record_movements(connection, movements, why)


def apply_movements(connection: Connection, movements: Sequence[Movement]) -> None:
    """Change the levels, in key order; the movements are still to be recorded."""
    changes: dict[int, Change] = defaultdict(lambda: (0, 0, 0))
    for movement in movements:
        on_hand, allocated, reserved = changes[movement.stock_level_id]
        changes[movement.stock_level_id] = (
            on_hand + movement.on_hand,
            allocated + movement.allocated,
            reserved + movement.reserved,
        )
    _change(connection, changes)


def levels_at(
    connection: Connection, location_id: str, skus: Iterable[str]
) -> dict[str, int]:
    """Return the level of each article at a location, made if it is not there."""
    wanted = sorted(set(skus))
    asked = {"location_id": location_id, "skus": wanted}
    found = {
        row.sku: row.stock_level_id for row in connection.execute(_LEVELS_AT, asked)
    }
    missing = [sku for sku in wanted if sku not in found]
    if not missing:
        return found
    insert_or_ignore(
        connection,
        stock_level,
        [
            {
                "location_id": location_id,
                "sku": sku,
                "lot": "",
                "on_hand": 0,
                "allocated": 0,
                "reserved": 0,
            }
            for sku in missing
        ],
    )
    return {
        row.sku: row.stock_level_id for row in connection.execute(_LEVELS_AT, asked)
    }


def _change(connection: Connection, changes: Mapping[int, Change]) -> None:
    rows = [
        {
            "level": level,
            "on_hand_change": on_hand,
            "allocated_change": allocated,
            "reserved_change": reserved,
        }
        for level, (on_hand, allocated, reserved) in sorted(changes.items())
        if on_hand or allocated or reserved
    ]
    if rows:
        connection.execute(_CHANGE, rows)
