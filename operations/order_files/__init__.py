"""Foreign order files: a mapping says how their rows become order documents."""

from operations.files.gathering import RefusedOrder
from operations.order_files.importing import ImportSummary, ImportTerms, import_orders
from operations.order_files.loading import load_mapping
from operations.order_files.mapping import Mapping
from operations.order_files.orders import MappedOrder
from operations.order_files.reading import OrderFile, read_orders

__all__ = [
    "ImportSummary",
    "ImportTerms",
    "MappedOrder",
    "Mapping",
    "OrderFile",
    "RefusedOrder",
    "import_orders",
    "load_mapping",
    "read_orders",
]
