"""What an import of the catalogue did, or would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from operations.catalog.mended_holds import MendedHold
from operations.files.rows import RefusedCell, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogImportResult:
    """Counts of lines, the refusals, and the orders that may go on.

    `skipped` counts the rows of an order file that are no goods, by reason;
    `refused_rows` are for a rejects file.
    """

    dry_run: bool
    read: int
    created: int
    updated: int
    unchanged: int
    refused: tuple[RefusedCell, ...] = ()
    refused_rows: tuple[Row, ...] = ()
    mended: tuple[MendedHold, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
