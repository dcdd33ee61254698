"""Reading a history file: rows are skipped, gathered by order, and built."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from domain.errors import InvalidInput
from operations.files.cells import number_reader
from operations.files.gathering import (
    RefusedOrder,
    RowGroups,
    format_of,
    places_of,
)
from operations.files.loading import read_mapping
from operations.files.mapping_parts import FileForm
from operations.files.models import SOURCE
from operations.files.skipping import SkipRules
from operations.files.table import CsvTable, open_table
from operations.history_files.building import HistoryBuilder, ReadOrder
from operations.history_files.mapping import HistoryMapping, own_mapping

_SOURCE = re.compile("[a-z0-9]{1,40}")
_SOURCE_ONCE = "either --source, or a column or constant of the mapping"


class HistoryFile:
    """An open history file; iterating reads it once, and the counters grow with it.

    `import_id` is of the content of file, mapping and source: the same again is the
    same import.
    """

    def __init__(
        self, path: Path, table: CsvTable, mapping: HistoryMapping, source: str | None
    ) -> None:
        """Look up the mapping's columns; refuse a file that lacks one."""
        self.table = table
        source = _source(mapping, source)
        self.import_id = _import_id(path, mapping, source)
        places = places_of(table, mapping.used_columns())
        builder = HistoryBuilder(mapping, places, source)
        self._build = builder.build
        self._groups = RowGroups(
            path=path,
            table=table,
            form=mapping.file,
            key_of=builder.key_of,
            key_width=builder.key_width,
            key_column=mapping.columns["number"],
            rules=SkipRules(mapping.skip, places, number_reader(mapping.numbers)),
        )

    @property
    def read(self) -> int:
        """Return how many rows were read so far."""
        return self._groups.read

    @property
    def total(self) -> int | None:
        """Return how many rows there are, where they were counted."""
        return self._groups.total

    @property
    def skipped(self) -> Mapping[str, int]:
        """Return how many rows were left out so far, by reason."""
        return self._groups.skipped

    def __iter__(self) -> Iterator[ReadOrder | RefusedOrder]:
        """Read order by order, in bounded memory."""
        for _, gathered in self._groups:
            yield self._build(gathered)


@contextmanager
def read_history(
    path: Path, mapping_path: Path | None = None, source: str | None = None
) -> Iterator[HistoryFile]:
    """Open a history file for one reading; without a mapping it has our own columns."""
    mapping = read_mapping(mapping_path, HistoryMapping) if mapping_path else None
    form = mapping.file if mapping else FileForm()
    with open_table(path, format_of(form)) as table:
        yield HistoryFile(path, table, mapping or own_mapping(table), source)


def _source(mapping: HistoryMapping, given: str | None) -> str | None:
    """Return the source of all orders; None where each row names its own."""
    constant = mapping.constants.get("source")
    known = [constant, given, mapping.columns.get("source")]
    if sum(each is not None for each in known) != 1:
        raise InvalidInput("source", _SOURCE_ONCE)
    source = given if constant is None else str(constant)
    if source is not None and not _SOURCE.fullmatch(source):
        raise InvalidInput("source", SOURCE)
    return source


def _import_id(path: Path, mapping: HistoryMapping, source: str | None) -> str:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    digest.update(f"\n{mapping.model_dump_json()}\n{source}".encode())
    return f"orders-{digest.hexdigest()[:16]}"
