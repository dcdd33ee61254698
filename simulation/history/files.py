"""Writing the past as files that `history import` and `stock import` read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from simulation.history.goods import PastArticle
from simulation.history.past_orders import STAGES, PastLine, PastOrder
from simulation.history.stock import Movement

ORDER_COLUMNS = (
    "source",
    "number",
    "placed_at",
    "authorised_at",
    *STAGES,
    "promised_at",
    "due_ship_at",
    "status",
    "cancelled_at",
    "cancel_cause",
    "channel",
    "service_level",
    "customer_group",
    "customer",
    "ship_to_zone",
    "warehouse",
    "carrier",
    "sku",
    "category",
    "quantity_ordered",
    "quantity_shipped",
    "quantity_rejected",
    "unit_price",
    "unit_cost",
    "currency",
    "error_kind",
    "error_found_at",
)
MOVEMENT_COLUMNS = (
    "sku",
    "warehouse",
    "quantity",
    "unit_cost",
    "currency",
    "kind",
    "at",
)


def write_orders(
    path: Path, orders: Iterable[PastOrder], goods: Mapping[str, PastArticle]
) -> None:
    """Write one row for each line; the rows of an order stand together."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(ORDER_COLUMNS)
        for order in orders:
            for line in order.lines:
                cells = _cells(order, line, goods[line.sku])
                writer.writerow([_text(cells[name]) for name in ORDER_COLUMNS])


def write_movements(
    path: Path, moved: Iterable[Movement], goods: Mapping[str, PastArticle]
) -> None:
    """Write one row for each movement."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(MOVEMENT_COLUMNS)
        writer.writerows(_movement_rows(moved, goods))


def _movement_rows(
    moved: Iterable[Movement], goods: Mapping[str, PastArticle]
) -> Iterator[tuple[str, ...]]:
    for one in moved:
        yield (
            one.sku,
            one.warehouse,
            str(one.quantity),
            goods[one.sku].cost,
            goods[one.sku].currency,
            one.kind.value,
            one.at.isoformat(),
        )


def _cells(order: PastOrder, line: PastLine, article: PastArticle) -> dict[str, object]:
    one = order.journeys[line.journey]
    return {
        "source": order.source,
        "number": order.number,
        "placed_at": order.placed_at,
        "authorised_at": order.authorised_at,
        **{name: getattr(one, name) for name in STAGES},
        "promised_at": order.promised_at,
        "due_ship_at": order.due_ship_at,
        "status": order.status.value,
        "cancelled_at": order.cancelled_at,
        "cancel_cause": order.cancel_cause,
        "channel": order.channel,
        "service_level": order.service_level,
        "customer_group": order.customer_group,
        "customer": order.customer,
        "ship_to_zone": order.ship_to_zone,
        "warehouse": one.warehouse,
        "carrier": one.carrier,
        "sku": line.sku,
        "category": article.category,
        "quantity_ordered": line.ordered,
        "quantity_shipped": line.shipped,
        "quantity_rejected": line.rejected or None,
        "unit_price": article.price,
        "unit_cost": article.cost,
        "currency": article.currency,
        "error_kind": line.error_kind,
        "error_found_at": line.error_found_at,
    }


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
