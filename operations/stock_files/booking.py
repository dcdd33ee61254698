"""A receipt's units come onto their levels and into the value, damaged ones apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, select, update

from domain.stock.movements import MovementKind, damaged_location_of
from domain.stock.valuation import UnitCost
from operations.stock_files.costs import cost_of
from operations.stock_files.places import Places
from operations.stock_files.receipts import NumberedStock
from persistence.stock import Movement, MovementCause, record_movements
from persistence.stock_value import Arrived, priced, value_in
from persistence.tables import stock_level
from persistence.upsert import insert_or_ignore

_CHUNK = 1000
# Of a place and an article.
Levels = Mapping[tuple[str, str], int]
# First in, first out: what lies there is as old as its oldest unit.
_RECEIVE = (
    update(stock_level)
    .where(stock_level.c.stock_level_id == bindparam("level"))
    .values(
        on_hand=stock_level.c.on_hand + bindparam("units"),
        received_at=case(
            (
                stock_level.c.on_hand == 0,
                bindparam("at", type_=stock_level.c.received_at.type),
            ),
            else_=stock_level.c.received_at,
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    warehouse_id: str
    location_id: str
    sku: str
    units: int
    cost: UnitCost | None


def book_units(
    connection: Connection,
    lines: Sequence[NumberedStock],
    places: Places,
    why: MovementCause,
) -> dict[int, int]:
    """Book what the lines say; return how many units may be sold, by level."""
    units = [one for line in lines for one in _units_of(line, places)]
    levels = _levels(connection, units)
    arrived = [one for one in units if one.units]
    _receive(connection, arrived, levels, why.occurred_at)
    costs = _value(connection, arrived)
    record_movements(
        connection,
        [
            priced(
                Movement(
                    stock_level_id=levels[one.location_id, one.sku],
                    kind=MovementKind.RECEIVED,
                    on_hand=one.units,
                ),
                cost,
            )
            for one, cost in zip(arrived, costs, strict=True)
        ],
        why,
    )
    sellable: dict[int, int] = defaultdict(int)
    for one in arrived:
        if places.is_sellable(one.location_id):
            sellable[levels[one.location_id, one.sku]] += one.units
    return dict(sellable)


def _units_of(one: NumberedStock, places: Places) -> Iterator[_Units]:
    line = one.line
    warehouse_id = line.warehouse or places.terms.warehouse
    yield _Units(
        warehouse_id=warehouse_id,
        location_id=line.location,
        sku=line.sku,
        units=line.quantity - line.damaged_quantity,
        cost=cost_of(line),
    )
    if line.damaged_quantity:
        yield _Units(
            warehouse_id=warehouse_id,
            location_id=damaged_location_of(warehouse_id),
            sku=line.sku,
            units=line.damaged_quantity,
            cost=cost_of(line),
        )


def _receive(
    connection: Connection, arrived: Iterable[_Units], levels: Levels, at: datetime
) -> None:
    added: dict[int, int] = defaultdict(int)
    for one in arrived:
        added[levels[one.location_id, one.sku]] += one.units
    rows = [
        {"level": level, "units": added[level], "at": at} for level in sorted(added)
    ]
    if rows:
        connection.execute(_RECEIVE, rows)


def _value(connection: Connection, arrived: Sequence[_Units]) -> list[UnitCost | None]:
    costs: dict[int, UnitCost | None] = {}
    for warehouse_id in sorted({one.warehouse_id for one in arrived}):
        numbered = [
            (number, one)
            for number, one in enumerate(arrived)
            if one.warehouse_id == warehouse_id
        ]
        found = value_in(
            connection,
            warehouse_id,
            [
                Arrived(sku=one.sku, units=one.units, cost=one.cost)
                for _, one in numbered
            ],
        )
        costs.update(zip((number for number, _ in numbered), found, strict=True))
    return [costs[number] for number in range(len(arrived))]


def _levels(connection: Connection, units: Iterable[_Units]) -> Levels:
    """Return the level of each place and article, made where it is not there."""
    pairs = sorted({(one.location_id, one.sku) for one in units})
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
            for location_id, sku in pairs
        ],
    )
    skus = sorted({sku for _, sku in pairs})
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(skus), _CHUNK):
        rows = connection.execute(
            select(stock_level).where(
                stock_level.c.sku.in_(skus[start : start + _CHUNK]),
                stock_level.c.lot == "",
            )
        )
        found.update({(row.location_id, row.sku): row.stock_level_id for row in rows})
    return found
