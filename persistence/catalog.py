"""Reading the catalogue: which article an ordered code means, and its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from persistence.tables import bundle_component, product, product_barcode, sku_alias

_KNOWN = select(product.c.sku, product.c.is_bundle).where(
    product.c.sku.in_(bindparam("skus", expanding=True))
)
_ALIASES = (
    select(sku_alias.c.alias, product.c.sku, product.c.is_bundle)
    .join(product, product.c.sku == sku_alias.c.sku)
    .where(
        sku_alias.c.source == bindparam("source"),
        sku_alias.c.alias.in_(bindparam("aliases", expanding=True)),
    )
)
_PARTS = (
    select(
        bundle_component.c.bundle_sku,
        bundle_component.c.component_sku,
        bundle_component.c.quantity,
    )
    .where(bundle_component.c.bundle_sku.in_(bindparam("skus", expanding=True)))
    .order_by(bundle_component.c.bundle_sku, bundle_component.c.component_sku)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A known article and what one unit of it takes from the shelves."""

    sku: str
    parts: tuple[tuple[str, int], ...]


def find_articles(
    connection: Connection, source: str, codes: Iterable[str]
) -> Mapping[str, Article]:
    """Return the article behind each ordered code that the catalogue knows.

    A source's own alias goes before a SKU that happens to be spelled alike.
    """
    wanted = sorted(set(codes))
    found = {
        row.sku: (row.sku, row.is_bundle)
        for row in connection.execute(_KNOWN, {"skus": wanted})
    }
    for row in connection.execute(_ALIASES, {"source": source, "aliases": wanted}):
        found[row.alias] = (row.sku, row.is_bundle)
    bundles = sorted({sku for sku, is_bundle in found.values() if is_bundle})
    parts: dict[str, list[tuple[str, int]]] = {}
    if bundles:
        for row in connection.execute(_PARTS, {"skus": bundles}):
            parts.setdefault(row.bundle_sku, []).append(
                (row.component_sku, row.quantity)
            )
    return {
        code: Article(sku=sku, parts=tuple(parts.get(sku, [(sku, 1)])))
        for code, (sku, _) in found.items()
    }


def article_of_barcode(connection: Connection, barcode: str) -> tuple[str, int] | None:
    """Return the article and how many units of it one scan of a barcode means."""
    row = connection.execute(
        select(product_barcode.c.sku, product_barcode.c.pack_quantity).where(
            product_barcode.c.barcode == barcode
        )
    ).first()
    return (row.sku, row.pack_quantity) if row else None
