"""What came into stock and left it: our ledger, imported movements, shipped lines.

Where the ledger of an article begins in a warehouse, what was imported of it ends: it
holds the stock that was left, so the imported rest leaves at that moment.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.kpi.question import Dimension
from persistence.kpi.stock.day_cut import DayCut
from persistence.tables import (
    history_movement,
    location,
    product,
    stock_level,
    stock_movement,
)

Number = ColumnElement[int]
# Kinds beside those of the ledger: of an order whose source is left out, of an article
# that has no stock history, and what our own ledger takes over.
LEFT_OUT = "left_out"
UNKNOWN_ARTICLE = "unknown_article"
HANDED_ON = "handed_on"


class _Micros(FunctionElement[int]):
    """An exact decimal in whole millionths; nothing is ever a float."""

    type = BigInteger()
    inherit_cache = True
    name = "micros"


@compiles(_Micros)
def _of_text(element: _Micros, compiler: SQLCompiler, **how: Any) -> str:
    text = compiler.process(element.clauses, **how)
    decimals = f"substr(substr({text}, instr({text}, '.') + 1) || '000000', 1, 6)"
    return (
        f"(CAST({text} AS INTEGER) * 1000000 + CASE WHEN instr({text}, '.') > 0 "
        f"THEN CAST({decimals} AS INTEGER) ELSE 0 END)"
    )


@compiles(_Micros, "postgresql")
def _of_numeric(element: _Micros, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **how)} * 1000000 AS BIGINT)"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFlow:
    """Rows that change the stock: from where, of what, when, how, and by how much.

    `kind` is a movement's, `LEFT_OUT` or `UNKNOWN_ARTICLE`; `currency` is empty where a
    row does not say it, `order_id` where no order is known. `cost` is what the units
    that left cost, `without_cost` how many of them nobody knows the cost of.
    """

    rows: FromClause
    at: ColumnElement[datetime]
    warehouse: ColumnElement[str]
    sku: ColumnElement[str]
    kind: ColumnElement[Any]
    currency: ColumnElement[Any]
    order_id: ColumnElement[Any]
    units: Number
    value: Number
    cost: Number
    without_cost: Number
    where: tuple[ColumnElement[bool], ...]

    def select(self, cut: DayCut, by: tuple[Dimension, ...]) -> Select[Any]:
        """Add the rows up by group, currency, kind, direction and piece of the days.

        The names of movements are told apart after adding up, as they are few then.
        """
        rows, keys = self.grouped(by)
        return (
            select(
                *keys,
                self.currency.label("in_currency"),
                cut.piece(self.at).label("cut_piece"),
                self.kind.label("of_kind"),
                (self.units < 0).label("leaves"),
                func.sum(self.value),
                func.sum(self.units),
                func.sum(self.cost),
                func.sum(self.without_cost),
            )
            .select_from(rows)
            .where(*self.where, cut.is_known(self.at))
            .group_by(
                "cut_piece",
                *(key.name for key in keys),
                "in_currency",
                "of_kind",
                "leaves",
            )
        )

    def grouped(
        self, by: tuple[Dimension, ...]
    ) -> tuple[FromClause, list[ColumnElement[Any]]]:
        """Return the rows with what the groups need, and the groups' labels."""
        rows = self.rows
        if Dimension.CATEGORY in by:
            rows = rows.outerjoin(product, product.c.sku == self.sku)
        columns: dict[Dimension, ColumnElement[Any]] = {
            Dimension.WAREHOUSE: self.warehouse,
            Dimension.SKU: self.sku,
            Dimension.CATEGORY: product.c.category,
        }
        return rows, [columns[each].label(f"by_{each}") for each in by]

    def until(self, own: CTE | None) -> StockFlow:
        """Return the flow up to the moment at which our own ledger begins."""
        if own is None:
            return self
        begins = own.c.begins_at
        return replace(
            self,
            rows=self.rows.outerjoin(own, self._is_of(own)),
            where=(*self.where, or_(begins.is_(None), self.at < begins)),
        )

    def rest_at(self, own: CTE) -> StockFlow:
        """Return what was left when our own ledger began, as leaving then."""
        return replace(
            self,
            rows=self.rows.join(own, self._is_of(own)),
            at=own.c.begins_at,
            kind=literal(HANDED_ON),
            units=-self.units,
            value=-self.value,
            where=(*self.where, self.at < own.c.begins_at),
        )

    def _is_of(self, own: CTE) -> ColumnElement[bool]:
        return and_(own.c.warehouse_id == self.warehouse, own.c.sku == self.sku)


def own_flow(left_out: Collection[str]) -> StockFlow:
    """Return our own ledger; units that move inside a warehouse are out and in."""
    units, unit_cost = stock_movement.c.on_hand_change, stock_movement.c.unit_cost
    worth = func.coalesce(units * _Micros(unit_cost), 0)
    order = func.coalesce(stock_movement.c.order_id, "")
    is_left_out = [order.like(f"{source}-%") for source in sorted(left_out)]
    kind: ColumnElement[Any] = stock_movement.c.kind
    if is_left_out:
        kind = case((or_(*is_left_out), LEFT_OUT), else_=kind)
    return StockFlow(
        rows=stock_movement.join(
            stock_level, stock_level.c.stock_level_id == stock_movement.c.stock_level_id
        ).join(location, location.c.location_id == stock_level.c.location_id),
        at=stock_movement.c.occurred_at,
        warehouse=location.c.warehouse_id,
        sku=stock_level.c.sku,
        kind=kind,
        currency=stock_movement.c.currency,
        order_id=stock_movement.c.order_id,
        units=units,
        value=worth,
        cost=-worth,
        without_cost=when(unit_cost.is_(None), -units),
        where=(units != 0,),
    )


def own_begins(until: datetime) -> CTE:
    """Return when our own ledger of each article of a warehouse begins."""
    return (
        select(
            location.c.warehouse_id,
            stock_level.c.sku,
            func.min(stock_movement.c.occurred_at).label("begins_at"),
        )
        .join(stock_level, stock_level.c.location_id == location.c.location_id)
        .join(
            stock_movement,
            stock_movement.c.stock_level_id == stock_level.c.stock_level_id,
        )
        .where(
            stock_movement.c.on_hand_change != 0,
            stock_movement.c.occurred_at < until,
        )
        .group_by(location.c.warehouse_id, stock_level.c.sku)
        .cte("own_ledger")
    )


def imported_flow() -> StockFlow:
    """Return the imported movements; what left at its own cost if it has one."""
    units, unit_cost = history_movement.c.quantity_change, _IMPORTED_COST
    worth = history_movement.c.value_change_micros
    return StockFlow(
        rows=history_movement,
        at=history_movement.c.occurred_at,
        warehouse=history_movement.c.warehouse_id,
        sku=history_movement.c.sku,
        kind=history_movement.c.kind,
        currency=history_movement.c.currency,
        order_id=literal(None),
        units=units,
        value=worth,
        cost=func.coalesce(-units * unit_cost, -worth),
        without_cost=when(and_(unit_cost.is_(None), worth == 0), -units),
        where=(),
    )


_IMPORTED_COST = history_movement.c.unit_cost_micros


def when(condition: ColumnElement[bool], number: ColumnElement[Any]) -> Number:
    """Return the number of rows that meet a condition, 0 of the others."""
    return case((condition, number), else_=0)
