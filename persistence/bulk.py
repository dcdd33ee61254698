"""Reading and inserting many rows at once, in plain tuples."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import sqlite

Values = tuple[object, ...]
Convert = Callable[[object], object]

_SQLITE = sqlite.dialect()


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Let rows go when nobody refers to them: they are in no cycles.

    Looking for some among tens of thousands of rows takes a fifth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def unchecked(connection: Connection) -> Iterator[None]:
    """Leave out CHECK constraints on SQLite, for rows whose words are from our enums.

    It compares each event with fifty words anew, which takes longer than storing it.
    """
    if connection.dialect.name != _SQLITE.name:
        yield
        return
    connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")


def insert_rows(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Values],
) -> None:
    """Insert rows of these columns, which stand in the order of the table.

    On SQLite the driver gets the tuples as they are, but for the types that need
    converting: building a dictionary for each row costs more than inserting it.
    """
    if not rows:
        return
    if connection.dialect.name != _SQLITE.name:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.execute(insert(table), named)
        return
    statement, converts = _prepared(table, columns)
    connection.exec_driver_sql(statement, list(_converted(rows, converts)))


def _converted(
    rows: Sequence[Values], converts: tuple[tuple[int, Convert], ...]
) -> Sequence[Values]:
    if len(converts) == 1:
        [(place, convert)] = converts
        # A single such column is mostly empty: most rows stay as they are.
        return [
            row
            if row[place] is None
            else (*row[:place], convert(row[place]), *row[place + 1 :])
            for row in rows
        ]
    # Column by column, which leaves the loops to C.
    by_column: list[Iterable[object]] = list(zip(*rows, strict=True))
    for place, convert in converts:
        by_column[place] = map(_once(convert), by_column[place])
    return list(zip(*by_column, strict=True))


def _once(convert: Convert) -> Convert:
    """Convert each object once, as rows share many; the rows keep them all alive."""
    converted: dict[int, object] = {}

    def convert_once(value: object) -> object:
        key = id(value)
        if key not in converted:
            converted[key] = convert(value)
        return converted[key]

    return convert_once


@cache
def _prepared(
    table: Table, columns: tuple[str, ...]
) -> tuple[str, tuple[tuple[int, Convert], ...]]:
    compiled = insert(table).compile(dialect=_SQLITE, column_keys=list(columns))
    if compiled.positiontup != list(columns):
        raise ValueError("the columns stand in the order of the table")
    converts = []
    for place, name in enumerate(columns):
        kind = table.c[name].type.dialect_impl(_SQLITE)
        convert = kind.bind_processor(_SQLITE)
        if convert is not None:
            converts.append((place, convert))
    return str(compiled), tuple(converts)
