"""The rejects file: refused rows in the shape they came in, with what is wanted."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from operations.files.rows import RefusedCell, Row
from operations.files.table import WANTED_COLUMN, CsvTable


class RejectsFile:
    """Collects refused rows; it can be mended and sent again as it is.

    Nothing is written without a refusal. The file appears when it is closed, so that
    it may replace the very file that is being read.
    """

    def __init__(self, path: Path, table: CsvTable) -> None:
        """Take delimiter, encoding and header from the table that was read."""
        self.path = path
        self.rows = 0
        self._table = table
        self._partial = path.with_name(f"{path.name}.partial")
        self._stream: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, rows: Iterable[Row], refused: Sequence[RefusedCell]) -> None:
        """Write refused rows; those of one order stand together."""
        wanted: dict[int, list[str]] = defaultdict(list)
        for cell in refused:
            wanted[cell.row].append(f"{cell.column}: {cell.wanted}")
        stream = self._stream or self._open()
        writer = csv.writer(stream, delimiter=self._table.delimiter)
        for row in rows:
            writer.writerow([*row.cells, "; ".join(wanted.get(row.number, []))])
            self.rows += 1

    def close(self) -> None:
        """Put the finished file in its place."""
        if self._stream is None:
            return
        self._stream.close()
        self._stream = None
        os.replace(self._partial, self.path)

    def _open(self) -> TextIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._partial.open(
            "w",
            encoding=self._table.encoding,
            errors="backslashreplace",
            newline="",
        )
        writer = csv.writer(self._stream, delimiter=self._table.delimiter)
        writer.writerow([*self._table.header, WANTED_COLUMN])
        return self._stream
