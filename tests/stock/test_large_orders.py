"""A wholesale order opens in one step, and neither step nor history grow with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, event, insert
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from benchmarks.scarce_shop import WAREHOUSES, bins_of
from domain.stock.movements import MovementKind
from persistence.stock import Movement, MovementCause, levels_at, move_stock
from persistence.tables import product
from tests.builders.stock import PRICE
from tests.stock.floor import Floor

LINES = 500
# The guard is one conditional statement for each level; all else is done for all lines.
STATEMENTS_PER_LINE = 1
MORE_STATEMENTS = 25
LARGEST_HISTORY_BYTES = 4_000


@contextmanager
def statements_counted() -> Iterator[list[str]]:
    """Have every statement that any engine sends; one for many rows counts once."""
    sent: list[str] = []

    def note(
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: object,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def floor(database_url: str) -> Iterator[Floor]:
    """Have a shop with as many articles as the order has lines, in two warehouses."""
    shop = Floor(database_url)
    shop.furnish()
    with shop.database.write() as connection:
        connection.execute(
            insert(product),
            [
                {"sku": sku, "name": sku, "price": PRICE, "currency": "EUR"}
                for sku in map(sku_of, range(LINES))
            ],
        )
        why = MovementCause(
            cause="test",
            actor="test",
            occurred_at=shop.clock(),
            recorded_at=shop.clock(),
        )
        # Every other article lies in the other warehouse, the next in another bin.
        north, south = map(bins_of, WAREHOUSES)
        places = [place for pair in zip(north, south, strict=True) for place in pair]
        for number, place in enumerate(places):
            skus = [sku_of(line) for line in range(number, LINES, len(places))]
            levels = levels_at(connection, place, skus)
            received = [
                Movement(stock_level_id=level, kind=MovementKind.RECEIVED, on_hand=10)
                for level in levels.values()
            ]
            move_stock(connection, received, why)
    yield shop
    shop.close()


def sku_of(line: int) -> str:
    return f"BULK-{line:03d}"


def opening(floor: Floor, lines: int) -> int:
    """Open an order of so many lines; return how many statements that took."""
    with statements_counted() as sent:
        floor.open(f"bulk{lines}", *((sku_of(line), 2) for line in range(lines)))
    return len(sent)


def test_an_order_of_500_lines_opens_in_one_step(floor: Floor) -> None:
    before = floor.database.transactions

    opening(floor, LINES)

    [state] = floor.states.values()
    units = sum(
        row.open_quantity
        for shipment in state.shipments
        for row in floor.allocations(shipment.shipment_id)
    )
    assert floor.database.transactions - before == 1
    assert {one.warehouse_id for one in state.shipments} == set(WAREHOUSES)
    assert (units, state.backordered) == (2 * LINES, 0)


def test_statements_grow_by_the_guard_alone_with_the_lines_of_an_order(
    floor: Floor,
) -> None:
    few = opening(floor, 10)

    many = opening(floor, LINES)

    more_lines = LINES - 10
    assert many - few <= STATEMENTS_PER_LINE * more_lines + MORE_STATEMENTS


def test_what_a_run_keeps_of_a_large_order_is_as_small_as_of_a_small_one(
    floor: Floor,
) -> None:
    opening(floor, 10)
    opening(floor, LINES)

    small, large = (
        len(state.model_dump_json().encode()) for state in floor.states.values()
    )
    assert large <= LARGEST_HISTORY_BYTES
    assert large - small <= 10
