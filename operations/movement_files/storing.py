"""Past movements of some articles: stored once, and valued anew in time order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, select, update

from domain.stock.movements import MovementKind
from operations.movement_files.lines import Article, PastMovement
from operations.movement_files.valuing import value_changes
from persistence.bulk import insert_rows
from persistence.tables import history_movement

_CURRENCIES = (
    select(
        history_movement.c.warehouse_id,
        history_movement.c.sku,
        history_movement.c.currency,
    )
    .where(history_movement.c.currency.is_not(None))
    .distinct()
)
_ANY = select(exists().select_from(history_movement))
_STORED = (
    select(history_movement)
    .where(
        history_movement.c.warehouse_id == bindparam("warehouse"),
        history_movement.c.sku.in_(bindparam("skus", expanding=True)),
    )
    .order_by(history_movement.c.history_movement_id)
)
_COLUMNS = (
    "import_id",
    "warehouse_id",
    "sku",
    "kind",
    "quantity_change",
    "unit_cost_micros",
    "value_change_micros",
    "currency",
    "occurred_at",
    "recorded_at",
)
_VALUE_ANEW = (
    update(history_movement)
    .where(history_movement.c.history_movement_id == bindparam("movement"))
    .values(
        value_change_micros=bindparam("new_micros"), currency=bindparam("in_currency")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How many movements were new, and their units."""

    stored: int = 0
    units_in: int = 0
    units_out: int = 0
    units_without_cost: int = 0

    def plus(self, more: Stored) -> Stored:
        """Add what another batch stored."""
        return Stored(
            stored=self.stored + more.stored,
            units_in=self.units_in + more.units_in,
            units_out=self.units_out + more.units_out,
            units_without_cost=self.units_without_cost + more.units_without_cost,
        )


class _Known(NamedTuple):
    """A movement that is stored, with the value it has now."""

    movement_id: int
    movement: PastMovement
    micros: int


class _Valued(NamedTuple):
    """A movement in time order, stored before or new, and its value change."""

    known: _Known | None
    movement: PastMovement
    micros: int


def article_currencies(connection: Connection) -> dict[Article, str]:
    """Return in which currency the articles of stored movements are valued."""
    return {
        Article(row.warehouse_id, row.sku): row.currency
        for row in connection.execute(_CURRENCIES)
    }


def store(
    connection: Connection,
    batch: Sequence[tuple[Article, Sequence[PastMovement]]],
    import_id: str,
    now: datetime,
    *,
    dry_run: bool,
) -> Stored:
    """Store the movements of articles of one warehouse that are not there yet."""
    known = _known(connection, [article for article, _ in batch])
    added: list[tuple[object, ...]] = []
    changed: list[dict[str, object]] = []
    total = Stored()
    for article, movements in batch:
        before = known.get(article, [])
        new = _not_known(movements, before)
        if not new:
            continue
        valued = _in_time_order(before, new)
        total = total.plus(_sums(valued))
        currency = next(
            (one.movement.currency for one in valued if one.movement.currency), None
        )
        for one in valued:
            if one.known is None:
                added.append(_row(article, one, currency, import_id, now))
            elif one.micros != one.known.micros or one.movement.currency != currency:
                changed.append(
                    {
                        "movement": one.known.movement_id,
                        "new_micros": one.micros,
                        "in_currency": currency,
                    }
                )
    if not dry_run:
        insert_rows(connection, history_movement, _COLUMNS, added)
    if changed and not dry_run:
        connection.execute(_VALUE_ANEW, changed)
    return total


def _known(
    connection: Connection, articles: Sequence[Article]
) -> Mapping[Article, list[_Known]]:
    known: dict[Article, list[_Known]] = defaultdict(list)
    if not connection.execute(_ANY).scalar_one():
        return known
    asked = {
        "warehouse": articles[0].warehouse,
        "skus": [article.sku for article in articles],
    }
    for row in connection.execute(_STORED, asked):
        movement = PastMovement(
            row.occurred_at,
            row.quantity_change,
            MovementKind(row.kind),
            row.unit_cost_micros,
            row.currency,
        )
        known[Article(row.warehouse_id, row.sku)].append(
            _Known(row.history_movement_id, movement, row.value_change_micros)
        )
    return known


def _not_known(
    movements: Sequence[PastMovement], known: Sequence[_Known]
) -> Sequence[PastMovement]:
    """Return the movements that are not stored as often as they are given."""
    if not known:
        return movements
    # The currency says nothing: it may have become known later.
    there = Counter(one.movement[:-1] for one in known)
    new = []
    for one in movements:
        if there[one[:-1]]:
            there[one[:-1]] -= 1
        else:
            new.append(one)
    return new


def _in_time_order(
    before: Sequence[_Known], new: Sequence[PastMovement]
) -> list[_Valued]:
    """Value movements in time order; at one instant what comes is there first."""
    both: list[tuple[_Known | None, PastMovement]] = [
        *((one, one.movement) for one in before),
        *((None, one) for one in new),
    ]
    both.sort(key=lambda one: (one[1].at, one[1].change < 0))
    changes = value_changes(movement for _, movement in both)
    return [
        _Valued(known, movement, micros)
        for (known, movement), micros in zip(both, changes, strict=True)
    ]


def _sums(valued: Sequence[_Valued]) -> Stored:
    new = [one for one in valued if one.known is None]
    coming = [one for one in new if one.movement.change > 0]
    units_in = sum(one.movement.change for one in coming)
    return Stored(
        stored=len(new),
        units_in=units_in,
        units_out=units_in - sum(one.movement.change for one in new),
        units_without_cost=sum(
            one.movement.change
            for one in coming
            if one.movement.cost is None and not one.micros
        ),
    )


def _row(
    article: Article,
    one: _Valued,
    currency: str | None,
    import_id: str,
    now: datetime,
) -> tuple[object, ...]:
    movement = one.movement
    return (
        import_id,
        article.warehouse,
        article.sku,
        movement.kind.value,
        movement.change,
        movement.cost,
        one.micros,
        currency,
        movement.at,
        now,
    )
