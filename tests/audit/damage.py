"""Ways to damage the books of a shop, each as it could happen and go unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, text, update

from persistence.audit.findings import AuditCheck
from persistence.tables import (
    allocation,
    backorder,
    label,
    order_line,
    order_progress,
    pick_task,
    reservation,
    reservation_line,
    shipment,
    stock_level,
    stock_movement,
)
from tests.activities.steps.builders import NOON

Damage = Callable[[Connection], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """A damage, the check that has to find it, and what it has to say."""

    damage: Damage
    check: AuditCheck
    told: str


def mug_level(connection: Connection) -> int:
    """Return the level of the mugs in bin A-1."""
    found: int = connection.execute(
        select(stock_level.c.stock_level_id).where(
            stock_level.c.location_id == "A-1", stock_level.c.sku == "MUG"
        )
    ).scalar_one()
    return found


def set_level(connection: Connection, **values: int) -> None:
    connection.execute(
        update(stock_level)
        .where(stock_level.c.stock_level_id == mug_level(connection))
        .values(**values)
    )


def set_allocation(connection: Connection, order_id: str, **values: object) -> None:
    connection.execute(
        update(allocation).where(allocation.c.order_id == order_id).values(**values)
    )


def set_shipment(connection: Connection, shipment_id: str, **values: object) -> None:
    connection.execute(
        update(shipment).where(shipment.c.shipment_id == shipment_id).values(**values)
    )


def set_state(connection: Connection, order_id: str, **values: object) -> None:
    """Change parts of what a run has stored."""
    chosen = order_progress.c.order_id == order_id
    state = connection.execute(select(order_progress.c.state).where(chosen)).scalar()
    connection.execute(
        update(order_progress).where(chosen).values(state={**(state or {}), **values})
    )


def end_order(connection: Connection, order_id: str) -> None:
    connection.execute(
        update(order_progress)
        .where(order_progress.c.order_id == order_id)
        .values(status="cancelled", ended_at=NOON - timedelta(minutes=5))
    )


def keep(connection: Connection, units: int, **values: object) -> None:
    """Keep mugs aside as is right, by a reservation with these values."""
    level = mug_level(connection)
    row: dict[str, object] = {
        "reservation_id": "kept-1",
        "kind": "draft",
        "status": "open",
        "actor": "seller:1",
        "created_at": NOON,
    }
    connection.execute(insert(reservation), {**row, **values})
    connection.execute(
        insert(reservation_line),
        {
            "reservation_id": "kept-1",
            "stock_level_id": level,
            "sku": "MUG",
            "quantity": units,
        },
    )
    set_level(connection, reserved=units)
    connection.execute(
        insert(stock_movement),
        {
            "stock_level_id": level,
            "kind": "reserved",
            "reserved_change": units,
            "cause": "draft",
            "actor": "seller:1",
            "occurred_at": NOON,
            "recorded_at": NOON,
        },
    )


def keep_for_ended_order(connection: Connection) -> None:
    end_order(connection, "web-waiting")
    keep(connection, 1, kind="backorder", order_id="web-waiting")


def without_rules(connection: Connection, table: str, *rules: str) -> None:
    """Take constraints away, as far as this transaction goes."""
    if connection.dialect.name == "postgresql":
        for rule in rules:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {rule}"))


def add_open_task(connection: Connection) -> None:
    connection.execute(
        insert(pick_task),
        {
            "pick_task_id": "web-released-1-pick2",
            "shipment_id": "web-released-1",
            "kind": "pick",
            "status": "open",
            "warehouse_id": "main",
            "released_at": NOON,
        },
    )


def add_labels(connection: Connection) -> None:
    row = {"shipment_id": "web-packed-1", "carrier": "simulator", "pdf": b"", "zpl": ""}
    connection.execute(
        insert(label),
        [
            {**row, "idempotency_key": key, "tracking_number": key, "made_at": NOON}
            for key in ("a", "b")
        ],
    )


def add_backorder(connection: Connection) -> None:
    found = connection.execute(
        select(backorder).where(backorder.c.order_id == "web-waiting")
    ).one()
    again = {**found._mapping}
    del again["backorder_id"]
    connection.execute(insert(backorder), again)
    set_state(connection, "web-waiting", backordered=8)


def add_empty_shipment(connection: Connection) -> None:
    connection.execute(
        insert(shipment),
        {
            "shipment_id": "web-waiting-9",
            "order_id": "web-waiting",
            "warehouse_id": "main",
            "status": "allocated",
            "carrier": "simulator",
            "created_at": NOON,
        },
    )


def lose_shipment(connection: Connection) -> None:
    without_rules(connection, "allocation", "fk_allocation_shipment_id")
    set_allocation(connection, "web-released", shipment_id="web-lost-1")


def lose_line(connection: Connection) -> None:
    without_rules(connection, "allocation", "fk_allocation_order_id_line_no")
    set_allocation(connection, "web-released", line_no=7)


def promise_too_much(connection: Connection) -> None:
    without_rules(connection, "stock_level", "ck_stock_level_not_oversold")
    set_level(connection, allocated=99)


def go_below_zero(connection: Connection) -> None:
    rules = ("on_hand_not_negative", "not_oversold")
    without_rules(connection, "stock_level", *(f"ck_stock_level_{r}" for r in rules))
    set_level(connection, on_hand=-1)


def lose_shipped_movement(connection: Connection) -> None:
    connection.execute(delete(stock_movement).where(stock_movement.c.kind == "shipped"))


def forget_wait(connection: Connection) -> None:
    set_state(connection, "web-waiting", backordered=0)
    connection.execute(
        update(order_progress).values(updated_at=NOON - timedelta(minutes=5))
    )


C = AuditCheck
SEEDS: Mapping[str, Seeded] = {
    "a counter beside its movements": Seeded(
        damage=lambda c: set_level(c, on_hand=12),
        check=C.STOCK_COUNTERS,
        told="MUG at A-1: on_hand is 12, movements say 5",
    ),
    "a lost movement": Seeded(
        damage=lose_shipped_movement,
        check=C.STOCK_COUNTERS,
        told="MUG at main:staging: on_hand is 3, movements say 4",
    ),
    "a level below zero": Seeded(
        damage=go_below_zero,
        check=C.STOCK_BOUNDS,
        told="MUG at A-1: on_hand -1, allocated 2, reserved 0",
    ),
    "a level promised beyond what is there": Seeded(
        damage=promise_too_much,
        check=C.STOCK_BOUNDS,
        told="MUG at A-1: on_hand 5, allocated 99, reserved 0",
    ),
    "units promised to nobody": Seeded(
        damage=lambda c: set_allocation(c, "web-released", open_quantity=1),
        check=C.ALLOCATIONS,
        told="MUG at A-1: allocated 2, open allocations 1",
    ),
    "picked goods that are not staged": Seeded(
        damage=lambda c: set_allocation(c, "web-packed", picked_quantity=2),
        check=C.STAGING,
        told="3 there, 3 promised, 2 picked",
    ),
    "an ended order that holds stock": Seeded(
        damage=lambda c: end_order(c, "web-released"),
        check=C.ENDED_ORDERS,
        told="web-released-1: 2 promised and 0 picked of MUG",
    ),
    "a cancelled shipment that holds stock": Seeded(
        damage=lambda c: set_shipment(c, "web-released-1", status="cancelled"),
        check=C.ENDED_SHIPMENTS,
        told="web-released-1 is cancelled, but 2 are promised",
    ),
    "an allocation whose shipment is lost": Seeded(
        damage=lose_shipment,
        check=C.ALLOCATION_OWNERS,
        told="of MUG belongs to shipment web-lost-1, which is not there",
    ),
    "an allocation whose line is lost": Seeded(
        damage=lose_line,
        check=C.ALLOCATION_OWNERS,
        told="of MUG belongs to line 7 of order web-released, which is not there",
    ),
    "an allocation in another order's shipment": Seeded(
        damage=lambda c: set_shipment(c, "web-released-1", order_id="web-waiting"),
        check=C.ALLOCATION_OWNERS,
        told="order web-released, its shipment web-released-1 to web-waiting",
    ),
    "units kept by no reservation": Seeded(
        damage=lambda c: set_level(c, reserved=1),
        check=C.RESERVATIONS,
        told="MUG at A-1: reserved 1, reservation lines 0",
    ),
    "a reservation of an ended order": Seeded(
        damage=keep_for_ended_order,
        check=C.ENDED_RESERVATIONS,
        told="kept-1 keeps 1 units for order web-waiting, which has ended",
    ),
    "a closed reservation that keeps units": Seeded(
        damage=lambda c: keep(c, 2, status="used", closed_at=NOON),
        check=C.ENDED_RESERVATIONS,
        told="kept-1 is used and still keeps 2 units",
    ),
    "a reservation past its time": Seeded(
        damage=lambda c: keep(c, 2, expires_at=NOON - timedelta(minutes=2)),
        check=C.EXPIRED_RESERVATIONS,
        told="keeps 2 units since it expired at 2026-11-24 11:58:00 UTC",
    ),
    "two valid labels": Seeded(
        damage=add_labels, check=C.LABELS, told="web-packed-1 has 2 valid labels"
    ),
    "a shipment without goods": Seeded(
        damage=add_empty_shipment,
        check=C.SHIPMENTS,
        told="web-waiting-9 is allocated and has no allocation",
    ),
    "goods that left without a movement": Seeded(
        damage=lose_shipped_movement,
        check=C.HANDED_OVER,
        told="web-shipped-1: 1 of MUG shipped, movements say 0",
    ),
    "a shipment handed over without stock": Seeded(
        damage=lambda c: set_shipment(c, "web-packed-1", status="handed_over"),
        check=C.HANDED_OVER,
        told="web-packed-1 is handed_over and 0 units of it are shipped",
    ),
    "two open pick tasks": Seeded(
        damage=add_open_task,
        check=C.PICK_TASKS,
        told="web-released-1 is released and has 2 open pick tasks",
    ),
    "a shipment on the floor without a task": Seeded(
        damage=lambda c: c.execute(update(pick_task).values(status="done")),
        check=C.PICK_TASKS,
        told="web-released-1 is released and has 0 open pick tasks",
    ),
    "a backorder its run does not know": Seeded(
        damage=lambda c: c.execute(update(backorder).values(quantity=3)),
        check=C.BACKORDERS,
        told="order web-waiting: its run says 4 units, its backorders 3",
    ),
    "a unit owed twice": Seeded(
        damage=add_backorder,
        check=C.ORDER_LINES,
        told="line 1: 4 of POT wanted (4 ordered, 0 cancelled, 1 each); "
        "0 promised, 0 picked, 0 shipped, 8 backordered",
    ),
    "ordered units that are nowhere": Seeded(
        damage=lambda c: c.execute(
            update(order_line)
            .where(order_line.c.order_id == "web-shipped")
            .values(quantity=3)
        ),
        check=C.ORDER_LINES,
        told="order web-shipped line 1: 3 of MUG wanted",
    ),
    "an order that waits for nothing": Seeded(
        damage=forget_wait,
        check=C.STUCK_ORDERS,
        told="order web-waiting is backordered: it has 0 open shipments",
    ),
}
