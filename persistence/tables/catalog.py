"""What is sold: products, their barcodes, aliases, bundles and price lists."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from persistence.tables.base import metadata
from persistence.types import ExactDecimal

product = Table(
    "product",
    metadata,
    Column("sku", String(100), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("category", String(100)),
    Column("price", ExactDecimal),
    Column("currency", String(3)),
    Column("unit_cost", ExactDecimal),
    Column("weight_grams", Integer),
    Column("length_mm", Integer),
    Column("width_mm", Integer),
    Column("height_mm", Integer),
    Column("origin_country", String(2)),
    Column("is_hazardous", Boolean, nullable=False, default=False),
    Column("is_bundle", Boolean, nullable=False, default=False),
    CheckConstraint("weight_grams IS NULL OR weight_grams > 0", name="weight_positive"),
    CheckConstraint("price IS NULL OR currency IS NOT NULL", name="price_has_currency"),
)

product_barcode = Table(
    "product_barcode",
    metadata,
    Column("barcode", String(100), primary_key=True),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    Column("pack_quantity", Integer, nullable=False, default=1),
    CheckConstraint("pack_quantity > 0", name="pack_quantity_positive"),
)

sku_alias = Table(
    "sku_alias",
    metadata,
    Column("source", String(40), nullable=False),
    Column("alias", String(100), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    PrimaryKeyConstraint("source", "alias"),
)

bundle_component = Table(
    "bundle_component",
    metadata,
    Column("bundle_sku", ForeignKey("product.sku"), nullable=False),
    Column("component_sku", ForeignKey("product.sku"), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("bundle_sku", "component_sku"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("bundle_sku <> component_sku", name="not_of_itself"),
)

price_list_entry = Table(
    "price_list_entry",
    metadata,
    Column("source", String(40), nullable=False),
    Column("sku", ForeignKey("product.sku"), nullable=False, index=True),
    Column("price", ExactDecimal, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("includes_tax", Boolean),
    PrimaryKeyConstraint("source", "sku"),
)
