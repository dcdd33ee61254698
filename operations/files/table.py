"""CSV as it comes: plain or gzip, any usual delimiter, read row by row."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from operations.files.rows import FileRefused, RefusedCell, Row

# The column that a rejects file adds; it is no part of the table when sent again.
WANTED_COLUMN = "orderwright_wanted"
DELIMITERS = (",", ";", "\t", "|")
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST_ROW_AFTER_HEADER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFormat:
    """How a table is written; what is not given is found out."""

    encoding: str | None = None
    delimiter: str | None = None


ANY_FORMAT = TableFormat()


class CsvTable:
    """An open table: its header, and its rows once, in order."""

    def __init__(self, name: str, text: Iterable[str], encoding: str, delimiter: str):
        """Read the header; refuse one that names nothing or a column twice."""
        # A reader forgets its text at the end, and a forgotten file warns.
        self.source: object = text
        self.name = name
        self.encoding = encoding
        self.delimiter = delimiter
        self._lines = iter(text)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        with _readable(name):
            header = [cell.strip() for cell in next(self._reader, [])]
        self._has_wanted = header[-1:] == [WANTED_COLUMN]
        if self._has_wanted:
            header.pop()
        if not any(header):
            raise FileRefused(name, "a header row that names the columns", 1)
        twice = sorted({column for column in header if header.count(column) > 1})
        if twice:
            raise FileRefused(name, f"each column once: {', '.join(twice)}", 1)
        self.header: Sequence[str] = tuple(header)

    def rows(self) -> Iterator[Row]:
        """Read the rows that are not blank, one at a time."""
        return map(Row._make, self.numbered_cells())

    def numbered_cells(self) -> Iterator[tuple[int, list[str]]]:
        """Read the same rows, without making anything of them."""
        width = len(self.header)
        surplus = width + self._has_wanted
        reading = _Reading(self.name, _FIRST_ROW_AFTER_HEADER)
        # Errors of the reader come out of this generator, those of its user do not.
        with reading.told():
            for cells in self._reader:
                # Spreadsheets pad rows with empty cells.
                if len(cells) > width and not any(cells[surplus:]):
                    del cells[width:]
                if any(cells):
                    yield reading.row, cells
                reading.row += 1

    def first_cells(self, count: int) -> Iterator[list[str]]:
        """Read rows for the sake of their first cells; what follows may be uncut.

        Up to the first quote a line is a row, and to cut off the front of it takes a
        tenth of the time of reading it all. Blank rows are not left out.
        """
        reading = _Reading(self.name, _FIRST_ROW_AFTER_HEADER)
        with reading.told():
            for line in self._lines:
                if '"' in line:
                    break
                yield line.split(self.delimiter, count)
                reading.row += 1
            else:
                return
            rest = chain([line], self._lines)
            for cells in csv.reader(rest, delimiter=self.delimiter, strict=True):
                yield cells
                reading.row += 1

    def misshapen(self, row: Row) -> RefusedCell | None:
        """Return the refusal of a row that has not a cell for each column."""
        width, found = len(self.header), len(row.cells)
        if found == width:
            return None
        place = self.header[min(found, width) - 1]
        return RefusedCell(
            row=row.number,
            column=place,
            wanted=f"{width} cells as in the header, but the row has {found}",
        )


@contextmanager
def open_table(
    source: Path | BinaryIO, table_format: TableFormat = ANY_FORMAT
) -> Iterator[CsvTable]:
    """Open a CSV file or stream for one reading.

    Raises `FileRefused` naming the row where it is not a table, and `InvalidInput`
    where there is no such file.
    """
    if isinstance(source, Path):
        if not source.is_file():
            raise FileRefused(source.name, "a file that exists")
        with source.open("rb") as stream:
            yield _table(source.name, stream, table_format)
    else:
        # Whoever gave the stream closes it.
        name = getattr(source, "name", "input")
        yield _table(str(name), io.BufferedReader(_raw(source)), table_format)


def _raw(stream: BinaryIO) -> io.RawIOBase:
    # BufferedReader reads any object with readinto; the name is for typing alone.
    return cast("io.RawIOBase", stream)


def _table(name: str, stream: io.BufferedReader, given: TableFormat) -> CsvTable:
    with _readable(name):
        if stream.peek(2).startswith(_GZIP):
            unpacked = cast("io.RawIOBase", gzip.GzipFile(fileobj=stream))
            stream = io.BufferedReader(unpacked)
        head = stream.peek(4)
    encoding = given.encoding or next(
        (found for mark, found in _BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8"
    )
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    with _readable(name):
        first = text.readline()
    table = CsvTable(
        name, chain([first], text), encoding, given.delimiter or _delimiter_of(first)
    )
    table.source = text
    return table


def _delimiter_of(header: str) -> str:
    return max(DELIMITERS, key=lambda each: len(_split(header, each)))


def _split(header: str, delimiter: str) -> list[str]:
    return next(csv.reader([header], delimiter=delimiter), [])


@dataclass(slots=True)
class _Reading:
    """How far a table was read, to say where it broke off."""

    name: str
    row: int

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what readers raise into a refusal of the file at this row."""
        try:
            yield
        except csv.Error:
            wanted = "cells with every quote closed, and a quote inside a cell doubled"
            raise FileRefused(self.name, wanted, self.row) from None
        except UnicodeDecodeError as error:
            wanted = f"text in {error.encoding}, or the file's own encoding named"
            raise FileRefused(self.name, wanted, self.row) from None
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise FileRefused(
                self.name, "a gzip file that is whole", self.row
            ) from None


def _readable(name: str) -> AbstractContextManager[None]:
    return _Reading(name, 1).told()
