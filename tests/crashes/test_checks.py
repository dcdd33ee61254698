"""The checks after a crash see what they look for."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from benchmarks.crash_checks import differences
from benchmarks.shop import UNITS_IN_BIN, fill
from gateways.carrier.simulator.store import SimulatorStore
from persistence.database import Database
from persistence.tables import stock_level, stock_movement


@pytest.fixture
def shop(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(url)
    SimulatorStore(tmp_path / "carrier.db").close()
    return Database(url)


def found_in(shop: Database, directory: Path, *order_ids: str) -> list[str]:
    try:
        return differences(shop, directory / "carrier.db", order_ids)
    finally:
        shop.close()


def test_a_shop_without_orders_has_no_difference(
    shop: Database, tmp_path: Path
) -> None:
    assert found_in(shop, tmp_path) == []


def test_an_order_that_never_ended_is_found(shop: Database, tmp_path: Path) -> None:
    found = found_in(shop, tmp_path, "bench-1")

    assert "bench-1: stands as None" in found
    assert "bench-1: delivered 0 times" in found
    assert "bench-1-1: the carrier sold 0 labels" in found


def test_a_second_label_at_the_carrier_is_found(shop: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "carrier.db")) as connection:
        connection.executemany(
            "INSERT INTO purchase VALUES"
            " (?, 'hash', 'bench-1-1', ?, 'standard', 'home',"
            " x'00', 'zpl', '4.90', 'EUR', '2026-01-01', NULL)",
            [("first key", "1"), ("second key", "2")],
        )
        connection.commit()

    assert "bench-1-1: the carrier sold 2 labels" in found_in(shop, tmp_path, "bench-1")


def test_stock_that_no_movement_explains_is_found(
    shop: Database, tmp_path: Path
) -> None:
    with shop.write() as connection:
        connection.execute(
            update(stock_level)
            .where(stock_level.c.location_id == "A-00")
            .values(on_hand=stock_level.c.on_hand + 1)
        )

    assert found_in(shop, tmp_path) == [
        f"A-00: on_hand {UNITS_IN_BIN + 1}, its movements {UNITS_IN_BIN}"
    ]


def test_a_movement_that_was_lost_is_found(shop: Database, tmp_path: Path) -> None:
    with shop.write() as connection:
        connection.execute(
            delete(stock_movement).where(stock_movement.c.stock_level_id == 1)
        )

    assert len(found_in(shop, tmp_path)) == 1


def test_a_promise_that_outlived_its_order_is_found(
    shop: Database, tmp_path: Path
) -> None:
    with shop.write() as connection:
        connection.execute(
            update(stock_level)
            .where(stock_level.c.location_id == "A-00")
            .values(allocated=2)
        )

    assert "A-00: 2 units are still promised" in found_in(shop, tmp_path)
