"""Reading the mapping of an order file."""

from __future__ import annotations

from pathlib import Path

from operations.files.loading import read_mapping
from operations.order_files.mapping import Mapping


def load_mapping(path: Path) -> Mapping:
    """Read a mapping; raise `InvalidInput` naming every mistake in it."""
    return read_mapping(path, Mapping)
