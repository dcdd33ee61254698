"""Bringing warehouses, where they send to, and their locations in from files."""

from operations.warehouse_files.areas import import_areas
from operations.warehouse_files.locations import import_locations
from operations.warehouse_files.results import WarehouseImportResult
from operations.warehouse_files.warehouses import import_warehouses

__all__ = [
    "WarehouseImportResult",
    "import_areas",
    "import_locations",
    "import_warehouses",
]
