"""Where the shipments of orders come from, who carries them, and when they are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from domain.identity import shipment_id_of
from domain.kpi.facts import Promise
from domain.kpi.measuring import only_one
from persistence.kpi.orders.happenings import Happenings, fetched
from persistence.tables import history_shipment, shipment

_OF_RUNS = select(
    shipment.c.order_id,
    shipment.c.shipment_id,
    shipment.c.warehouse_id,
    shipment.c.carrier,
    shipment.c.ship_on,
)
_OF_HISTORY = select(
    history_shipment.c.order_id,
    history_shipment.c.shipment_no,
    history_shipment.c.warehouse_id,
    history_shipment.c.carrier,
)


class ShipmentPlace(NamedTuple):
    """One shipment as its table tells of it; a tuple: there are many."""

    shipment_id: str
    warehouse: str | None
    carrier: str | None
    ship_on: date | None = None


class OrderPlace(NamedTuple):
    """What the shipments of an order share; `due_ship` is the last one's."""

    warehouse: str | None
    carrier: str | None
    due_ship: Promise | None


def load_places(happenings: Happenings) -> dict[str, list[ShipmentPlace]]:
    """Return the shipments of each order."""
    connection, wanted = happenings.connection, happenings.population
    found: dict[str, list[ShipmentPlace]] = defaultdict(list)
    live = _OF_RUNS.where(
        shipment.c.created_at <= happenings.as_of, wanted.has(shipment.c.order_id)
    )
    for order_id, *told in fetched(connection.execute(live)):
        found[order_id].append(ShipmentPlace(*told))
    imported = _OF_HISTORY.where(wanted.has(history_shipment.c.order_id))
    for order_id, number, warehouse, carrier in fetched(connection.execute(imported)):
        sent = ShipmentPlace(shipment_id_of(order_id, number), warehouse, carrier)
        found[order_id].append(sent)
    return found


def place_of(
    shipments: Sequence[ShipmentPlace], cancelled: Collection[str]
) -> OrderPlace:
    """Return what shipments share; cancelled ones count only if there are no others."""
    if len(shipments) == 1:
        _, warehouse, carrier, ship_on = shipments[0]
        return OrderPlace(warehouse, carrier, Promise(on=ship_on) if ship_on else None)
    live = [one for one in shipments if one.shipment_id not in cancelled] or shipments
    planned = max((one.ship_on for one in live if one.ship_on), default=None)
    return OrderPlace(
        warehouse=only_one([one.warehouse for one in live]),
        carrier=only_one([one.carrier for one in live]),
        due_ship=Promise(on=planned) if planned else None,
    )
