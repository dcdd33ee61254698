"""Warehouses and locations a receipt names: checked, and made where they are new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, func, select, update

from domain.stock.movements import SELLABLE, LocationKind
from operations.files.rows import RefusedCell
from operations.stock_files.receipts import NumberedStock, ReceiptTerms
from persistence.tables import location, warehouse
from persistence.upsert import insert_or_ignore
from persistence.warehouses import add_own_places

_CHUNK = 1000
# Room to put a new location between two others by hand.
_SEQUENCE_STEP = 10
_SET_SEQUENCE = (
    update(location)
    .where(location.c.location_id == bindparam("id"))
    .values(pick_sequence=bindparam("sequence"))
)
_LAST_SEQUENCE = select(func.max(location.c.pick_sequence)).where(
    location.c.warehouse_id == bindparam("warehouse_id")
)


@dataclass(slots=True, kw_only=True)
class _Place:
    warehouse_id: str
    kind: LocationKind | None
    pick_sequence: int | None = None
    is_new: bool = True


@dataclass(slots=True)
class Places:
    """The locations of one receipt, with what is stored about them."""

    terms: ReceiptTerms
    _places: dict[str, _Place] = field(default_factory=dict)

    def load(self, connection: Connection, lines: Sequence[NumberedStock]) -> None:
        """Load what is stored about the locations that the lines name."""
        wanted = sorted({one.line.location for one in lines})
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            for row in connection.execute(
                select(location).where(location.c.location_id.in_(chunk))
            ):
                self._places[row.location_id] = _Place(
                    warehouse_id=row.warehouse_id,
                    kind=LocationKind(row.kind),
                    pick_sequence=row.pick_sequence,
                    is_new=False,
                )

    def refusals(self, one: NumberedStock) -> Iterator[RefusedCell]:
        """Check a line against what is stored and against the lines before it."""
        line, warehouse_id = one.line, one.line.warehouse or self.terms.warehouse
        place = self._places.setdefault(
            line.location, _Place(warehouse_id=warehouse_id, kind=line.location_kind)
        )
        if place.warehouse_id != warehouse_id:
            yield one.refuse("location", f"a location of warehouse {warehouse_id}")
        if place.kind is None:
            place.kind = line.location_kind
        elif line.location_kind not in {None, place.kind}:
            yield one.refuse("location_kind", f"{place.kind}, as the location is")
        if place.kind in {LocationKind.STAGING, LocationKind.DAMAGED}:
            yield one.refuse("location", "a location for goods that arrive")

    def is_sellable(self, location_id: str) -> bool:
        """Say whether stock there may be promised to orders."""
        place = self._places.get(location_id)
        # A warehouse's own place for damaged goods is named by no line.
        return place is not None and (place.kind or LocationKind.PICK_FACE) in SELLABLE

    def store(
        self, connection: Connection, lines: Sequence[NumberedStock]
    ) -> tuple[tuple[str, ...], int]:
        """Store what is new; return the new warehouses and how many new locations."""
        given = {
            one.line.location: one.line.pick_sequence
            for one in lines
            if one.line.pick_sequence is not None
        }
        moved = [
            {"id": location_id, "sequence": sequence}
            for location_id, sequence in sorted(given.items())
            if not self._places[location_id].is_new
            and self._places[location_id].pick_sequence != sequence
        ]
        new_warehouses = _add_warehouses(
            connection,
            sorted({place.warehouse_id for place in self._places.values()}),
            self.terms.time_zone,
        )
        rows = self._new_rows(connection, given)
        insert_or_ignore(connection, location, rows)
        if moved:
            connection.execute(_SET_SEQUENCE, moved)
        return new_warehouses, len(rows)

    def _new_rows(
        self, connection: Connection, given: dict[str, int]
    ) -> list[dict[str, object]]:
        new = {key: place for key, place in self._places.items() if place.is_new}
        last = {
            warehouse_id: connection.execute(
                _LAST_SEQUENCE, {"warehouse_id": warehouse_id}
            ).scalar_one()
            or 0
            for warehouse_id in sorted({place.warehouse_id for place in new.values()})
        }
        rows: list[dict[str, object]] = []
        for location_id, place in new.items():
            last[place.warehouse_id] += _SEQUENCE_STEP
            rows.append(
                {
                    "location_id": location_id,
                    "warehouse_id": place.warehouse_id,
                    "kind": place.kind or LocationKind.PICK_FACE,
                    "pick_sequence": given.get(location_id, last[place.warehouse_id]),
                }
            )
        return rows


def _add_warehouses(
    connection: Connection, wanted: Iterable[str], time_zone: str
) -> tuple[str, ...]:
    names = list(wanted)
    known = set(
        connection.execute(
            select(warehouse.c.warehouse_id).where(warehouse.c.warehouse_id.in_(names))
        ).scalars()
    )
    new = tuple(name for name in names if name not in known)
    insert_or_ignore(
        connection,
        warehouse,
        [{"warehouse_id": w, "name": w, "time_zone": time_zone} for w in new],
    )
    add_own_places(connection, names)
    return new
