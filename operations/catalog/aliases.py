"""`catalog import` of aliases alone: what each source calls a product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from datetime import datetime

from sqlalchemy import Connection

from operations.catalog.facts import known_aliases, known_products
from operations.catalog.lines import ALIAS_FORMAT, AliasLine
from operations.catalog.mended_holds import release_mended_holds
from operations.catalog.results import CatalogImportResult
from operations.catalog.storing import Change
from operations.files.dry_run import transaction
from operations.files.models import Numbered
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.files.table import CsvTable
from persistence.database import Database
from persistence.tables import sku_alias
from persistence.upsert import insert_or_replace


def import_aliases(
    database: Database,
    table: CsvTable,
    *,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    actor: str = "catalog",
) -> CatalogImportResult:
    """Store aliases; one that meant another SKU means the given one from now on."""
    lines: list[Numbered[AliasLine]] = []
    refused: list[tuple[Row, list[RefusedCell]]] = []
    for found in ALIAS_FORMAT.read(table):
        if isinstance(found, Numbered):
            lines.append(found)
        else:
            refused.append(found)
    read = len(lines) + len(refused)
    with transaction(database, dry_run=dry_run) as connection:
        changes = _store(connection, lines, refused)
        mended = release_mended_holds(connection, actor=actor, at=clock())
    return CatalogImportResult(
        dry_run=dry_run,
        read=read,
        created=changes[Change.CREATED],
        updated=changes[Change.UPDATED],
        unchanged=changes[Change.UNCHANGED],
        refused=in_row_order(cell for _, cells in refused for cell in cells),
        refused_rows=tuple(row for row, _ in refused),
        mended=mended,
    )


def _store(
    connection: Connection,
    lines: Sequence[Numbered[AliasLine]],
    refused: list[tuple[Row, list[RefusedCell]]],
) -> Counter[Change]:
    products = known_products(connection, {one.line.sku for one in lines})
    before = known_aliases(
        connection, {(one.line.source, one.line.alias) for one in lines}
    )
    seen: dict[tuple[str, str], str] = {}
    changes: Counter[Change] = Counter()
    writes = []
    for one in lines:
        line, key = one.line, (one.line.source, one.line.alias)
        wanted = _wanted(line, products, seen.get(key))
        if wanted is not None:
            row = one.raw or Row(number=one.row, cells=())
            refused.append((row, [one.refuse(*wanted)]))
            continue
        seen[key] = line.sku
        change = _change(before.get(key), line.sku)
        changes[change] += 1
        if change is not Change.UNCHANGED:
            writes.append({"source": key[0], "alias": key[1], "sku": line.sku})
    insert_or_replace(connection, sku_alias, writes)
    return changes


def _wanted(
    line: AliasLine, products: Container[str], meant: str | None
) -> tuple[str, str] | None:
    if line.sku not in products:
        return "sku", "a SKU that the catalogue has"
    if meant not in {None, line.sku}:
        return "alias", "one SKU for each alias; an earlier row has another"
    return None


def _change(before: str | None, sku: str) -> Change:
    if before is None:
        return Change.CREATED
    return Change.UNCHANGED if before == sku else Change.UPDATED
