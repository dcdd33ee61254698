"""What the labels bought for orders cost."""

from __future__ import annotations

from sqlalchemy import Float, cast, func, or_, select

from persistence.kpi.orders.happenings import Happenings
from persistence.tables import label, shipment


def load_freight(happenings: Happenings) -> dict[str, float]:
    """Return the cost of each order's labels that were not voided."""
    as_of = happenings.as_of
    query = (
        select(shipment.c.order_id, func.sum(cast(label.c.cost, Float)))
        .join(label, label.c.shipment_id == shipment.c.shipment_id)
        .where(
            happenings.population.has(shipment.c.order_id),
            label.c.cost.is_not(None),
            label.c.made_at <= as_of,
            or_(label.c.voided_at.is_(None), label.c.voided_at > as_of),
        )
        .group_by(shipment.c.order_id)
    )
    return {row[0]: row[1] for row in happenings.connection.execute(query)}
