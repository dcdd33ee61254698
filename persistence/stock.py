"""The stock guard and the ledger: a level changes beside its written cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, insert, select, update

from domain.stock.movements import SELLABLE, MovementKind
from domain.stock.sourcing import FreeStock
from persistence.tables import location, stock_level, stock_movement
from persistence.upsert import insert_or_ignore

_ADD_MOVEMENTS = insert(stock_movement)
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
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .where(
        stock_level.c.sku.in_(bindparam("skus", expanding=True)),
        stock_level.c.on_hand > stock_level.c.allocated + stock_level.c.reserved,
        location.c.kind.in_(sorted(SELLABLE)),
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
    )
)
_LEVELS_AT = select(stock_level.c.stock_level_id, stock_level.c.sku).where(
    stock_level.c.location_id == bindparam("location_id"),
    stock_level.c.sku.in_(bindparam("skus", expanding=True)),
    stock_level.c.lot == "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One row of the ledger: what changed at a level, and by what kind of act."""

    stock_level_id: int
    kind: MovementKind
    on_hand: int = 0
    allocated: int = 0
    shipment_id: str | None = None
    unit_cost: Decimal | None = None
    currency: str | None = None

    @property
    def frees(self) -> bool:
        """Return whether units may now be free for another order."""
        return self.on_hand > self.allocated


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementCause:
    """Why stock moved: order, step, person, document, and when."""

    cause: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    order_id: str | None = None
    document: str | None = None


def free_stock(connection: Connection, skus: Iterable[str]) -> list[FreeStock]:
    """Return where units of these articles are free to be promised."""
    rows = connection.execute(_FREE, {"skus": sorted(set(skus))})
    return [FreeStock(**row._mapping) for row in rows]


def take_stock(connection: Connection, wanted: Mapping[int, int]) -> bool:
    """Allocate units at each level, all or nothing; False if another order was faster.

    One conditional statement a level, in key order: the guard against overselling.
    """
    taken: list[tuple[int, int]] = []
    for level, quantity in sorted(wanted.items()):
        found = connection.execute(_TAKE, {"level": level, "quantity": quantity})
        if found.rowcount != 1:
            for earlier, units in taken:
                _change(connection, {earlier: (0, -units)})
            return False
        taken.append((level, quantity))
    return True


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
                "reserved_change": 0,
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
    changes: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for movement in movements:
        on_hand, allocated = changes[movement.stock_level_id]
        changes[movement.stock_level_id] = (
            on_hand + movement.on_hand,
            allocated + movement.allocated,
        )
    _change(connection, changes)
    record_movements(connection, movements, why)


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


def _change(connection: Connection, changes: Mapping[int, tuple[int, int]]) -> None:
    rows = [
        {"level": level, "on_hand_change": on_hand, "allocated_change": allocated}
        for level, (on_hand, allocated) in sorted(changes.items())
        if on_hand or allocated
    ]
    if rows:
        connection.execute(_CHANGE, rows)
