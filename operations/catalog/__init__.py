"""Bringing what is sold into the catalogue, from files."""

from operations.catalog.aliases import import_aliases
from operations.catalog.from_orders import DEFAULT_COST_SHARE, catalog_from_orders
from operations.catalog.importing import import_catalog
from operations.catalog.mended_holds import MendedHold
from operations.catalog.results import CatalogImportResult
from operations.catalog.substitutes import import_substitutes

__all__ = [
    "DEFAULT_COST_SHARE",
    "CatalogImportResult",
    "MendedHold",
    "catalog_from_orders",
    "import_aliases",
    "import_catalog",
    "import_substitutes",
]
