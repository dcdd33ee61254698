"""Warehouses, where they send to, and their locations come in from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.errors import InvalidInput
from operations.files.table import open_table
from operations.queries.warehouses import list_warehouses
from operations.warehouse_files import (
    WarehouseImportResult,
    import_areas,
    import_locations,
    import_warehouses,
)
from persistence.database import Database
from persistence.tables import location, service_area, warehouse
from tests.operations.file_builders import (
    EXAMPLES,
    NOW,
    Importer,
    places,
    table_of,
)

MAIN = "warehouse,name,time_zone\nmain,Main,Europe/Berlin\n"


def warehouses(importer: Importer, text: str, **more: bool) -> WarehouseImportResult:
    with table_of(importer.directory, text) as table:
        return import_warehouses(importer.database, table, **more)


def areas(importer: Importer, text: str, **more: bool) -> WarehouseImportResult:
    with table_of(importer.directory, text) as table:
        return import_areas(importer.database, table, **more)


def locations(importer: Importer, text: str, **more: bool) -> WarehouseImportResult:
    with table_of(importer.directory, text) as table:
        return import_locations(importer.database, table, **more)


def stored(database: Database, warehouse_id: str = "main") -> dict[str, object]:
    query = select(warehouse).where(warehouse.c.warehouse_id == warehouse_id)
    with database.read() as connection:
        return dict(connection.execute(query).mappings().one())


def kinds(database: Database) -> dict[str, str]:
    with database.read() as connection:
        rows = connection.execute(select(location))
        return {row.location_id: row.kind for row in rows}


def areas_of(database: Database, warehouse_id: str) -> set[tuple[object, ...]]:
    query = select(service_area).where(service_area.c.warehouse_id == warehouse_id)
    with database.read() as connection:
        return {tuple(row)[1:] for row in connection.execute(query)}


def counts(result: WarehouseImportResult) -> tuple[int, int, int, int]:
    return (
        result.created,
        result.updated,
        result.unchanged,
        len(result.refused_rows),
    )


def test_the_examples_can_be_imported_one_after_the_other(importer: Importer) -> None:
    def example(name: str) -> Path:
        return EXAMPLES / name

    with open_table(example("warehouses.csv")) as table:
        sites = import_warehouses(importer.database, table)
    with open_table(example("areas.csv")) as table:
        ways = import_areas(importer.database, table)
    with open_table(example("locations.csv")) as table:
        bins = import_locations(importer.database, table)

    assert (counts(sites), counts(ways), counts(bins)) == (
        (2, 0, 0, 0),
        (6, 0, 0, 0),
        (5, 0, 0, 0),
    )
    with importer.database.read() as connection:
        main, north = list_warehouses(connection, NOW.date())
    assert (main.cut_off, main.daily_capacity, main.areas) == ("14:30", 400, 3)
    assert (north.cut_off, north.daily_capacity, north.planned) == ("13:00", None, 0)


def test_a_new_warehouse_has_places_for_picked_and_for_damaged_goods(
    importer: Importer,
) -> None:
    warehouses(importer, MAIN)

    assert kinds(importer.database) == {
        "main:staging": "staging",
        "main:damaged": "damaged",
    }


def test_what_a_row_does_not_say_stays_and_none_takes_a_limit_away(
    importer: Importer,
) -> None:
    header = "warehouse,name,time_zone,cut_off,daily_capacity,city\n"
    warehouses(importer, f"{header}main,Main,Europe/Berlin,14:30,5,Berlin\n")

    same = warehouses(importer, "warehouse,cut_off\nmain,14:30\n")
    changed = warehouses(importer, "warehouse,daily_capacity\nmain,none\n")

    assert (counts(same), counts(changed)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    row = stored(importer.database)
    assert (row["name"], row["city"], row["cut_off"]) == ("Main", "Berlin", "14:30")
    assert row["daily_capacity"] is None


def test_a_town_may_be_called_none(importer: Importer) -> None:
    warehouses(importer, "warehouse,name,time_zone,city\nmain,Main,UTC,none\n")

    assert stored(importer.database)["city"] == "none"


def test_a_frozen_warehouse_stays_frozen(importer: Importer) -> None:
    warehouses(importer, MAIN)
    with importer.database.write() as connection:
        connection.execute(update(warehouse).values(frozen_at=NOW, frozen_reason="x"))

    warehouses(importer, "warehouse,cut_off\nmain,09:00\n")

    assert stored(importer.database)["frozen_reason"] == "x"


@pytest.mark.parametrize(
    ("columns", "cells", "column"),
    [
        ("name,time_zone", "Main,Berlin", "time_zone"),
        ("name,time_zone", "Main,", "time_zone"),
        ("name,time_zone", ",UTC", "name"),
        ("name,time_zone,cut_off", "Main,UTC,24:00", "cut_off"),
        ("name,time_zone,cut_off", "Main,UTC,9:00", "cut_off"),
        ("name,time_zone,cut_off", "Main,UTC,noon", "cut_off"),
        ("name,time_zone,daily_capacity", "Main,UTC,0", "daily_capacity"),
        ("name,time_zone,daily_capacity", "Main,UTC,many", "daily_capacity"),
        ("name,time_zone,country", "Main,UTC,Narnia", "country"),
        ("name,time_zone,postcode", f"Main,UTC,{'1' * 31}", "postcode"),
    ],
)
def test_a_wrong_cell_is_refused_by_row_and_column(
    importer: Importer, columns: str, cells: str, column: str
) -> None:
    text = f"warehouse,{columns}\nmain,{cells}\n"

    result = warehouses(importer, text)

    assert places(result.refused) == [(2, column)]
    assert result.refused[0].wanted
    assert kinds(importer.database) == {}


def test_a_warehouse_stands_once_in_a_file_and_good_rows_stay(
    importer: Importer,
) -> None:
    result = warehouses(importer, f"{MAIN}main,Again,UTC\nBad Id,X,UTC\n")

    assert counts(result) == (1, 0, 0, 2)
    assert places(result.refused) == [(3, "warehouse"), (4, "warehouse")]
    assert stored(importer.database)["name"] == "Main"


def test_a_dry_run_keeps_nothing(importer: Importer) -> None:
    result = warehouses(importer, MAIN, dry_run=True)

    assert (result.dry_run, result.created) == (True, 1)
    assert kinds(importer.database) == {}


def test_a_column_nobody_reads_is_refused(importer: Importer) -> None:
    with pytest.raises(InvalidInput, match="capacity"):
        warehouses(importer, "warehouse,capacity\nmain,4\n")


def test_areas_of_a_warehouse_are_replaced_as_a_whole(importer: Importer) -> None:
    warehouses(importer, f"{MAIN}north,North,UTC\n")
    header = "warehouse,country,postcode_prefix,distance_km,transit_days\n"
    areas(importer, f"{header}main,DE,,300,2\nmain,DE,10,5,1\nnorth,DE,,9,2\n")

    result = areas(importer, f"{header}main,DE,,300,3\nmain,gb,sw1 a,900,\n")
    repeat = areas(importer, f"{header}main,DE,,300,3\nmain,GB,SW1A,900,\n")

    assert counts(result) == (1, 1, 0, 0)
    assert counts(repeat) == (0, 0, 2, 0)
    assert areas_of(importer.database, "main") == {
        ("DE", "", 300, 3),
        ("GB", "SW1A", 900, None),
    }
    assert areas_of(importer.database, "north") == {("DE", "", 9, 2)}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("nowhere,DE,,,", "warehouse"),
        ("main,XX,,,", "country"),
        ("main,DE,1/0,,", "postcode_prefix"),
        ("main,DE,,-1,", "distance_km"),
        ("main,DE,,30000,", "distance_km"),
        ("main,DE,,,91", "transit_days"),
        ("main,DE,,,soon", "transit_days"),
        ("main,DE,,7,", "postcode_prefix"),
    ],
)
def test_with_one_wrong_area_none_is_stored_and_all_rows_come_back(
    importer: Importer, row: str, column: str
) -> None:
    warehouses(importer, MAIN)
    header = "warehouse,country,postcode_prefix,distance_km,transit_days\n"

    result = areas(importer, f"{header}main,DE,,300,2\n{row}\n")

    assert places(result.refused) == [(3, column)]
    assert [r.number for r in result.refused_rows] == [2, 3]
    assert (result.created, result.read) == (0, 2)
    assert areas_of(importer.database, "main") == set()


def test_a_dry_run_of_areas_keeps_nothing(importer: Importer) -> None:
    warehouses(importer, MAIN)

    result = areas(importer, "warehouse,country\nmain,DE\n", dry_run=True)

    assert result.created == 1
    assert areas_of(importer.database, "main") == set()


def test_a_new_location_comes_last_on_the_pickers_way(importer: Importer) -> None:
    warehouses(importer, MAIN)

    result = locations(
        importer,
        "location,warehouse,kind,pick_sequence\n"
        "A-1,main,,50\nA-2,main,,\nR-1,main,bulk,7\n",
    )

    assert counts(result) == (3, 0, 0, 0)
    with importer.database.read() as connection:
        found = {
            row.location_id: (row.kind, row.pick_sequence)
            for row in connection.execute(select(location))
        }
    assert found["A-1"] == ("pick_face", 50)
    assert found["A-2"] == ("pick_face", 10)
    assert found["R-1"] == ("bulk", 7)


def test_a_location_keeps_what_a_row_does_not_say(importer: Importer) -> None:
    warehouses(importer, MAIN)
    header = "location,warehouse,kind,pick_sequence\n"
    locations(importer, f"{header}A-1,main,bulk,50\n")

    same = locations(importer, "location,warehouse\nA-1,main\n")
    moved = locations(importer, f"{header}A-1,main,,60\n")

    assert (counts(same), counts(moved)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    assert kinds(importer.database)["A-1"] == "bulk"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("A 1,main,,", "location"),
        ("A-1,nowhere,,", "warehouse"),
        ("B-1,north,,", "warehouse"),
        ("A-2,main,staging,", "kind"),
        ("A-2,main,,-1", "pick_sequence"),
        ("main:staging,main,bulk,", "location"),
        ("B-1,main,bulk,", "kind"),
        ("C-1,main,,", "location"),
    ],
)
def test_a_wrong_location_is_refused_by_row_and_column(
    importer: Importer, row: str, column: str
) -> None:
    warehouses(importer, f"{MAIN}north,North,UTC\n")
    importer.catalog("sku,name\nMUG,Mug\n")
    importer.stock("sku,location,quantity\nMUG,B-1,4\n")
    header = "location,warehouse,kind,pick_sequence\n"

    result = locations(importer, f"{header}C-1,main,,\n{row}\n")

    assert places(result.refused) == [(3, column)]
    assert counts(result) == (1, 0, 0, 1)


def test_an_empty_location_may_change_its_kind(importer: Importer) -> None:
    warehouses(importer, MAIN)
    locations(importer, "location,warehouse\nA-1,main\n")

    locations(importer, "location,warehouse,kind\nA-1,main,quarantine\n")

    assert kinds(importer.database)["A-1"] == "quarantine"


def test_a_dry_run_of_locations_keeps_nothing(importer: Importer) -> None:
    warehouses(importer, MAIN)

    result = locations(importer, "location,warehouse\nA-1,main\n", dry_run=True)

    assert result.created == 1
    assert "A-1" not in kinds(importer.database)
