"""Who tells what a warehouse with imported movements shipped: they, or order lines."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, exists, select

from domain.kpi.stock.record import CostFrom
from domain.stock.movements import MovementKind
from persistence.tables import history_line, history_movement

_HAS_LINES = select(exists().where(history_line.c.quantity_shipped > 0))
_WAREHOUSES = select(history_movement.c.warehouse_id).distinct()
_HAS_SHIPPED = select(
    exists().where(
        history_movement.c.warehouse_id == bindparam("warehouse"),
        history_movement.c.kind == MovementKind.SHIPPED,
    )
)


def cost_from_of(connection: Connection) -> dict[str, CostFrom]:
    """Say of each warehouse with imported movements who tells what was shipped."""
    has_lines = connection.execute(_HAS_LINES).scalar_one()
    return {
        warehouse: (
            CostFrom.ORDER_LINES
            if has_lines
            and not connection.execute(
                _HAS_SHIPPED, {"warehouse": warehouse}
            ).scalar_one()
            else CostFrom.LEDGER
        )
        for warehouse in sorted(connection.execute(_WAREHOUSES).scalars())
    }
