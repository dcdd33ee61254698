"""Files as a shop would send them, and an empty database to import them into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from operations.catalog import (
    CatalogImportResult,
    import_aliases,
    import_catalog,
    import_substitutes,
)
from operations.files.rows import RefusedCell
from operations.files.table import CsvTable, open_table
from operations.stock_files import ReceiptTerms, StockImportResult, import_stock
from persistence.database import Database

NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def clock() -> datetime:
    return NOW


@contextmanager
def table_of(
    directory: Path, text: str | bytes, name: str = "f.csv"
) -> Iterator[CsvTable]:
    path = directory / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with open_table(path) as table:
        yield table


class Importer:
    """Imports texts as files into one database."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database = database
        self.directory = directory

    def catalog(
        self, text: str, *, dry_run: bool = False, price_list: str | None = None
    ) -> CatalogImportResult:
        with table_of(self.directory, text) as table:
            return import_catalog(
                self.database,
                table,
                clock=clock,
                dry_run=dry_run,
                price_list_source=price_list,
            )

    def aliases(self, text: str) -> CatalogImportResult:
        with table_of(self.directory, text) as table:
            return import_aliases(self.database, table, clock=clock)

    def substitutes(self, text: str, *, dry_run: bool = False) -> CatalogImportResult:
        with table_of(self.directory, text) as table:
            return import_substitutes(self.database, table, dry_run=dry_run)

    def stock(self, text: str, terms: ReceiptTerms | None = None) -> StockImportResult:
        with table_of(self.directory, text) as table:
            return import_stock(
                self.database, table, clock=clock, terms=terms or ReceiptTerms()
            )


def places(refused: tuple[RefusedCell, ...]) -> list[tuple[int, str]]:
    return [(cell.row, cell.column) for cell in refused]
