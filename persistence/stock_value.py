"""The value of stock by warehouse and article, beside the movements that carry it.

A value changes when units come into a warehouse or leave it, never when they move
inside it. Rows are locked in key order, after the stock levels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from domain.errors import InvalidInput
from domain.stock.valuation import (
    MAX_MICROS,
    MICROS,
    StockValue,
    UnitCost,
    cost_of_one,
)
from persistence.stock import Movement
from persistence.stock_value_rows import (
    ValueKey,
    add_missing_values,
    catalogue_costs,
    locked_values,
    stock_values,
    store_values,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Units of an article that came into a warehouse; `cost` is what one cost."""

    sku: str
    units: int
    cost: UnitCost | None = None


def value_out(
    connection: Connection, warehouse_id: str, units: Mapping[str, int]
) -> dict[str, UnitCost | None]:
    """Take units of articles out of a warehouse's value at the moving average.

    Call it once in a transaction, after the levels are changed; write what it returns
    on the movements (`priced`). None: nothing is known of what the article cost.
    """
    held = locked_values(
        connection, [(warehouse_id, sku) for sku, leaving in units.items() if leaving]
    )
    after = {key: value.minus(units[key[1]]) for key, value in held.items()}
    store_values(connection, held, after)
    costs: dict[str, UnitCost | None] = dict.fromkeys(units)
    for key, before in held.items():
        costs[key[1]] = _cost_of_leaving(before, after[key], units[key[1]])
    return costs


def value_in(
    connection: Connection, warehouse_id: str, arrived: Sequence[Arrived]
) -> list[UnitCost | None]:
    """Add units to a warehouse's value; return what one of each cost, in their order.

    Units without a cost are valued at the moving average, the units that have one
    already in it, else at the catalogue's cost; else they are not counted and None is
    returned. Raises `InvalidInput` (currency) if the article is valued in another.
    Call it once for a warehouse, in the order of the warehouses, after the levels.
    """
    units: dict[str, int] = defaultdict(int)
    for one in arrived:
        if one.cost is None and one.units:
            units[one.sku] += one.units
    known = catalogue_costs(connection, units)
    for one in arrived:
        if one.cost is not None and one.units:
            known[one.sku] = one.cost
    add_missing_values(connection, {(warehouse_id, sku): known[sku] for sku in known})
    keys = [(warehouse_id, one.sku) for one in arrived if one.units]
    held = locked_values(connection, keys)
    after = dict(held)
    for one in arrived:
        if one.cost is not None and one.units:
            key = (warehouse_id, one.sku)
            after[key] = _add(after[key], one.units, one.cost)
    costs: dict[str, UnitCost | None] = {}
    for sku, total in units.items():
        costs[sku] = _add_at_average(after, (warehouse_id, sku), total, known.get(sku))
    store_values(connection, held, after)
    return [one.cost or costs.get(one.sku) for one in arrived]


def value_across(
    connection: Connection,
    from_warehouse_id: str,
    to_warehouse_id: str,
    units: Mapping[str, int],
) -> dict[str, UnitCost | None]:
    """Move the value of units from a warehouse to another, to the millionth.

    Raises `InvalidInput` (currency) if the other warehouse values the article in
    another currency. Between two transactions use `value_out`, and `value_in` with the
    cost it returned.
    """
    leaving = {sku: quantity for sku, quantity in units.items() if quantity}
    valued = stock_values(connection, from_warehouse_id, leaving)
    averages = {
        (to_warehouse_id, sku): value.average
        for sku, value in valued.items()
        if value.average is not None
    }
    add_missing_values(connection, averages)
    # What is valued only since this look was valued after it had left.
    sources = [(from_warehouse_id, sku) for _, sku in averages]
    held = locked_values(connection, [*sources, *averages])
    after = dict(held)
    costs: dict[str, UnitCost | None] = dict.fromkeys(units)
    for source in sources:
        sku = source[1]
        left = held[source].minus(leaving[sku])
        cost = _cost_of_leaving(held[source], left, leaving[sku])
        if cost is None:
            continue
        target = (to_warehouse_id, sku)
        after[source] = left
        after[target] = _in_currency(held[target], cost).plus(
            held[source].units - left.units, held[source].micros - left.micros
        )
        costs[sku] = cost
    store_values(connection, held, after)
    return costs


def unit_costs(
    connection: Connection, warehouse_id: str, skus: Iterable[str]
) -> dict[str, UnitCost]:
    """Return what one unit is worth now: the moving average, else the catalogue's cost.

    Articles of which neither is known are left out. Nothing is locked.
    """
    wanted = set(skus)
    costs = catalogue_costs(connection, wanted)
    for sku, value in stock_values(connection, warehouse_id, wanted).items():
        if value.average is not None:
            costs[sku] = value.average
    return costs


def priced(movement: Movement, cost: UnitCost | None) -> Movement:
    """Return the movement with what one of its units cost, as far as it is known."""
    if cost is None:
        return movement
    return replace(movement, unit_cost=cost.amount, currency=cost.currency)


def _cost_of_leaving(
    before: StockValue, after: StockValue, leaving: int
) -> UnitCost | None:
    if before.units == 0:
        return None
    return cost_of_one(before.micros - after.micros, leaving, before.currency)


def _add_at_average(
    values: dict[ValueKey, StockValue],
    key: ValueKey,
    units: int,
    catalogue: UnitCost | None,
) -> UnitCost | None:
    before = values.get(key)
    if before is None:
        return None
    if before.units:
        after = _refuse_too_much(before.plus(units, before.share_of(units)))
    elif catalogue is not None:
        after = _add(before, units, catalogue)
    else:
        return None
    values[key] = after
    return cost_of_one(after.micros - before.micros, units, after.currency)


def _add(value: StockValue, units: int, cost: UnitCost) -> StockValue:
    added = _in_currency(value, cost).plus(units, cost.micros_of(units))
    return _refuse_too_much(added)


def _in_currency(value: StockValue, cost: UnitCost) -> StockValue:
    if value.units == 0:
        return StockValue(currency=cost.currency)
    if value.currency != cost.currency:
        raise InvalidInput("currency", f"{value.currency}, as the article is valued in")
    return value


def _refuse_too_much(value: StockValue) -> StockValue:
    if value.micros > MAX_MICROS:
        most = f"{MAX_MICROS // MICROS} {value.currency}"
        raise InvalidInput(
            "unit_cost", f"so much that the stock is worth at most {most}"
        )
    return value
