"""Reading a whole table though it has an index: nearly all of its rows are wanted."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Value = TypeVar("Value")


def scanned(column: ColumnElement[Value]) -> ColumnElement[Value]:
    """Return a column whose index SQLite is not to use.

    It takes any index it finds; PostgreSQL knows when reading everything is quicker.
    """
    return _Scanned(column)


class _Scanned(FunctionElement[Value]):
    inherit_cache = True
    name = "scanned"

    def __init__(self, column: ColumnElement[Value]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(_Scanned)
def _not_by_index(element: _Scanned[Any], compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


@compiles(_Scanned, "postgresql")
def _as_it_likes(element: _Scanned[Any], compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)
