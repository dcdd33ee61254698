"""What the stock is worth, as people read it: by warehouse and article, and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import Connection, func, select

from domain.stock.valuation import StockValue, amount_of
from operations.queries.models import View
from persistence.tables import location, stock_level, stock_value

_VALUES = select(
    stock_value.c.warehouse_id,
    stock_value.c.sku,
    stock_value.c.currency,
    stock_value.c.units,
    stock_value.c.value_micros,
).where(stock_value.c.units > 0)
_ON_HAND = (
    select(
        location.c.warehouse_id,
        stock_level.c.sku,
        func.sum(stock_level.c.on_hand).label("on_hand"),
    )
    .join(location, location.c.location_id == stock_level.c.location_id)
    .group_by(location.c.warehouse_id, stock_level.c.sku)
    .having(func.sum(stock_level.c.on_hand) > 0)
)


class ValueRow(View):
    """The value of an article in a warehouse.

    `units` are those whose cost is known; of `units_without_cost` it is not.
    """

    warehouse_id: str
    sku: str
    units: int
    units_without_cost: int
    average: Decimal | None
    value: Decimal
    currency: str | None


class ValueSum(View):
    """The value of all articles of one currency."""

    currency: str
    units: int
    value: Decimal


class ValueReport(View):
    """What the stock is worth."""

    articles: tuple[ValueRow, ...]
    sums: tuple[ValueSum, ...]
    units_without_cost: int


def stock_value_report(
    connection: Connection, warehouse_id: str | None = None
) -> ValueReport:
    """Return the value of every article that is on hand, and the sums by currency."""
    values, on_hand = _VALUES, _ON_HAND
    if warehouse_id is not None:
        values = values.where(stock_value.c.warehouse_id == warehouse_id)
        on_hand = on_hand.where(location.c.warehouse_id == warehouse_id)
    valued = {
        (row.warehouse_id, row.sku): StockValue(
            currency=row.currency, units=row.units, micros=row.value_micros
        )
        for row in connection.execute(values)
    }
    lying = {
        (row.warehouse_id, row.sku): int(row.on_hand)
        for row in connection.execute(on_hand)
    }
    articles = tuple(
        _row(key, valued.get(key), lying.get(key, 0))
        for key in sorted(set(valued) | set(lying))
    )
    return ValueReport(
        articles=articles,
        sums=_sums(valued.values()),
        units_without_cost=sum(one.units_without_cost for one in articles),
    )


def _row(key: tuple[str, str], value: StockValue | None, on_hand: int) -> ValueRow:
    average = None if value is None else value.average
    units = 0 if value is None else value.units
    return ValueRow(
        warehouse_id=key[0],
        sku=key[1],
        units=units,
        units_without_cost=max(on_hand - units, 0),
        average=None if average is None else average.amount,
        value=amount_of(0 if value is None else value.micros),
        currency=None if value is None else value.currency,
    )


def _sums(values: Iterable[StockValue]) -> tuple[ValueSum, ...]:
    sums: dict[str, StockValue] = defaultdict(lambda: StockValue(currency=""))
    for value in values:
        sums[value.currency] = sums[value.currency].plus(value.units, value.micros)
    return tuple(
        ValueSum(
            currency=currency,
            units=sums[currency].units,
            value=amount_of(sums[currency].micros),
        )
        for currency in sorted(sums)
    )
