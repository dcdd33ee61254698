"""`location import`: a file of places in warehouses, refused row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, exists, func, select

from domain.stock.movements import LocationKind
from operations.files.dry_run import transaction
from operations.files.models import Numbered
from operations.files.table import CsvTable
from operations.warehouse_files.lines import LOCATION_FORMAT, LocationLine
from operations.warehouse_files.results import (
    Change,
    Refusals,
    WarehouseImportResult,
    read_lines,
    result_of,
)
from operations.warehouse_files.warehouses import stored_warehouses
from persistence.database import Database
from persistence.tables import location, stock_level
from persistence.upsert import insert_or_replace

_CHUNK = 1000
# Room to put a new location between two others by hand.
_SEQUENCE_STEP = 10
_OWN = frozenset({LocationKind.STAGING, LocationKind.DAMAGED})
_HOLDS_STOCK = exists().where(
    stock_level.c.location_id == location.c.location_id, stock_level.c.on_hand > 0
)

Stored = Mapping[str, RowMapping]


def import_locations(
    database: Database, table: CsvTable, *, dry_run: bool = False
) -> WarehouseImportResult:
    """Store locations; what a row does not say stays, a repeat changes nothing."""
    lines, refusals = read_lines(table, LOCATION_FORMAT)
    read = len(lines) + len(refusals.rows)
    with transaction(database, dry_run=dry_run) as connection:
        changes = _store(connection, lines, refusals)
    return result_of(read, changes, refusals, dry_run=dry_run)


def _store(
    connection: Connection, lines: Sequence[Numbered[LocationLine]], refusals: Refusals
) -> Counter[Change]:
    stored = _stored(connection, [one.line.location for one in lines])
    known = stored_warehouses(connection, [one.line.warehouse for one in lines])
    last = _last_sequences(connection, known)
    changes: Counter[Change] = Counter()
    rows: dict[str, dict[str, object]] = {}
    seen: set[str] = set()
    for one in lines:
        line, before = one.line, stored.get(one.line.location)
        wrong = _wrong(line, before, known, seen)
        seen.add(line.location)
        if wrong is not None:
            refusals.refuse(one, *wrong)
            continue
        row = _row(line, before, last)
        change = _change(row, before)
        changes[change] += 1
        if change is not Change.UNCHANGED:
            rows[line.location] = row
    insert_or_replace(connection, location, [rows[key] for key in sorted(rows)])
    return changes


def _wrong(
    line: LocationLine,
    before: RowMapping | None,
    known: Mapping[str, object],
    seen: set[str],
) -> tuple[str, str] | None:
    if line.location in seen:
        return "location", "each location once in a file"
    if line.warehouse not in known:
        return "warehouse", "a warehouse that is stored"
    return None if before is None else _wrong_change(line, before)


def _wrong_change(line: LocationLine, before: RowMapping) -> tuple[str, str] | None:
    if before["warehouse_id"] != line.warehouse:
        wanted = f"{before['warehouse_id']}: a location stays in its warehouse"
        return "warehouse", wanted
    if before["kind"] in _OWN:
        return "location", "a location that is not the warehouse's own"
    if line.kind not in (None, before["kind"]) and before["holds_stock"]:
        wanted = f"{before['kind']}, until the location is empty: move its stock first"
        return "kind", wanted
    return None


def _row(
    line: LocationLine, before: RowMapping | None, last: dict[str, int]
) -> dict[str, object]:
    sequence = line.pick_sequence
    if sequence is None and before is None:
        last[line.warehouse] += _SEQUENCE_STEP
        sequence = last[line.warehouse]
    elif sequence is None and before is not None:
        sequence = before["pick_sequence"]
    kind = line.kind or (LocationKind.PICK_FACE if before is None else before["kind"])
    return {
        "location_id": line.location,
        "warehouse_id": line.warehouse,
        "kind": kind,
        "pick_sequence": sequence,
    }


def _change(row: Mapping[str, object], before: RowMapping | None) -> Change:
    if before is None:
        return Change.CREATED
    same = all(before[name] == value for name, value in row.items())
    return Change.UNCHANGED if same else Change.UPDATED


def _stored(connection: Connection, location_ids: Iterable[str]) -> Stored:
    found: dict[str, RowMapping] = {}
    wanted = sorted(set(location_ids))
    for start in range(0, len(wanted), _CHUNK):
        query = select(location, _HOLDS_STOCK.label("holds_stock")).where(
            location.c.location_id.in_(wanted[start : start + _CHUNK])
        )
        rows = connection.execute(query).mappings()
        found |= {str(row["location_id"]): row for row in rows}
    return found


def _last_sequences(
    connection: Connection, warehouse_ids: Iterable[str]
) -> dict[str, int]:
    query = select(
        location.c.warehouse_id, func.max(location.c.pick_sequence).label("last")
    ).group_by(location.c.warehouse_id)
    found = {row.warehouse_id: int(row.last) for row in connection.execute(query)}
    return {key: found.get(key, 0) for key in warehouse_ids}
