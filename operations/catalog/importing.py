"""`catalog import`: a file of products, refused row by row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.errors import InvalidInput
from operations.catalog.facts import load_facts
from operations.catalog.lines import CATALOG_FORMAT, CatalogLine
from operations.catalog.mended_holds import release_mended_holds
from operations.catalog.results import CatalogImportResult
from operations.catalog.rules import CatalogRules
from operations.catalog.storing import Change, store_lines
from operations.files.dry_run import transaction
from operations.files.models import SOURCE, Numbered
from operations.files.rows import FileRefused, RefusedCell, Row, in_row_order
from operations.files.table import CsvTable
from persistence.database import Database

_SOURCE = re.compile("[a-z0-9]{1,40}")
_TAX_COLUMN = "includes_tax"

Clock = Callable[[], datetime]


def import_catalog(
    database: Database,
    table: CsvTable,
    *,
    clock: Clock,
    dry_run: bool = False,
    price_list_source: str | None = None,
    actor: str = "catalog",
) -> CatalogImportResult:
    """Store the products of a file; a repeat changes nothing.

    Refused rows are left out, the others are stored in one transaction. With
    `price_list_source` the prices become that source's price list.
    """
    _check_price_list(table, price_list_source)
    lines: list[Numbered[CatalogLine]] = []
    refused: list[tuple[Row, Sequence[RefusedCell]]] = []
    for found in CATALOG_FORMAT.read(table):
        if isinstance(found, Numbered):
            lines.append(found)
        else:
            refused.append(found)
    result = store_catalog(
        database,
        lines,
        clock=clock,
        dry_run=dry_run,
        price_list_source=price_list_source,
        actor=actor,
    )
    return _with_refused(result, refused)


def _check_price_list(table: CsvTable, source: str | None) -> None:
    if source is None:
        if _TAX_COLUMN in map(str.lower, table.header):
            wanted = f"the column {_TAX_COLUMN} only where prices become a price list"
            raise FileRefused(table.name, wanted, 1)
    elif not _SOURCE.fullmatch(source):
        raise InvalidInput("price_list_source", SOURCE)


def store_catalog(
    database: Database,
    lines: Sequence[Numbered[CatalogLine]],
    *,
    clock: Clock,
    dry_run: bool,
    price_list_source: str | None = None,
    actor: str = "catalog",
) -> CatalogImportResult:
    """Store numbered lines and free the orders that waited for them."""
    with transaction(database, dry_run=dry_run) as connection:
        facts = load_facts(connection, [one.line for one in lines], price_list_source)
        accepted, refused = CatalogRules(facts).judge(lines)
        changes = Counter(
            store_lines(
                connection, [one.line for one in accepted], facts, price_list_source
            )
        )
        mended = release_mended_holds(connection, actor=actor, at=clock())
    return CatalogImportResult(
        dry_run=dry_run,
        read=len(lines),
        created=changes[Change.CREATED],
        updated=changes[Change.UPDATED],
        unchanged=changes[Change.UNCHANGED],
        refused=in_row_order(cell for _, cells in refused for cell in cells),
        refused_rows=tuple(one.raw for one, _ in refused if one.raw is not None),
        mended=mended,
    )


def _with_refused(
    result: CatalogImportResult, refused: Sequence[tuple[Row, Sequence[RefusedCell]]]
) -> CatalogImportResult:
    rows = [*result.refused_rows, *(row for row, _ in refused)]
    cells = [*result.refused, *(cell for _, several in refused for cell in several)]
    return replace(
        result,
        read=result.read + len(refused),
        refused=in_row_order(cells),
        refused_rows=tuple(sorted(rows, key=lambda row: row.number)),
    )
