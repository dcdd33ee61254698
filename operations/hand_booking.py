"""What every movement by hand does: levels, value, ledger, and who is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from domain.errors import InvalidInput
from domain.stock.movements import LocationKind, MovementKind
from domain.stock.valuation import UnitCost
from messages.order_document import Sku
from messages.order_messages import Message
from operations.queries.models import View
from operations.stock_places import Place
from persistence.backlog import wake_waiting_orders
from persistence.shelves import add_units, move_units, read_level, take_units
from persistence.stock import Movement, MovementCause, levels_at, record_movements
from persistence.stock_value import Arrived, priced, value_across, value_in, value_out


class StockMessage(Message):
    """A message about units of one article."""

    sku: Sku


class MovedStock(View):
    """The answer to a movement; a repeat gets the same one."""

    sku: str
    quantity: int
    from_location: str | None = None
    to_location: str | None = None
    # Orders that waited for what is free now.
    woken: tuple[str, ...] = ()
    text: str


def cause_of(
    act: str,
    told: Message,
    now: datetime,
    *,
    document: str | None = None,
    order_id: str | None = None,
) -> MovementCause:
    """Return why stock moves when a person says so."""
    return MovementCause(
        cause=f"{act}:{told.message_id}",
        actor=told.actor,
        occurred_at=told.at or now,
        recorded_at=now,
        document=document,
        order_id=order_id,
    )


def refuse_staging(place: Place, field: str) -> None:
    """Raise `InvalidInput` for the place of picked goods: the orders' runs book it."""
    if place.kind is LocationKind.STAGING:
        raise InvalidInput(field, "a place for stock, not the one for picked goods")


def carry(
    connection: Connection,
    sku: str,
    quantity: int,
    places: tuple[Place, Place],
    kind: MovementKind,
    why: MovementCause,
) -> tuple[str, ...]:
    """Move free units from a place to another; return the orders that were woken."""
    source, target = places
    out = levels_at(connection, source.location_id, [sku])[sku]
    into = levels_at(connection, target.location_id, [sku])[sku]
    if not move_units(connection, out, into, quantity, at=why.occurred_at):
        raise InvalidInput("quantity", _at_most_free(connection, out))
    cost: UnitCost | None = None
    if source.warehouse_id != target.warehouse_id:
        cost = value_across(
            connection, source.warehouse_id, target.warehouse_id, {sku: quantity}
        )[sku]
    moved = [
        Movement(stock_level_id=level, kind=kind, on_hand=units)
        for level, units in ((out, -quantity), (into, quantity))
    ]
    record_movements(connection, [priced(one, cost) for one in moved], why)
    if source.is_for_sale:
        return ()  # they were free before: nobody could take more than now
    return _wake(connection, target, into, why)


def bring_in(
    connection: Connection,
    sku: str,
    quantity: int,
    place: Place,
    kind: MovementKind,
    why: MovementCause,
) -> tuple[str, ...]:
    """Book units that came into a warehouse; return the orders that were woken."""
    level = levels_at(connection, place.location_id, [sku])[sku]
    add_units(connection, level, quantity, since=why.occurred_at)
    [cost] = value_in(
        connection, place.warehouse_id, [Arrived(sku=sku, units=quantity)]
    )
    came = Movement(stock_level_id=level, kind=kind, on_hand=quantity)
    record_movements(connection, [priced(came, cost)], why)
    return _wake(connection, place, level, why)


def take_out(
    connection: Connection,
    sku: str,
    quantity: int,
    place: Place,
    kind: MovementKind,
    why: MovementCause,
) -> None:
    """Book free units that are gone from a warehouse."""
    level = levels_at(connection, place.location_id, [sku])[sku]
    if not take_units(connection, level, quantity):
        raise InvalidInput("quantity", _at_most_free(connection, level))
    cost = value_out(connection, place.warehouse_id, {sku: quantity})[sku]
    gone = Movement(stock_level_id=level, kind=kind, on_hand=-quantity)
    record_movements(connection, [priced(gone, cost)], why)


def _at_most_free(connection: Connection, level: int) -> str:
    free = read_level(connection, level).free
    return f"at most {free}: what else lies there is promised, reserved or in doubt"


def _wake(
    connection: Connection, place: Place, level: int, why: MovementCause
) -> tuple[str, ...]:
    if not place.is_for_sale:
        return ()
    return tuple(
        wake_waiting_orders(connection, [level], cause=why.cause, at=why.recorded_at)
    )
