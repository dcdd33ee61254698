"""Files that commands write, and import results as they are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from cli.documents import STDIN
from cli.exits import ExitCode
from cli.output import say
from operations.files.rejects import RejectsFile
from operations.files.rows import RefusedCell, Row
from operations.files.table import CsvTable, open_table

TOLD_AT_MOST = 20


class TableResult(Protocol):
    """What every import of a CSV file tells of the rows it refused."""

    @property
    def refused(self) -> Sequence[RefusedCell]:
        """Return what is wrong, cell by cell."""

    @property
    def refused_rows(self) -> Sequence[Row]:
        """Return the rows to be mended."""


R = TypeVar("R", bound=TableResult)


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


def import_table(
    file: Path, rejects: Path | None, read: Callable[[CsvTable], R]
) -> tuple[R, str | None]:
    """Import a CSV file; return also where its refused rows went, if it has any."""
    with open_table(file) as table:
        result = read(table)
        path = rejects or default_rejects(file)
        return result, _write_rejects(path, table, result.refused_rows, result.refused)


def _write_rejects(
    path: Path, table: CsvTable, rows: Sequence[Row], refused: Sequence[RefusedCell]
) -> str | None:
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


def exit_code_of_import(result: TableResult, kept: int) -> ExitCode:
    """Return how an import ended: refused only if it kept nothing."""
    if not result.refused:
        return ExitCode.DONE
    return ExitCode.PARTLY_DONE if kept else ExitCode.REFUSED


def skipped_in_words(skipped: Mapping[str, int]) -> Iterator[str]:
    """Tell how many rows were left out, by reason."""
    for reason, rows in skipped.items():
        yield f"skipped {rows} rows: {reason}"


def rejects_in_words(rejects: str | None) -> Iterator[str]:
    """Tell where refused rows are, if there are any."""
    if rejects:
        yield f"refused rows are in {rejects}: mend and import them again"
