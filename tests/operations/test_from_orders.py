"""Catalogue and opening stock made of an order file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.errors import InvalidInput
from operations.catalog import catalog_from_orders
from operations.order_files import OrderFile, load_mapping, read_orders
from operations.stock_files import ReceiptTerms, stock_from_orders
from operations.stock_files.from_orders import bin_at
from persistence.database import Database
from persistence.tables import product, stock_level
from tests.operations.file_builders import Importer, clock, places

MAPPING = """
[columns]
number = "order"
ship_to.country = "country"
lines.sku = "sku"
lines.quantity = "quantity"
lines.unit_price = "price"

[constants]
currency = "GBP"

[[skip]]
reason = "postage"
when = [{ column = "sku", equals = ["POST"] }]

[catalog]
name = "description"
"""
HEADER = "order,country,sku,description,quantity,price\n"
ROWS = (
    "1,GB,MUG,Mug,2,2.00\n"
    "1,GB,POST,Postage,1,9.00\n"
    "2,GB,MUG,Blue mug,1,3.01\n"
    "3,GB,MUG,Mug,1,8.00\n"
    "3,GB,MUG,,1,0\n"
    "4,GB,JUG,Jug,5,4.00\n"
    "4,GB,JUG,Jug,1,5.01\n"
)


@contextmanager
def order_file(
    directory: Path, rows: str = ROWS, mapping: str = MAPPING
) -> Iterator[OrderFile]:
    path = directory / "orders.csv"
    path.write_text(HEADER + rows, "utf-8")
    mapping_path = directory / "mapping.toml"
    mapping_path.write_text(mapping, "utf-8")
    with read_orders(path, load_mapping(mapping_path), "shop") as opened:
        yield opened


def products(database: Database) -> dict[str, tuple[object, ...]]:
    with database.read() as connection:
        rows = connection.execute(select(product)).all()
    return {row.sku: (row.name, row.price, row.currency, row.unit_cost) for row in rows}


def test_a_product_has_its_common_name_median_price_and_share_of_cost(
    database: Database, tmp_path: Path
) -> None:
    with order_file(tmp_path) as orders:
        result = catalog_from_orders(database, orders, clock=clock)

    assert (result.read, result.created, result.skipped) == (7, 2, {"postage": 1})
    assert products(database) == {
        "MUG": ("Mug", Decimal("3.01"), "GBP", Decimal("1.81")),
        "JUG": ("Jug", Decimal("4.51"), "GBP", Decimal("2.71")),
    }


def test_the_cost_share_is_chosen_by_the_shop(
    database: Database, tmp_path: Path
) -> None:
    with order_file(tmp_path) as orders:
        catalog_from_orders(database, orders, clock=clock, cost_share=Decimal("0.25"))

    assert products(database)["MUG"][3] == Decimal("0.75")


def test_a_catalogue_dry_run_keeps_nothing(database: Database, tmp_path: Path) -> None:
    with order_file(tmp_path) as orders:
        result = catalog_from_orders(database, orders, clock=clock, dry_run=True)

    assert (result.created, products(database)) == (2, {})


def test_a_price_that_is_no_number_is_named(database: Database, tmp_path: Path) -> None:
    with order_file(tmp_path, "1,GB,MUG,Mug,2,dear\n1,GB,,Mug,2,1\n") as orders:
        result = catalog_from_orders(database, orders, clock=clock)

    assert places(result.refused) == [(2, "price"), (3, "sku")]
    assert products(database)["MUG"] == ("Mug", None, None, None)


def test_a_catalogue_needs_the_column_of_names(
    database: Database, tmp_path: Path
) -> None:
    nameless = MAPPING.split("[catalog]", maxsplit=1)[0]

    with (
        order_file(tmp_path, mapping=nameless) as orders,
        pytest.raises(InvalidInput, match=r"catalog\.name"),
    ):
        catalog_from_orders(database, orders, clock=clock)


@pytest.mark.parametrize("share", ["-0.1", "1.1"])
def test_a_cost_share_is_a_share(
    database: Database, tmp_path: Path, share: str
) -> None:
    with (
        order_file(tmp_path) as orders,
        pytest.raises(InvalidInput, match="cost_share"),
    ):
        catalog_from_orders(database, orders, clock=clock, cost_share=Decimal(share))


def test_stock_is_the_units_ordered_times_a_share_rounded_up(
    database: Database, tmp_path: Path
) -> None:
    with order_file(tmp_path) as orders:
        catalog_from_orders(database, orders, clock=clock)
    with order_file(tmp_path) as orders:
        result = stock_from_orders(
            database, orders, clock=clock, stock_share=Decimal("0.5")
        )

    with database.read() as connection:
        rows = connection.execute(select(stock_level)).all()
    assert {(row.location_id, row.sku): row.on_hand for row in rows} == {
        ("A-01-1", "MUG"): 3,
        ("A-01-2", "JUG"): 3,
    }
    assert (result.units, result.skipped) == (6, {"postage": 1})


def test_stock_from_the_same_orders_is_booked_once(
    database: Database, tmp_path: Path
) -> None:
    with order_file(tmp_path) as orders:
        catalog_from_orders(database, orders, clock=clock)
    with order_file(tmp_path) as orders:
        stock_from_orders(database, orders, clock=clock)

    with order_file(tmp_path) as orders:
        again = stock_from_orders(database, orders, clock=clock)

    assert again.already_booked


def test_stock_of_articles_nobody_knows_is_refused_as_a_whole(
    importer: Importer, database: Database, tmp_path: Path
) -> None:
    importer.catalog("sku,name\nMUG,Mug\n")

    with order_file(tmp_path) as orders:
        result = stock_from_orders(
            database, orders, clock=clock, terms=ReceiptTerms(reference="opening")
        )

    assert (result.booked, places(result.refused)) == (False, [(7, "sku")])


def test_a_quantity_that_is_no_number_is_named(
    importer: Importer, database: Database, tmp_path: Path
) -> None:
    importer.catalog("sku,name\nMUG,Mug\n")

    with order_file(tmp_path, "1,GB,MUG,Mug,some,1\n1,GB,MUG,Mug,1,1\n") as orders:
        result = stock_from_orders(database, orders, clock=clock)

    assert places(result.refused) == [(2, "quantity")]


@pytest.mark.parametrize("share", ["0", "1001"])
def test_a_stock_share_is_above_zero(
    database: Database, tmp_path: Path, share: str
) -> None:
    with (
        order_file(tmp_path) as orders,
        pytest.raises(InvalidInput, match="stock_share"),
    ):
        stock_from_orders(database, orders, clock=clock, stock_share=Decimal(share))


@pytest.mark.parametrize(
    ("place", "named"),
    [(0, "A-01-1"), (4, "A-01-5"), (5, "A-02-1"), (100, "B-01-1"), (2600, "AA-01-1")],
)
def test_bins_are_named_by_aisle_bay_and_shelf(place: int, named: str) -> None:
    assert bin_at(place) == named
