"""What must hold of the stock tables after every step, whatever the steps were."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Select, func, select

from domain.shipments.tasks import BackorderStatus
from domain.stock.movements import SELLABLE
from persistence.tables import (
    allocation,
    backorder,
    excluded_place,
    location,
    order_demand,
    order_line,
    reservation_line,
    stock_level,
    stock_movement,
)

COUNTERS = ("on_hand", "allocated", "reserved")
Units = Counter[Any]


def units_by_place(connection: Connection) -> Units:
    """Return the units on hand by location and article; places without any left out."""
    return +_counted(
        connection,
        select(stock_level.c.location_id, stock_level.c.sku, stock_level.c.on_hand),
    )


def faults(connection: Connection) -> list[str]:
    """Say what does not hold; empty when all is well."""
    compared = {
        f"{name} beside the ledger": _levels_and_ledger(connection, name)
        for name in COUNTERS
    }
    compared["allocated beside the promises"] = _allocated(connection)
    compared["reserved beside the reservations"] = _reserved(connection)
    compared["orders beside what they got or wait for"] = _orders(connection)
    differences = [difference(name, *pair) for name, pair in compared.items()]
    return [*_impossible_levels(connection), *filter(None, differences)]


def difference(name: str, one: Units, other: Units) -> str:
    """Say where two books differ; empty when they do not."""
    keys = [key for key in {*one, *other} if one[key] != other[key]]
    told = ", ".join(f"{key}: {one[key]} and {other[key]}" for key in keys)
    return f"{name}: {told}" if keys else ""


def _impossible_levels(connection: Connection) -> list[str]:
    return [
        f"{row.sku} at {row.location_id}: {row.on_hand}, {row.allocated} allocated, "
        f"{row.reserved} reserved"
        for row in connection.execute(select(stock_level))
        if min(row.on_hand, row.allocated, row.reserved) < 0
        or row.allocated + row.reserved > row.on_hand
    ]


def _levels_and_ledger(connection: Connection, name: str) -> tuple[Units, Units]:
    level, movement = stock_level.c, stock_movement.c
    return (
        _counted(connection, select(level.stock_level_id, level[name])),
        _counted(
            connection,
            select(
                movement.stock_level_id, func.sum(movement[f"{name}_change"])
            ).group_by(movement.stock_level_id),
        ),
    )


def _allocated(connection: Connection) -> tuple[Units, Units]:
    """Compare bins with what is to be picked there, staging places with what was."""
    promised = _counted(
        connection,
        select(allocation.c.stock_level_id, allocation.c.open_quantity),
    )
    staged = _counted(
        connection,
        select(location.c.warehouse_id, allocation.c.sku, allocation.c.picked_quantity)
        .join(stock_level, stock_level.c.stock_level_id == allocation.c.stock_level_id)
        .join(location, location.c.location_id == stock_level.c.location_id),
    )
    held: Units = Counter()
    for row in connection.execute(
        select(stock_level, location.c.kind, location.c.warehouse_id).join(
            location, location.c.location_id == stock_level.c.location_id
        )
    ):
        is_staging = row.kind == "staging"
        key = (row.warehouse_id, row.sku) if is_staging else row.stock_level_id
        held[key] += row.allocated
    return held, promised + staged


def _reserved(connection: Connection) -> tuple[Units, Units]:
    return (
        _counted(
            connection, select(stock_level.c.stock_level_id, stock_level.c.reserved)
        ),
        _counted(
            connection,
            select(reservation_line.c.stock_level_id, reservation_line.c.quantity),
        ),
    )


def _orders(connection: Connection) -> tuple[Units, Units]:
    """Compare what every order wants with what it got, has and waits for."""
    wanted = _counted(
        connection,
        select(
            order_demand.c.order_id,
            (order_line.c.quantity - order_line.c.cancelled_quantity)
            * order_demand.c.quantity_per_unit,
        ).join(
            order_line,
            (order_line.c.order_id == order_demand.c.order_id)
            & (order_line.c.line_no == order_demand.c.line_no),
        ),
    )
    has = _counted(
        connection,
        select(
            allocation.c.order_id,
            allocation.c.open_quantity
            + allocation.c.picked_quantity
            + allocation.c.shipped_quantity,
        ),
    )
    owed = _counted(
        connection,
        select(backorder.c.order_id, backorder.c.quantity).where(
            backorder.c.status == BackorderStatus.OPEN
        ),
    )
    return wanted, has + owed


def left_over(connection: Connection) -> list[str]:
    """Say which free units an order waits for, that it was not told to stay from."""
    free = (
        select(
            stock_level.c.location_id,
            stock_level.c.sku,
            stock_level.c.on_hand - stock_level.c.allocated - stock_level.c.reserved,
        )
        .join(location, location.c.location_id == stock_level.c.location_id)
        .where(location.c.kind.in_(sorted(SELLABLE)), location.c.frozen_at.is_(None))
    )
    places = +_counted(connection, free)
    excluded = {
        (row.order_id, row.location_id, row.sku)
        for row in connection.execute(select(excluded_place))
    }
    waiting = connection.execute(
        select(backorder).where(backorder.c.status == BackorderStatus.OPEN)
    )
    return [
        f"{row.order_id} waits for {row.quantity} {row.sku}; {units} are at {place}"
        for row in waiting
        for (place, sku), units in places.items()
        if sku == row.sku and (row.order_id, place, sku) not in excluded
    ]


def _counted(connection: Connection, query: Select[*tuple[Any, ...]]) -> Units:
    """Sum the last column by the others."""
    found: Units = Counter()
    for row in connection.execute(query):
        key = tuple(row)[:-1]
        found[key if len(key) > 1 else key[0]] += int(row[-1] or 0)
    return found
