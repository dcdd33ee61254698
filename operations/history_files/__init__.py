"""History files: orders that other systems finished, or left open."""

from operations.history_files.building import ReadOrder
from operations.history_files.importing import (
    HistorySummary,
    HistoryTerms,
    import_history,
)
from operations.history_files.quality import Finding
from operations.history_files.reading import HistoryFile, read_history

__all__ = [
    "Finding",
    "HistoryFile",
    "HistorySummary",
    "HistoryTerms",
    "ReadOrder",
    "import_history",
    "read_history",
]
