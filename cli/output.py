"""How commands speak: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

Item = BaseModel | Mapping[str, object]


def say(text: str) -> None:
    """Tell a person something that is no data."""
    sys.stderr.write(f"{text}\n")


class Output:
    """Writes a command's data: as JSON, as tables on a terminal, else as plain text."""

    def __init__(self, *, as_json: bool) -> None:
        """Write JSON, or what people read."""
        self.as_json = as_json

    def items(self, items: Iterable[Item], columns: Sequence[str]) -> None:
        """Write a list: JSON lines with every field, or a table of some columns."""
        if self.as_json:
            for item in items:
                _write(_json(item))
            return
        rows = [[_cell(_fields(item).get(name)) for name in columns] for item in items]
        if sys.stdout.isatty():
            _print_table(columns, rows)
            return
        for row in [list(columns), *rows]:
            _write("\t".join(row))

    def one(self, item: Item, text: str) -> None:
        """Write one thing: its JSON object, or the text about it."""
        _write(_json(item) if self.as_json else text)


@contextmanager
def progress_bar(label: str, total: int | None) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far a long command is; yields what counts one more."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)


def moment(instant: datetime | None) -> str:
    """Write an instant for people, in UTC to the second."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if instant else ""


def _fields(item: Item) -> Mapping[str, object]:
    if isinstance(item, BaseModel):
        return {name: getattr(item, name) for name in type(item).model_fields}
    return item


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment(value)
        case list() | tuple():
            return ", ".join(_cell(each) for each in value)
        case _:
            # A cell is one line with no tab, whatever somebody typed.
            return " ".join(str(value).split())


def _json(item: Item) -> str:
    return json.dumps(to_jsonable_python(item))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*(name.replace("_", " ") for name in columns))
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)
