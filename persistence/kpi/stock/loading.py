"""The stock record of a question, loaded set by set; see `domain.kpi.stock.record`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection, case, exists, func, select

from domain.kpi.question import Dimension, Question
from domain.kpi.stock.days import lookback_of
from domain.kpi.stock.measuring import STOCK_DIMENSIONS
from domain.kpi.stock.record import (
    ArticleStock,
    CostFrom,
    CountedPlaces,
    ShippedOrder,
    StockPart,
    StockRecord,
)
from domain.stock.movements import MovementKind
from persistence.kpi.left_out import left_out_sources
from persistence.kpi.stock.cost_from import cost_from_of
from persistence.kpi.stock.day_cut import DayCut, day_cut
from persistence.kpi.stock.flows import (
    StockFlow,
    imported_flow,
    own_begins,
    own_flow,
)
from persistence.kpi.stock.shipped_lines import (
    has_unknown_articles,
    left_shipments,
    lines_flow,
    shipments_flow,
)
from persistence.kpi.stock.sums import StockSums, group_key
from persistence.tables import (
    count_task,
    location,
    product,
    stock_movement,
)

ALL_PARTS = frozenset(StockPart)
_ARTICLE = (Dimension.WAREHOUSE, Dimension.SKU)
_OF_ARTICLES = {Dimension.SKU, Dimension.CATEGORY}
_HAS_LEDGER = select(exists().where(stock_movement.c.on_hand_change != 0))


def load_stock(
    connection: Connection,
    question: Question,
    sources: Sequence[str] = (),
    needs: frozenset[StockPart] = ALL_PARTS,
) -> StockRecord:
    """Return the stock record of a question, with the parts that are needed.

    Stock belongs to no source: `sources` counts in those of them that are left out.
    Left-out orders take goods out of the stock, but are no goods shipped.
    """
    loader = _loader(connection, question, sources)
    by = _dimensions(question)
    orders = StockPart.SHIPPED_ORDERS in needs
    return StockRecord(
        first_day=loader.first_day,
        groups=tuple(loader.sums(by).series()),
        cost_from=loader.cost_from,
        articles=tuple(loader.articles(by)) if StockPart.ARTICLES in needs else (),
        counts=tuple(loader.counts(by)) if StockPart.COUNTS in needs else (),
        shipped_orders=tuple(loader.shipped_orders(by)) if orders else (),
    )


def load_shipped_orders(
    connection: Connection, question: Question, sources: Sequence[str] = ()
) -> tuple[ShippedOrder, ...]:
    """Return the orders whose goods left in the period, and what those cost.

    Imported movements name no order: imported orders stand there with the cost of
    their lines.
    """
    loader = _loader(connection, question, sources)
    return tuple(loader.shipped_orders(_dimensions(question)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loader:
    """The flows of a question, ready to be added up in several ways.

    `flows_of_all` are quicker, and know no articles; `with_orders` are those whose rows
    name an order.
    """

    connection: Connection
    question: Question
    first_day: date
    cut: DayCut
    cost_from: Mapping[str, CostFrom]
    flows: Sequence[StockFlow]
    flows_of_all: Sequence[StockFlow]
    with_orders: Sequence[StockFlow]

    def sums(self, by: tuple[Dimension, ...]) -> StockSums:
        """Add the flows up."""
        sums = StockSums(by, self.cut, self.question.terms.currency)
        of_articles = _OF_ARTICLES & set(by)
        for flow in self.flows if of_articles else self.flows_of_all:
            sums.add(self.connection.execute(flow.select(self.cut, by)))
        return sums

    def articles(self, by: tuple[Dimension, ...]) -> Iterator[ArticleStock]:
        """Return each article of each warehouse under the group it belongs to."""
        more = (Dimension.CATEGORY,) if Dimension.CATEGORY in by else ()
        for series in self.sums((*_ARTICLE, *more)).series():
            found = dict(series.group)
            group = tuple((each.value, found[each.value]) for each in by)
            yield ArticleStock(
                warehouse=found[Dimension.WAREHOUSE.value],
                sku=found[Dimension.SKU.value],
                series=replace(series, group=group),
            )

    def shipped_orders(self, by: tuple[Dimension, ...]) -> Iterator[ShippedOrder]:
        """Return the orders whose goods left in the period."""
        begins = self.question.period.starts_at
        for flow in self.with_orders:
            rows, keys = flow.grouped(by)
            query = (
                select(
                    *keys,
                    flow.order_id.label("of_order"),
                    flow.currency.label("in_currency"),
                    func.sum(flow.cost).label("cost"),
                    func.sum(-flow.units).label("shipped"),
                    func.min(flow.at, type_=flow.at.type).label("left_at"),
                )
                .select_from(rows)
                .where(
                    *flow.where,
                    flow.order_id.is_not(None),
                    flow.kind == MovementKind.SHIPPED.value,
                    flow.at >= begins,
                    self.cut.is_known(flow.at),
                )
                .group_by(*(key.name for key in keys), "of_order", "in_currency")
            )
            for row in self.connection.execute(query):
                yield ShippedOrder(
                    order_id=row.of_order,
                    group=group_key(by, row[: len(by)]),
                    currency=row.in_currency,
                    cost=int(row.cost),
                    shipped=int(row.shipped),
                    at=row.left_at,
                )

    def counts(self, by: tuple[Dimension, ...]) -> Iterator[CountedPlaces]:
        """Return how many counts found what the books said."""
        columns = {
            Dimension.WAREHOUSE: location.c.warehouse_id,
            Dimension.SKU: count_task.c.sku,
            Dimension.CATEGORY: product.c.category,
        }
        keys = [columns[each].label(f"by_{each}") for each in by]
        found = func.coalesce(count_task.c.second_count, count_task.c.first_count)
        is_right = case((found == count_task.c.booked, 1), else_=0)
        closed_at = count_task.c.closed_at
        query = (
            select(
                *keys,
                self.cut.piece(closed_at).label("cut_piece"),
                func.count().label("counted"),
                func.sum(is_right).label("right"),
            )
            .join(location, location.c.location_id == count_task.c.location_id)
            .join(product, product.c.sku == count_task.c.sku)
            .where(
                found.is_not(None),
                count_task.c.booked.is_not(None),
                self.cut.is_known(closed_at),
            )
            .group_by(*(key.name for key in keys), "cut_piece")
        )
        for row in self.connection.execute(query):
            yield CountedPlaces(
                group=group_key(by, row[: len(by)]),
                day=self.cut.day_of(row.cut_piece),
                counted=int(row.counted),
                right=int(row.right),
            )


def _loader(
    connection: Connection, question: Question, sources: Sequence[str]
) -> _Loader:
    period = question.period
    first_day = period.first_day - timedelta(days=lookback_of(question.terms))
    cut = day_cut(first_day, period.last_day, period.zone, question.as_of)
    left_out = frozenset(left_out_sources(connection)) - frozenset(sources)
    cost_from = cost_from_of(connection)
    own = own_flow(left_out)
    of_lines = [n for n, kind in cost_from.items() if kind is CostFrom.ORDER_LINES]
    past = [imported_flow()] if cost_from else []
    only = next(iter(cost_from)) if len(cost_from) == 1 else None
    of_all = list(past)
    if of_lines:
        has_unknown = connection.execute(has_unknown_articles(of_lines)).scalar_one()
        left = left_shipments(of_lines, only, left_out)
        past.append(lines_flow(left, of_lines, has_unknown=has_unknown))
        of_all.append(past[-1] if has_unknown else shipments_flow(left))
    begins = None
    if past and connection.execute(_HAS_LEDGER).scalar_one():
        begins = own_begins(cut.ends_at)
    rest = [] if begins is None else [flow.rest_at(begins) for flow in past]
    orders = left_shipments(list(cost_from), only, left_out)
    lines = lines_flow(orders, list(cost_from), has_unknown=True)
    flows = [own, *(flow.until(begins) for flow in past), *rest]
    return _Loader(
        connection=connection,
        question=question,
        first_day=first_day,
        cut=cut,
        cost_from=cost_from,
        flows=flows,
        # Where our own ledger begins, and imports end, differs from article to article.
        flows_of_all=[own, *of_all] if begins is None else flows,
        with_orders=[own, *([lines.until(begins)] if cost_from else [])],
    )


def _dimensions(question: Question) -> tuple[Dimension, ...]:
    return tuple(one for one in question.group_by if one in STOCK_DIMENSIONS)
