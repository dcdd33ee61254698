"""What the floor says when all is as asked: the whole pick, the goods as picked."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from domain.errors import NotFound, Refused
from domain.shipments.tasks import TaskKind
from messages.order_messages import PackedLine, PackedPackage, PickedLine
from operations.queries.floor import open_tasks
from persistence.tables import allocation, shipment


def whole_pick(connection: Connection, shipment_id: str) -> tuple[PickedLine, ...]:
    """Return every open stop of a shipment's pick task as picked in full."""
    tasks = open_tasks(connection, shipment_id=shipment_id, kind=TaskKind.PICK)
    if not tasks:
        _refuse_if_unknown(connection, shipment_id)
        raise Refused(f"shipment {shipment_id} has no open pick task")
    return tuple(
        PickedLine(
            line_no=stop.line_no,
            sku=stop.sku,
            location=stop.location_id,
            quantity=stop.quantity,
        )
        for stop in tasks[0].lines
        if stop.done_quantity is None
    )


def package_as_picked(connection: Connection, shipment_id: str) -> PackedPackage:
    """Return one package that holds what was picked for a shipment."""
    picked = connection.execute(
        select(
            allocation.c.sku, func.sum(allocation.c.picked_quantity).label("quantity")
        )
        .where(
            allocation.c.shipment_id == shipment_id, allocation.c.picked_quantity > 0
        )
        .group_by(allocation.c.sku)
        .order_by(allocation.c.sku)
    ).all()
    if not picked:
        _refuse_if_unknown(connection, shipment_id)
        raise Refused(f"nothing picked for shipment {shipment_id} waits to be packed")
    return PackedPackage(
        lines=tuple(
            PackedLine(sku=row.sku, quantity=int(row.quantity)) for row in picked
        )
    )


def fitting_shipment_of(
    connection: Connection, order_id: str, statuses: frozenset[str]
) -> str:
    """Return the order's only shipment in one of these statuses; refuse if unclear."""
    found = connection.execute(
        select(shipment.c.shipment_id, shipment.c.status)
        .where(shipment.c.order_id == order_id)
        .order_by(shipment.c.shipment_id)
    ).all()
    fitting = [row.shipment_id for row in found if row.status in statuses]
    if len(fitting) == 1:
        return str(fitting[0])
    if fitting:
        raise Refused(f"say which shipment: {', '.join(fitting)}")
    standing = ", ".join(f"{row.shipment_id} is {row.status}" for row in found)
    raise Refused(
        f"no shipment of {order_id} is {' or '.join(sorted(statuses))}; "
        f"{standing or 'it has no shipment'}"
    )


def _refuse_if_unknown(connection: Connection, shipment_id: str) -> None:
    known = select(shipment.c.shipment_id).where(shipment.c.shipment_id == shipment_id)
    if connection.execute(known).first() is None:
        raise NotFound(f"there is no shipment {shipment_id}")
