"""What stands on the orders themselves, alike for runs and for the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from domain.kpi.facts import Promise
from domain.kpi.history import HistoryStatus
from domain.orders.status import OrderStatus
from persistence.kpi.orders.happenings import fetched
from persistence.kpi.orders.instants import RawInstant, instant_of, known_instant, raw
from persistence.kpi.orders.population import Population
from persistence.tables import (
    address,
    contact_fingerprint,
    history_order,
    order_progress,
    orders,
)

_EMAIL = contact_fingerprint.alias("email_fingerprint")
_REFERENCE = contact_fingerprint.alias("reference_fingerprint")
_OF_RUNS = (
    select(
        orders.c.order_id,
        orders.c.source,
        orders.c.channel,
        orders.c.service_level,
        orders.c.customer_group,
        func.coalesce(_EMAIL.c.fingerprint, _REFERENCE.c.fingerprint),
        address.c.country,
        raw(orders.c.placed_at),
        func.coalesce(orders.c.promised_on, orders.c.asked_for_on),
        order_progress.c.status,
        raw(order_progress.c.status_since),
    )
    .join(address, address.c.address_id == orders.c.ship_to_address_id)
    .outerjoin(order_progress, order_progress.c.order_id == orders.c.order_id)
    .outerjoin(
        _EMAIL,
        (_EMAIL.c.order_id == orders.c.order_id) & (_EMAIL.c.field == "email"),
    )
    .outerjoin(
        _REFERENCE,
        (_REFERENCE.c.order_id == orders.c.order_id)
        & (_REFERENCE.c.field == "reference"),
    )
)
_OF_HISTORY = select(
    history_order.c.order_id,
    history_order.c.source,
    history_order.c.channel,
    history_order.c.service_level,
    history_order.c.customer_group,
    history_order.c.customer,
    history_order.c.ship_to_zone,
    raw(history_order.c.placed_at),
    history_order.c.status,
    history_order.c.cancel_cause,
    raw(history_order.c.promised_at),
    history_order.c.promised_on,
    raw(history_order.c.due_ship_at),
    history_order.c.due_ship_on,
)
_Row = Row[*tuple[Any, ...]]


class OrderBasics(NamedTuple):
    """What stands on one order; a tuple: there are many."""

    order_id: str
    source: str
    channel: str | None
    service_level: str | None
    customer_group: str | None
    customer: str | None
    # Of a run's order the country is known, of an imported one the zone.
    country: str | None
    ship_to_zone: str | None
    placed_at: datetime
    is_imported: bool
    says_delivered: bool
    says_cancelled: bool
    cancel_cause: str | None
    promised: Promise | None
    due_ship: Promise | None


def load_basics(
    connection: Connection, population: Population, as_of: datetime
) -> Iterator[OrderBasics]:
    """Return the wanted orders."""
    live = _OF_RUNS.where(population.live)
    imported = _OF_HISTORY.where(population.history)
    for row in fetched(connection.execute(live)):
        yield _of_run(row, as_of)
    for row in fetched(connection.execute(imported)):
        yield _of_history(row)


def _of_run(row: _Row, as_of: datetime) -> OrderBasics:
    id_, source, channel, level, group, customer, country, placed_at, *others = row
    promised_on, status, since = others
    known = instant_of(since)
    if known is None or known > as_of:
        status = None
    return OrderBasics(
        order_id=id_,
        source=source,
        channel=channel,
        service_level=level,
        customer_group=group,
        customer=customer,
        country=country,
        ship_to_zone=None,
        placed_at=known_instant(placed_at),
        is_imported=False,
        says_delivered=status == OrderStatus.DELIVERED,
        says_cancelled=status == OrderStatus.CANCELLED,
        cancel_cause=None,
        promised=_promise(None, promised_on),
        due_ship=None,
    )


def _of_history(row: _Row) -> OrderBasics:
    id_, source, channel, level, group, customer, zone, placed_at, *others = row
    status, cause, promised_at, promised_on, due_ship_at, due_ship_on = others
    return OrderBasics(
        order_id=id_,
        source=source,
        channel=channel,
        service_level=level,
        customer_group=group,
        customer=customer,
        country=None,
        ship_to_zone=zone,
        placed_at=known_instant(placed_at),
        is_imported=True,
        says_delivered=status == HistoryStatus.DELIVERED,
        says_cancelled=status == HistoryStatus.CANCELLED,
        cancel_cause=cause,
        promised=_promise(promised_at, promised_on),
        due_ship=_promise(due_ship_at, due_ship_on),
    )


def _promise(at: RawInstant | None, on: date | None) -> Promise | None:
    if at is None and on is None:
        return None
    return Promise(at=instant_of(at), on=on)
