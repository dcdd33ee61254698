"""Furnishing a shop with the sample catalogue, stock and staff."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path

from domain.errors import Refused
from operations.catalog import import_catalog
from operations.files.table import CsvTable, open_table
from operations.shop import Shop
from operations.staff import StaffMember, keep_staff
from operations.stock_files import ReceiptTerms, import_stock
from operations.warehouse_files.areas import import_areas
from operations.warehouse_files.warehouses import import_warehouses

SAMPLE = files("simulation.sample")
# Each has a reference of its own: a shop of before `north` was there gets it too.
OPENING_STOCK = {
    "sample-opening-stock": "stock.csv",
    "sample-opening-stock-north": "stock_north.csv",
}


def furnish(shop: Shop) -> None:
    """Store the sample shop; a repeat is harmless, opening stock is booked once."""
    database, clock = shop.database, shop.clock
    with _table("catalog.csv") as table:
        refused = list(import_catalog(database, table, clock=clock).refused)
    with _table("warehouses.csv") as table:
        refused += import_warehouses(database, table).refused
    with _table("areas.csv") as table:
        refused += import_areas(database, table).refused
    for reference, name in OPENING_STOCK.items():
        with _table(name) as table:
            terms = ReceiptTerms(reference=reference)
            refused += import_stock(database, table, clock=clock, terms=terms).refused
    for cell in refused:
        raise Refused(f"sample row {cell.row}, {cell.column}: {cell.wanted}")
    keep_staff(database, _staff())


def sample_articles_only_in() -> dict[str, list[str]]:
    """Return the articles that one warehouse alone has, by warehouse."""
    places: dict[str, set[str]] = defaultdict(set)
    for name in OPENING_STOCK.values():
        for row in sample_rows(name):
            places[row["sku"]].add(row["warehouse"])
    only: dict[str, list[str]] = defaultdict(list)
    for sku, warehouses in sorted(places.items()):
        if len(warehouses) == 1:
            only[warehouses.pop()].append(sku)
    return dict(only)


def sample_prices() -> dict[str, Decimal]:
    """Return what each sample article costs."""
    return {row["sku"]: Decimal(row["price"]) for row in sample_rows("catalog.csv")}


def sample_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a sample file."""
    text = (SAMPLE / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@contextmanager
def sample_policy() -> Iterator[Path]:
    """Have the sample shop's policy as a file."""
    with as_file(SAMPLE / "policy.toml") as path:
        yield path


def _staff() -> list[StaffMember]:
    return [StaffMember(**row) for row in sample_rows("staff.csv")]


@contextmanager
def _table(name: str) -> Iterator[CsvTable]:
    with as_file(SAMPLE / name) as path, open_table(path) as table:
        yield table
