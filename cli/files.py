"""Files that commands write, and import results as they are shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from cli.documents import STDIN
from cli.output import say
from operations.files.rejects import RejectsFile
from operations.files.rows import RefusedCell, Row
from operations.files.table import CsvTable

TOLD_AT_MOST = 20


def write_file(path: Path, content: bytes) -> None:
    """Write a whole file, or to stdout for `-`."""
    if path == STDIN:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        path.write_bytes(content)


def default_rejects(file: Path) -> Path:
    """Return where refused rows go when nobody says."""
    return Path(f"{file.name}.rejects.csv")


def write_rejects(
    path: Path, table: CsvTable, rows: Sequence[Row], refused: Sequence[RefusedCell]
) -> str | None:
    """Write refused rows in the shape they came in; None if there are none."""
    rows = [row for row in rows if row.cells]
    if not rows:
        return None
    with RejectsFile(path, table) as rejects:
        rejects.add(rows, refused)
    return str(path)


def tell_refused(refused: Sequence[RefusedCell]) -> None:
    """Tell a person which cells were refused: the first of them."""
    for cell in refused[:TOLD_AT_MOST]:
        say(str(cell))
    if len(refused) > TOLD_AT_MOST:
        say(f"and {len(refused) - TOLD_AT_MOST} more")


def refused_fields(refused: Iterable[RefusedCell]) -> list[dict[str, object]]:
    """Return refused cells as data."""
    return [
        {"row": cell.row, "column": cell.column, "wanted": cell.wanted}
        for cell in refused
    ]
