"""Errors on orders: found at the pack check, or reported by customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, func, select, union

from domain.events import EventKind
from domain.kpi.facts import FoundError
from persistence.kpi.orders.happenings import Happenings
from persistence.kpi.orders.instants import instant_of, raw
from persistence.tables import (
    fulfillment_event,
    history_line,
    history_order,
    order_line,
    orders,
    product,
)

_KINDS = (EventKind.PACK_ERROR_FOUND, EventKind.CLAIM_RECORDED)
_Line = tuple[str, int | None]


def load_errors(
    happenings: Happenings, *, by_category: bool
) -> dict[str, tuple[FoundError, ...]]:
    """Return the errors of each order that has any, oldest first."""
    event = fulfillment_event.c
    columns = (event.order_id, event.kind, event.data, raw(event.occurred_at))
    told = sorted(happenings.rows(_KINDS, *columns), key=lambda row: (row[0], row[3]))
    categories = _categories(happenings) if by_category and told else {}
    found: dict[str, list[FoundError]] = defaultdict(list)
    for order_id, kind, data, at in told:
        line_no = data.get("line_no")
        found[order_id].append(
            FoundError(
                kind=data["kind"],
                inside=kind == EventKind.PACK_ERROR_FOUND,
                found_at=instant_of(at),
                line_no=line_no,
                units=_units(data),
                category=categories.get((order_id, line_no)),
            )
        )
    return {order_id: tuple(errors) for order_id, errors in found.items()}


def sources_with_claims(happenings: Happenings) -> frozenset[str]:
    """Return the sources of which claims are recorded at all, of whatever order."""
    event = fulfillment_event.c
    known = (
        event.kind == EventKind.CLAIM_RECORDED,
        event.occurred_at <= happenings.as_of,
    )
    query = union(
        *(
            select(table.c.source)
            .join(fulfillment_event, event.order_id == table.c.order_id)
            .where(*known)
            for table in (orders, history_order)
        )
    )
    return frozenset(happenings.connection.execute(query).scalars())


def _units(data: Mapping[str, Any]) -> int | None:
    """Return the wrong units; a pack check names too few and too many by article."""
    if "quantity" in data:
        quantity: int | None = data["quantity"]
        return quantity
    wrong = [sum(data.get(name, {}).values()) for name in ("missing", "extra")]
    return max(wrong) or None


def _categories(happenings: Happenings) -> dict[_Line, str | None]:
    return {(order_id, line): named for order_id, line, named in _named(happenings)}


def _named(happenings: Happenings) -> Iterator[Row[str, int, str | None]]:
    """Find the categories of the lines of orders that have errors."""
    event = fulfillment_event.c
    wrong = select(event.order_id).where(event.kind.in_(_KINDS))
    population = happenings.population
    of_runs = select(
        order_line.c.order_id, order_line.c.line_no, product.c.category
    ).join(product, product.c.sku == order_line.c.sku)
    of_history = select(
        history_line.c.order_id,
        history_line.c.line_no,
        func.coalesce(history_line.c.category, product.c.category),
    ).outerjoin(product, product.c.sku == history_line.c.sku)
    for query, line in ((of_runs, order_line), (of_history, history_line)):
        asked = query.where(line.c.order_id.in_(wrong), population.has(line.c.order_id))
        yield from happenings.connection.execute(asked)
