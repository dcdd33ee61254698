"""`warehouse import`: a file of warehouses, refused row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from operations.files.dry_run import transaction
from operations.files.models import Numbered
from operations.files.table import CsvTable
from operations.warehouse_files.lines import NONE, WAREHOUSE_FORMAT, WarehouseLine
from operations.warehouse_files.results import (
    Change,
    Refusals,
    WarehouseImportResult,
    read_lines,
    result_of,
)
from persistence.database import Database
from persistence.tables import warehouse
from persistence.upsert import insert_or_replace
from persistence.warehouses import add_own_places, forget_warehouses

_CHUNK = 1000
_GIVEN = (
    "name",
    "street",
    "city",
    "postcode",
    "country",
    "time_zone",
    "cut_off",
    "daily_capacity",
)
_NEEDED = ("name", "time_zone")

Stored = Mapping[str, object]


def import_warehouses(
    database: Database, table: CsvTable, *, dry_run: bool = False
) -> WarehouseImportResult:
    """Store warehouses; what a row does not say stays, a repeat changes nothing.

    Orders that were placed keep the day they have; the next one is planned anew.
    """
    lines, refusals = read_lines(table, WAREHOUSE_FORMAT)
    read = len(lines) + len(refusals.rows)
    with transaction(database, dry_run=dry_run) as connection:
        changes = _store(connection, lines, refusals)
    forget_warehouses()
    return result_of(read, changes, refusals, dry_run=dry_run)


def _store(
    connection: Connection,
    lines: Sequence[Numbered[WarehouseLine]],
    refusals: Refusals,
) -> Counter[Change]:
    stored = stored_warehouses(connection, [one.line.warehouse for one in lines])
    changes: Counter[Change] = Counter()
    rows: dict[str, dict[str, object]] = {}
    seen: set[str] = set()
    for one in lines:
        key = one.line.warehouse
        before = stored.get(key)
        if key in seen:
            refusals.refuse(one, "warehouse", "each warehouse once in a file")
            continue
        seen.add(key)
        row = _row(one.line, before)
        absent = [name for name in _NEEDED if row[name] is None]
        if absent:
            wanted = f"{WAREHOUSE_FORMAT.wanted[absent[0]]}: the warehouse is new"
            refusals.refuse(one, absent[0], wanted)
            continue
        change = _change(row, before)
        changes[change] += 1
        if change is not Change.UNCHANGED:
            rows[key] = row
    insert_or_replace(connection, warehouse, [rows[key] for key in sorted(rows)])
    add_own_places(connection, sorted(rows))
    return changes


def stored_warehouses(
    connection: Connection, warehouse_ids: Sequence[str]
) -> dict[str, Stored]:
    """Return the stored rows of these warehouses, by id."""
    found: dict[str, Stored] = {}
    wanted = sorted(set(warehouse_ids))
    for start in range(0, len(wanted), _CHUNK):
        query = select(warehouse).where(
            warehouse.c.warehouse_id.in_(wanted[start : start + _CHUNK])
        )
        rows = connection.execute(query).mappings()
        found |= {str(row["warehouse_id"]): dict(row) for row in rows}
    return found


def _row(line: WarehouseLine, before: Stored | None) -> dict[str, object]:
    row: dict[str, object] = {"warehouse_id": line.warehouse}
    for name in _GIVEN:
        given = getattr(line, name)
        if given is None:
            row[name] = before[name] if before is not None else None
        else:
            row[name] = None if given == NONE and name not in _TEXTS else given
    return row


# What may truly be called `none`.
_TEXTS = frozenset({"name", "street", "city", "postcode"})


def _change(row: Stored, before: Stored | None) -> Change:
    if before is None:
        return Change.CREATED
    same = all(before[name] == value for name, value in row.items())
    return Change.UNCHANGED if same else Change.UPDATED
