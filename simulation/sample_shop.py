"""Furnishing a shop with the sample catalogue, stock and staff."""

from __future__ import annotations

import csv
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

SAMPLE = files("simulation.sample")
OPENING_STOCK = "sample-opening-stock"


def furnish(shop: Shop) -> None:
    """Store the sample shop; a repeat is harmless, opening stock is booked once."""
    with _table("catalog.csv") as table:
        refused = import_catalog(shop.database, table, clock=shop.clock).refused
    with _table("stock.csv") as table:
        terms = ReceiptTerms(reference=OPENING_STOCK)
        booked = import_stock(shop.database, table, clock=shop.clock, terms=terms)
    for cell in (*refused, *booked.refused):
        raise Refused(f"sample row {cell.row}, {cell.column}: {cell.wanted}")
    keep_staff(shop.database, _staff())


def sample_prices() -> dict[str, Decimal]:
    """Return what each sample article costs."""
    return {row["sku"]: Decimal(row["price"]) for row in _rows("catalog.csv")}


@contextmanager
def sample_policy() -> Iterator[Path]:
    """Have the sample shop's policy as a file."""
    with as_file(SAMPLE / "policy.toml") as path:
        yield path


def _staff() -> list[StaffMember]:
    return [StaffMember(**row) for row in _rows("staff.csv")]


def _rows(name: str) -> list[dict[str, str]]:
    text = (SAMPLE / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@contextmanager
def _table(name: str) -> Iterator[CsvTable]:
    with as_file(SAMPLE / name) as path, open_table(path) as table:
        yield table
