"""What the catalogue holds about the products and codes of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, select

from operations.catalog.lines import CatalogLine
from persistence.tables import (
    bundle_component,
    price_list_entry,
    product,
    product_barcode,
    sku_alias,
)

# Below the number of variables one statement may have on either database.
_CHUNK = 1000

Alias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFacts:
    """Products by SKU, owners of codes, bundles by their SKU, one price list."""

    products: dict[str, RowMapping] = field(default_factory=dict)
    barcodes: dict[str, tuple[str, int]] = field(default_factory=dict)
    aliases: dict[Alias, str] = field(default_factory=dict)
    bundles: dict[str, dict[str, int]] = field(default_factory=dict)
    bundle_of_part: dict[str, str] = field(default_factory=dict)
    prices: dict[str, RowMapping] = field(default_factory=dict)


def load_facts(
    connection: Connection, lines: Sequence[CatalogLine], price_list: str | None
) -> CatalogFacts:
    """Load what the rules need to know about these lines."""
    skus = {line.sku for line in lines}
    parts = {sku for line in lines for sku, _ in line.bundle}
    facts = CatalogFacts(
        products=known_products(connection, skus | parts),
        barcodes=_barcodes(connection, {c for line in lines for c, _ in line.barcodes}),
        aliases=known_aliases(connection, {a for line in lines for a in line.aliases}),
    )
    _add_bundles(connection, facts, skus)
    if price_list is not None:
        found = _rows(
            connection, select(price_list_entry), price_list_entry.c.sku, skus
        )
        for row in found:
            if row["source"] == price_list:
                facts.prices[row["sku"]] = row
    return facts


def known_products(
    connection: Connection, skus: Iterable[str]
) -> dict[str, RowMapping]:
    """Return the stored products among these SKUs."""
    found = _rows(connection, select(product), product.c.sku, skus)
    return {row["sku"]: row for row in found}


def known_aliases(connection: Connection, wanted: Iterable[Alias]) -> dict[Alias, str]:
    """Return the SKU each stored alias of a source means."""
    pairs = set(wanted)
    found = _rows(
        connection, select(sku_alias), sku_alias.c.alias, {alias for _, alias in pairs}
    )
    return {
        (row["source"], row["alias"]): row["sku"]
        for row in found
        if (row["source"], row["alias"]) in pairs
    }


def _barcodes(
    connection: Connection, codes: Iterable[str]
) -> dict[str, tuple[str, int]]:
    found = _rows(connection, select(product_barcode), product_barcode.c.barcode, codes)
    return {row["barcode"]: (row["sku"], row["pack_quantity"]) for row in found}


def _add_bundles(
    connection: Connection, facts: CatalogFacts, skus: Iterable[str]
) -> None:
    bundles: dict[str, dict[str, int]] = defaultdict(dict)
    query = select(bundle_component)
    for row in _rows(connection, query, bundle_component.c.bundle_sku, skus):
        bundles[row["bundle_sku"]][row["component_sku"]] = row["quantity"]
    facts.bundles.update(bundles)
    for row in _rows(connection, query, bundle_component.c.component_sku, skus):
        facts.bundle_of_part[row["component_sku"]] = row["bundle_sku"]


def _rows(
    connection: Connection,
    query: Select[tuple[object, ...]],
    column: ColumnElement[str],
    values: Iterable[str],
) -> Iterator[RowMapping]:
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        yield from connection.execute(query.where(column.in_(chunk))).mappings()
