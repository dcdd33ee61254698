"""Storing accepted lines: what a line does not say stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection, delete, insert

from operations.catalog.facts import CatalogFacts
from operations.catalog.lines import CatalogLine
from persistence.tables import (
    bundle_component,
    price_list_entry,
    product,
    product_barcode,
    sku_alias,
)
from persistence.upsert import insert_or_replace

_KEPT_BY_NAME = (
    "name",
    "category",
    "price",
    "currency",
    "unit_cost",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "origin_country",
)
_CHUNK = 1000

StoredRow = dict[str, object]


class Change(StrEnum):
    """What storing a line means for the catalogue."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class _Writes:
    products: list[StoredRow] = field(default_factory=list)
    barcodes: list[StoredRow] = field(default_factory=list)
    aliases: list[StoredRow] = field(default_factory=list)
    bundles: list[StoredRow] = field(default_factory=list)
    prices: list[StoredRow] = field(default_factory=list)

    def count(self) -> int:
        lists = (self.products, self.barcodes, self.aliases, self.bundles, self.prices)
        return sum(map(len, lists))


def store_lines(
    connection: Connection,
    lines: Sequence[CatalogLine],
    facts: CatalogFacts,
    price_list: str | None,
) -> list[Change]:
    """Store the lines and return what each changed."""
    writes = _Writes()
    changes = []
    for line in lines:
        before = writes.count()
        _collect(writes, line, facts, price_list)
        if line.sku not in facts.products:
            changes.append(Change.CREATED)
        else:
            changed = writes.count() > before
            changes.append(Change.UPDATED if changed else Change.UNCHANGED)
    _write(connection, writes)
    return changes


def _collect(
    writes: _Writes, line: CatalogLine, facts: CatalogFacts, price_list: str | None
) -> None:
    stored = facts.products.get(line.sku)
    row = _product_row(line, facts, price_list is None)
    if stored is None or any(stored[name] != value for name, value in row.items()):
        writes.products.append(row)
    for barcode, quantity in line.barcodes:
        if facts.barcodes.get(barcode) != (line.sku, quantity):
            writes.barcodes.append(
                {"barcode": barcode, "sku": line.sku, "pack_quantity": quantity}
            )
    for source, alias in dict.fromkeys(line.aliases):
        if facts.aliases.get((source, alias)) != line.sku:
            writes.aliases.append({"source": source, "alias": alias, "sku": line.sku})
    if line.bundle and dict(line.bundle) != facts.bundles.get(line.sku):
        writes.bundles.extend(
            {"bundle_sku": line.sku, "component_sku": part, "quantity": quantity}
            for part, quantity in line.bundle
        )
    if price_list is not None and line.price is not None:
        _collect_price(writes, line, facts, price_list)


def _product_row(line: CatalogLine, facts: CatalogFacts, has_price: bool) -> StoredRow:
    stored = facts.products.get(line.sku)
    row: StoredRow = {"sku": line.sku}
    for name in _KEPT_BY_NAME:
        given = getattr(line, name)
        # On a price list, price and currency are the list's.
        if name in {"price", "currency"} and not has_price:
            given = None
        kept = stored[name] if stored is not None else None
        row[name] = kept if given is None else given
    hazardous = stored is not None and stored["is_hazardous"]
    row["is_hazardous"] = hazardous if line.hazardous is None else line.hazardous
    row["is_bundle"] = bool(line.bundle) or (stored is not None and stored["is_bundle"])
    return row


def _collect_price(
    writes: _Writes, line: CatalogLine, facts: CatalogFacts, price_list: str
) -> None:
    stored = facts.products.get(line.sku)
    before = facts.prices.get(line.sku)
    tax = line.includes_tax
    entry: StoredRow = {
        "source": price_list,
        "sku": line.sku,
        "price": line.price,
        "currency": line.currency or (stored["currency"] if stored else None),
        "includes_tax": before["includes_tax"] if tax is None and before else tax,
    }
    if before is None or any(before[name] != value for name, value in entry.items()):
        writes.prices.append(entry)


def _write(connection: Connection, writes: _Writes) -> None:
    insert_or_replace(connection, product, writes.products)
    insert_or_replace(connection, product_barcode, writes.barcodes)
    insert_or_replace(connection, sku_alias, writes.aliases)
    insert_or_replace(connection, price_list_entry, writes.prices)
    if writes.bundles:
        changed = sorted({str(row["bundle_sku"]) for row in writes.bundles})
        for start in range(0, len(changed), _CHUNK):
            connection.execute(
                delete(bundle_component).where(
                    bundle_component.c.bundle_sku.in_(changed[start : start + _CHUNK])
                )
            )
        connection.execute(insert(bundle_component), writes.bundles)
