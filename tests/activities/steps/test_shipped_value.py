"""What leaves with a carrier takes its cost with it, onto the ledger."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.stock.valuation import UnitCost
from persistence.stock_value import Arrived, value_in
from persistence.tables import stock_movement, stock_value
from tests.activities.steps.builders import (
    OrderRun,
    Shop,
    assert_balanced,
    line,
    package_of,
    picks,
)


def worth(shop: Shop, **costs: str) -> None:
    """Say what the ten units of each article that are in stock have cost."""
    arrived = [
        Arrived(
            sku=sku, units=10, cost=UnitCost(amount=Decimal(amount), currency="EUR")
        )
        for sku, amount in costs.items()
    ]
    with shop.database.write() as connection:
        value_in(connection, "main", arrived)


def shipped(shop: Shop) -> OrderRun:
    run = shop.order("1", line("MUG", 2), line("POT", 1), line("MUG", 1))
    run.pick(*picks(2, 1, 1))
    run.pack(package_of(MUG=3, POT=1))
    run.hand_over()
    return run


def outgoing(shop: Shop) -> list[tuple[int, Decimal | int | None, str | None]]:
    rows = shop.rows(select(stock_movement).where(stock_movement.c.kind == "shipped"))
    return sorted((row.on_hand_change, row.unit_cost, row.currency) for row in rows)


def test_a_hand_over_writes_the_average_and_takes_it_out(shop: Shop) -> None:
    worth(shop, MUG="4", POT="11")

    shipped(shop)

    assert outgoing(shop) == [(-2, 4, "EUR"), (-1, 4, "EUR"), (-1, 11, "EUR")]
    left = {row.sku: row for row in shop.rows(select(stock_value))}
    assert (left["MUG"].units, left["MUG"].value_micros) == (7, 28_000_000)
    assert (left["POT"].units, left["POT"].value_micros) == (9, 99_000_000)
    assert_balanced(shop)


def test_turnover_follows_from_the_ledger_alone(shop: Shop) -> None:
    worth(shop, MUG="4", POT="11")

    shipped(shop)

    assert -sum(units * (cost or 0) for units, cost, _ in outgoing(shop)) == 23


@pytest.mark.parametrize("stage", ["picked", "packed"])
def test_goods_that_only_move_inside_the_warehouse_keep_their_value(
    shop: Shop, stage: str
) -> None:
    worth(shop, MUG="4")
    before = shop.rows(select(stock_value))
    run = shop.order("1", line("MUG", 2))
    run.pick(*picks(2))
    if stage == "packed":
        run.pack(package_of(MUG=2))

    assert shop.rows(select(stock_value)) == before


def test_goods_of_which_nobody_knows_the_cost_leave_all_the_same(shop: Shop) -> None:
    worth(shop, POT="11")

    run = shipped(shop)

    assert [s.status for s in run.state.shipments] == ["handed_over"]
    rows = shop.rows(select(stock_movement).where(stock_movement.c.kind == "shipped"))
    assert sorted(row.unit_cost for row in rows if row.unit_cost is not None) == [11]
    assert_balanced(shop)
