"""The rows of the stock value: read, locked in one order, and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Select, bindparam, select, update

from domain.stock.valuation import StockValue, UnitCost
from persistence.tables import product, stock_value
from persistence.upsert import POSTGRESQL, insert_or_ignore

# A warehouse and an article.
ValueKey = tuple[str, str]

# Below the number of variables one statement may have on either database.
_CHUNK = 1000
_VALUES = select(
    stock_value.c.sku,
    stock_value.c.currency,
    stock_value.c.units,
    stock_value.c.value_micros,
).where(
    stock_value.c.warehouse_id == bindparam("warehouse"),
    stock_value.c.sku.in_(bindparam("skus", expanding=True)),
)
_LOCK = _VALUES.order_by(stock_value.c.sku).with_for_update()
# By code point, as we sort the parts of a long list: one order for every transaction.
_LOCK_ON_POSTGRESQL = _VALUES.order_by(stock_value.c.sku.collate("C")).with_for_update()
_CATALOGUE_COSTS = select(product.c.sku, product.c.unit_cost, product.c.currency).where(
    product.c.sku.in_(bindparam("skus", expanding=True)),
    product.c.unit_cost.is_not(None),
    product.c.currency.is_not(None),
)
_SET = (
    update(stock_value)
    .where(
        stock_value.c.warehouse_id == bindparam("warehouse"),
        stock_value.c.sku == bindparam("article"),
    )
    .values(
        currency=bindparam("in_currency"),
        units=bindparam("new_units"),
        value_micros=bindparam("new_micros"),
    )
)


def stock_values(
    connection: Connection, warehouse_id: str, skus: Iterable[str]
) -> dict[str, StockValue]:
    """Return the values that are kept for articles of a warehouse, without a lock."""
    return dict(_values(connection, warehouse_id, skus, _VALUES))


def locked_values(
    connection: Connection, keys: Iterable[ValueKey]
) -> dict[ValueKey, StockValue]:
    """Lock the rows that are there, in key order, and return what they hold."""
    on_postgresql = connection.dialect.name == POSTGRESQL
    statement = _LOCK_ON_POSTGRESQL if on_postgresql else _LOCK
    wanted: dict[str, set[str]] = defaultdict(set)
    for warehouse_id, sku in keys:
        wanted[warehouse_id].add(sku)
    return {
        (warehouse_id, sku): value
        for warehouse_id in sorted(wanted)
        for sku, value in _values(
            connection, warehouse_id, wanted[warehouse_id], statement
        )
    }


def add_missing_values(
    connection: Connection, costs: Mapping[ValueKey, UnitCost]
) -> None:
    """Make the rows that are not there yet, empty; call it before `locked_values`.

    Whoever finds a row in the making waits for it, so nobody may hold a lock then.
    """
    insert_or_ignore(
        connection,
        stock_value,
        [
            {
                "warehouse_id": warehouse_id,
                "sku": sku,
                "currency": costs[warehouse_id, sku].currency,
                "units": 0,
                "value_micros": 0,
            }
            for warehouse_id, sku in sorted(costs)
        ],
    )


def store_values(
    connection: Connection,
    before: Mapping[ValueKey, StockValue],
    after: Mapping[ValueKey, StockValue],
) -> None:
    """Write what has changed."""
    rows = [
        {
            "warehouse": warehouse_id,
            "article": sku,
            "in_currency": after[warehouse_id, sku].currency,
            "new_units": after[warehouse_id, sku].units,
            "new_micros": after[warehouse_id, sku].micros,
        }
        for warehouse_id, sku in sorted(after)
        if after[warehouse_id, sku] != before[warehouse_id, sku]
    ]
    if rows:
        connection.execute(_SET, rows)


def catalogue_costs(connection: Connection, skus: Iterable[str]) -> dict[str, UnitCost]:
    """Return the unit costs that the catalogue knows."""
    return {
        row.sku: UnitCost(amount=row.unit_cost, currency=row.currency)
        for chunk in _chunks(skus)
        for row in connection.execute(_CATALOGUE_COSTS, {"skus": chunk})
    }


def _values(
    connection: Connection,
    warehouse_id: str,
    skus: Iterable[str],
    statement: Select[tuple[str, str, int, int]],
) -> Iterator[tuple[str, StockValue]]:
    for chunk in _chunks(skus):
        asked = {"warehouse": warehouse_id, "skus": chunk}
        for row in connection.execute(statement, asked):
            value = StockValue(
                currency=row.currency, units=row.units, micros=row.value_micros
            )
            yield row.sku, value


def _chunks(skus: Iterable[str]) -> Iterator[Sequence[str]]:
    wanted = sorted(set(skus))
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]
