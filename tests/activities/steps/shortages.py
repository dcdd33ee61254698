"""What tests of missing stock share: a policy for it, and where every unit is."""

from dataclasses import replace

from sqlalchemy import func, select

from domain.policy import StockPolicy
from messages.order_messages import PickedLine, ShortReason
from messages.order_state import ExceptionState
from persistence.tables import (
    allocation,
    backorder,
    order_line,
    pick_line,
    pick_task,
    product_substitute,
    reservation_line,
    stock_level,
)
from tests.activities.steps.builders import OrderRun, Shop, assert_balanced


def set_stock_policy(shop: Shop, terms: StockPolicy) -> None:
    """Let new orders keep these terms of stock."""
    shop.policy = replace(shop.policy, stock=terms)
    shop.__post_init__()


def short(
    quantity: int,
    reason: ShortReason = ShortReason.NOT_THERE,
    line_no: int = 1,
    location: str | None = None,
) -> PickedLine:
    return PickedLine(
        line_no=line_no, quantity=quantity, reason=reason, location=location
    )


def allow_substitutes(shop: Shop, sku: str, *substitutes: str) -> None:
    shop.add(
        product_substitute,
        *(
            {"sku": sku, "substitute_sku": instead, "position": position}
            for position, instead in enumerate(substitutes, start=1)
        ),
    )


def open_stops(run: OrderRun) -> list[tuple[int, str, str, int]]:
    """Stops nobody has confirmed, of open tasks: line, article, place, units."""
    query = (
        select(pick_line)
        .join(pick_task, pick_task.c.pick_task_id == pick_line.c.pick_task_id)
        .where(
            pick_task.c.shipment_id.in_([s.shipment_id for s in run.state.shipments]),
            pick_task.c.status == "open",
            pick_line.c.done_quantity.is_(None),
        )
        .order_by(pick_line.c.pick_task_id, pick_line.c.pick_line_no)
    )
    return [
        (row.line_no, row.sku, row.location_id, row.quantity)
        for row in run.shop.rows(query)
    ]


def reserved(shop: Shop) -> dict[tuple[str, str], int]:
    """Units that are kept from sale, by place and article."""
    query = select(stock_level).where(stock_level.c.reserved > 0)
    return {(row.location_id, row.sku): row.reserved for row in shop.rows(query)}


def question(run: OrderRun) -> ExceptionState:
    """The one open question to the customer."""
    [asked] = [x for x in run.state.exceptions if x.kind == "customer_choice"]
    return asked


def owed_units(run: OrderRun) -> int:
    query = select(func.coalesce(func.sum(backorder.c.quantity), 0)).where(
        backorder.c.order_id == run.order_id, backorder.c.status == "open"
    )
    return int(run.shop.rows(query)[0][0])


def held_units(run: OrderRun) -> int:
    """Units promised, picked or sent."""
    query = select(
        func.coalesce(
            func.sum(
                allocation.c.open_quantity
                + allocation.c.picked_quantity
                + allocation.c.shipped_quantity
            ),
            0,
        )
    ).where(allocation.c.order_id == run.order_id)
    return int(run.shop.rows(query)[0][0])


def wanted_units(run: OrderRun) -> int:
    """Units ordered and not cancelled, substitutes among them."""
    query = select(
        func.sum(order_line.c.quantity - order_line.c.cancelled_quantity)
    ).where(order_line.c.order_id == run.order_id)
    return int(run.shop.rows(query)[0][0])


def assert_all_accounted_for(run: OrderRun) -> None:
    """Every unit still wanted is held or owed, and the stock's books agree."""
    assert held_units(run) + owed_units(run) == wanted_units(run)
    assert run.state.backordered == owed_units(run)
    assert_balanced(run.shop)
    kept = select(
        reservation_line.c.stock_level_id, func.sum(reservation_line.c.quantity)
    ).group_by(reservation_line.c.stock_level_id)
    lines = {level: int(units) for level, units in run.shop.rows(kept) if units}
    levels = select(stock_level.c.stock_level_id, stock_level.c.reserved)
    assert lines == {level: units for level, units in run.shop.rows(levels) if units}
