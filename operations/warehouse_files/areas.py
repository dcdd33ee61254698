"""`warehouse areas`: where warehouses send to, stored as a whole or not at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from operations.files.dry_run import transaction
from operations.files.models import Numbered
from operations.files.table import CsvTable
from operations.warehouse_files.lines import AREA_FORMAT, AreaLine
from operations.warehouse_files.results import (
    Change,
    Refusals,
    WarehouseImportResult,
    read_lines,
    result_of,
)
from operations.warehouse_files.warehouses import stored_warehouses
from persistence.database import Database
from persistence.tables import service_area
from persistence.warehouses import forget_warehouses

Area = tuple[str, str]  # country and postcode prefix
Way = tuple[int | None, int | None]  # kilometres and days


def import_areas(
    database: Database, table: CsvTable, *, dry_run: bool = False
) -> WarehouseImportResult:
    """Replace the areas of each warehouse that the file names by those in it.

    With any refusal nothing is stored: half a list of areas would send orders to the
    wrong warehouse. Then `refused_rows` are all rows.
    """
    lines, refusals = read_lines(table, AREA_FORMAT)
    read = len(lines) + len(refusals.rows)
    changes: Counter[Change] = Counter()
    with transaction(database, dry_run=dry_run) as connection:
        _judge(connection, lines, refusals)
        if not refusals.cells:
            changes = _store(connection, lines)
    forget_warehouses()
    if refusals.cells:
        kept = {row.number for row in refusals.rows}
        refusals.rows += [
            one.raw for one in lines if one.raw is not None and one.row not in kept
        ]
    return result_of(read, changes, refusals, dry_run=dry_run)


def _judge(
    connection: Connection, lines: Sequence[Numbered[AreaLine]], refusals: Refusals
) -> None:
    known = stored_warehouses(connection, [one.line.warehouse for one in lines])
    seen: set[tuple[str, str, str]] = set()
    for one in lines:
        line = one.line
        key = (line.warehouse, line.country, line.postcode_prefix)
        if line.warehouse not in known:
            refusals.refuse(one, "warehouse", "a warehouse that is stored")
        elif key in seen:
            wanted = "each beginning of postcodes once for a warehouse and country"
            refusals.refuse(one, "postcode_prefix", wanted)
        seen.add(key)


def _store(
    connection: Connection, lines: Sequence[Numbered[AreaLine]]
) -> Counter[Change]:
    after: dict[str, dict[Area, Way]] = defaultdict(dict)
    for one in lines:
        line = one.line
        area = line.country, line.postcode_prefix
        after[line.warehouse][area] = line.distance_km, line.transit_days
    changes: Counter[Change] = Counter()
    for warehouse_id, areas in sorted(after.items()):
        before = _stored(connection, warehouse_id)
        for area, way in areas.items():
            changes[_change(before, area, way)] += 1
        if before != areas:
            _replace(connection, warehouse_id, areas)
    return changes


def _stored(connection: Connection, warehouse_id: str) -> dict[Area, Way]:
    query = select(service_area).where(service_area.c.warehouse_id == warehouse_id)
    return {
        (row.country, row.postcode_prefix): (row.distance_km, row.transit_days)
        for row in connection.execute(query)
    }


def _change(before: Mapping[Area, Way], area: Area, way: Way) -> Change:
    if area not in before:
        return Change.CREATED
    return Change.UNCHANGED if before[area] == way else Change.UPDATED


def _replace(
    connection: Connection, warehouse_id: str, areas: Mapping[Area, Way]
) -> None:
    connection.execute(
        delete(service_area).where(service_area.c.warehouse_id == warehouse_id)
    )
    connection.execute(
        insert(service_area),
        [
            {
                "warehouse_id": warehouse_id,
                "country": country,
                "postcode_prefix": prefix,
                "distance_km": distance_km,
                "transit_days": transit_days,
            }
            for (country, prefix), (distance_km, transit_days) in sorted(areas.items())
        ],
    )
