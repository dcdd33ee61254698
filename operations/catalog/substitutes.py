"""`catalog import` of substitutes: what may be sent instead of a missing article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, select

from operations.catalog.facts import known_products
from operations.catalog.lines import SUBSTITUTE_FORMAT, SubstituteLine
from operations.catalog.results import CatalogImportResult
from operations.catalog.storing import Change
from operations.files.dry_run import transaction
from operations.files.models import Numbered
from operations.files.rows import RefusedCell, Row, in_row_order
from operations.files.table import CsvTable
from persistence.database import Database
from persistence.tables import product_substitute
from persistence.upsert import insert_or_replace

_CHUNK = 1000
Pair = tuple[str, str]
Products = Mapping[str, RowMapping]


def import_substitutes(
    database: Database, table: CsvTable, *, dry_run: bool = False
) -> CatalogImportResult:
    """Store substitutes; a pair that is stored takes the position of the file."""
    lines: list[Numbered[SubstituteLine]] = []
    refused: list[tuple[Row, list[RefusedCell]]] = []
    for found in SUBSTITUTE_FORMAT.read(table):
        if isinstance(found, Numbered):
            lines.append(found)
        else:
            refused.append(found)
    read = len(lines) + len(refused)
    with transaction(database, dry_run=dry_run) as connection:
        changes = _store(connection, lines, refused)
    return CatalogImportResult(
        dry_run=dry_run,
        read=read,
        created=changes[Change.CREATED],
        updated=changes[Change.UPDATED],
        unchanged=changes[Change.UNCHANGED],
        refused=in_row_order(cell for _, cells in refused for cell in cells),
        refused_rows=tuple(row for row, _ in refused),
    )


def _store(
    connection: Connection,
    lines: Sequence[Numbered[SubstituteLine]],
    refused: list[tuple[Row, list[RefusedCell]]],
) -> Counter[Change]:
    skus = {one.line.sku for one in lines} | {one.line.substitute_sku for one in lines}
    products = known_products(connection, skus)
    before = _known(connection, {one.line.sku for one in lines})
    seen: set[Pair] = set()
    changes: Counter[Change] = Counter()
    writes = []
    for one in lines:
        line, pair = one.line, (one.line.sku, one.line.substitute_sku)
        wanted = _wanted(line, products, pair in seen)
        if wanted is not None:
            row = one.raw or Row(number=one.row, cells=())
            refused.append((row, [one.refuse(*wanted)]))
            continue
        seen.add(pair)
        change = _change(before.get(pair), line.position)
        changes[change] += 1
        if change is not Change.UNCHANGED:
            writes.append(line.model_dump())
    insert_or_replace(connection, product_substitute, writes)
    return changes


def _known(connection: Connection, skus: set[str]) -> dict[Pair, int]:
    found: dict[Pair, int] = {}
    wanted = sorted(skus)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        rows = connection.execute(
            select(product_substitute).where(product_substitute.c.sku.in_(chunk))
        )
        found |= {(row.sku, row.substitute_sku): row.position for row in rows}
    return found


def _wanted(
    line: SubstituteLine, products: Products, is_repeated: bool
) -> tuple[str, str] | None:
    if _is_no_single_article(products.get(line.sku)):
        return "sku", "a SKU that the catalogue has and that is no bundle"
    if line.substitute_sku == line.sku:
        return "substitute_sku", "another SKU than the one it is sent instead of"
    if _is_no_single_article(products.get(line.substitute_sku)):
        return "substitute_sku", "a SKU that the catalogue has and that is no bundle"
    if is_repeated:
        return "substitute_sku", "each substitute of a SKU once; an earlier row has it"
    return None


def _is_no_single_article(found: RowMapping | None) -> bool:
    return found is None or bool(found["is_bundle"])


def _change(before: int | None, position: int) -> Change:
    if before is None:
        return Change.CREATED
    return Change.UNCHANGED if before == position else Change.UPDATED
