"""Bringing stock onto the shelves: opening stock and receipts, each a document."""

from operations.stock_files.from_orders import stock_from_orders
from operations.stock_files.lines import ReceivedLine, received_line
from operations.stock_files.receipts import ReceiptTerms, StockImportResult
from operations.stock_files.receiving import import_stock, receive_file, receive_stock

__all__ = [
    "ReceiptTerms",
    "ReceivedLine",
    "StockImportResult",
    "import_stock",
    "receive_file",
    "receive_stock",
    "received_line",
    "stock_from_orders",
]
