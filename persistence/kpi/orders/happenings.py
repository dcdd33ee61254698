"""What happened to the wanted orders: their events, as known and as they still count.

Events of an imported order count from its newest correction on: the import that made
the correction told everything anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Row,
    Select,
    func,
    or_,
    select,
)

from domain.events import EventKind
from persistence.kpi.orders.population import Population
from persistence.tables import fulfillment_event

_ROWS_AT_ONCE = 5_000
_CORRECTED = (
    select(
        fulfillment_event.c.order_id,
        func.max(fulfillment_event.c.fulfillment_event_id).label("newest"),
    )
    .where(fulfillment_event.c.kind == EventKind.HISTORY_CORRECTED)
    .group_by(fulfillment_event.c.order_id)
    .subquery("corrected")
)


class Happenings:
    """The events of a population as of a moment."""

    def __init__(
        self, connection: Connection, population: Population, as_of: datetime
    ) -> None:
        """Look whether anything was ever corrected: mostly nothing was."""
        self.connection = connection
        self.population = population
        self.as_of = as_of
        corrected = select(_CORRECTED.c.order_id).limit(1)
        self._has_corrections = connection.execute(corrected).first() is not None

    def rows(
        self, kinds: Iterable[EventKind], *columns: ColumnElement[Any]
    ) -> Iterator[Row[*tuple[Any, ...]]]:
        """Return columns of the events of a few kinds."""
        is_meant = fulfillment_event.c.kind.in_(list(kinds))
        query = self.of_all_kinds(*columns).where(is_meant)
        return fetched(self.connection.execute(query))

    def of_all_kinds(self, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        """Return the query for columns of every event."""
        event = fulfillment_event.c
        query = select(*columns).where(
            event.occurred_at <= self.as_of,
            self.population.has(event.order_id),
        )
        if not self._has_corrections:
            return query
        counts = or_(
            _CORRECTED.c.newest.is_(None),
            event.fulfillment_event_id > _CORRECTED.c.newest,
        )
        of_order = _CORRECTED.c.order_id == event.order_id
        return query.outerjoin(_CORRECTED, of_order).where(counts)


def fetched(result: CursorResult[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    """Return rows by thousands: asking the driver for each by itself takes long."""
    return chain.from_iterable(result.partitions(_ROWS_AT_ONCE))
