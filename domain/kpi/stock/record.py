"""Plain rows: what lay in stock and what left it, local day by local day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from domain.kpi.figures import GroupKey


class StockPart(StrEnum):
    """Parts of the record that cost a query of their own."""

    ARTICLES = "articles"
    COUNTS = "counts"
    SHIPPED_ORDERS = "shipped_orders"


class CostFrom(StrEnum):
    """Where the goods that left a warehouse are written down."""

    LEDGER = "ledger"  # as stock movements, our own or imported
    ORDER_LINES = "order_lines"  # as the shipped lines of imported orders


class StockDay(NamedTuple):
    """What changed on one day, counted from the record's first; money in millionths.

    `cost` is that of the goods shipped, `lost` what counts and corrections took away.
    Of `without_cost` shipped units nobody knows the cost; `without_history` ones are
    of articles whose stock nobody told of, and are in no other number. A tuple, for
    there may be one for each article and day.
    """

    day: int
    value: int = 0
    units: int = 0
    cost: int = 0
    shipped: int = 0
    lost: int = 0
    without_cost: int = 0
    without_history: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSeries:
    """The stock of a group in one currency; days on which nothing changed are left out.

    The opening is that of the record's first day; `is_old`: something moved before it.
    """

    group: GroupKey = ()
    currency: str
    opening_value: int = 0
    opening_units: int = 0
    is_old: bool = False
    days: tuple[StockDay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleStock:
    """The stock of one article in one warehouse, under the group that was asked for."""

    warehouse: str
    sku: str
    series: StockSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPlaces:
    """How many places of a group were counted on a day, and how many were right."""

    group: GroupKey = ()
    day: int
    counted: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedOrder:
    """What the goods of one order cost that left in the period, in millionths."""

    order_id: str
    group: GroupKey = ()
    currency: str | None
    cost: int
    shipped: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRecord:
    """What the record says of stock; it begins some days before the period.

    Only the parts that were asked for are filled: `articles`, `counts`,
    `shipped_orders`. `cost_from` is by warehouse.
    """

    first_day: date
    groups: tuple[StockSeries, ...] = ()
    cost_from: Mapping[str, CostFrom] = field(default_factory=dict)
    articles: tuple[ArticleStock, ...] = ()
    counts: tuple[CountedPlaces, ...] = ()
    shipped_orders: tuple[ShippedOrder, ...] = ()
