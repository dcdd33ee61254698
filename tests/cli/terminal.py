"""Typing commands as a user does, and reading what they write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import bindparam, select

from cli.context import Surroundings
from cli.main import build_app, run
from messages.order_document import ShipTo
from persistence.database import Database
from persistence.tables import address, orders
from tests.cli.in_process import RunsInProcess

_SHIP_TO = (
    select(*(address.c[name] for name in ShipTo.model_fields))
    .join(orders, orders.c.ship_to_address_id == address.c.address_id)
    .where(orders.c.order_id == bindparam("order_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a command wrote and left behind."""

    exit_code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the one object that was written."""
        [line] = self.out.splitlines()
        return json.loads(line)

    def json_lines(self) -> list[Any]:
        """Return the objects that were written, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(kw_only=True)
class Terminal:
    """A command line on a test's shop."""

    surroundings: Surroundings
    runs: RunsInProcess
    directory: Path
    captured: pytest.CaptureFixture[str]
    app: Callable[[], typer.Typer] = build_app

    def type(self, *arguments: str) -> Typed:
        """Run a command and return what came of it."""
        self.captured.readouterr()
        code = run(arguments, lambda: self.surroundings, self.app)
        out, err = self.captured.readouterr()
        return Typed(exit_code=int(code), out=out, err=err)

    def ok(self, *arguments: str) -> Typed:
        """Run a command that must succeed."""
        typed = self.type(*arguments)
        assert typed.exit_code == 0, typed.err
        return typed

    def write(self, name: str, content: object) -> str:
        """Write a file and return its path; what is no text becomes JSON."""
        path = self.directory / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, "utf-8")
        return str(path)

    def place(self, document: object, *more: object) -> str:
        """Place one document and return its order id."""
        assert not more
        path = self.write("order.json", document)
        return str(self.ok("order", "place", path, "--json").json()["order_id"])

    def ship_to(self, order_id: str) -> ShipTo:
        """Return where an order goes, which no command shows."""
        database = Database(self.surroundings.database_url)
        try:
            with database.read() as connection:
                found = connection.execute(_SHIP_TO, {"order_id": order_id})
                return ShipTo.model_validate(found.mappings().one())
        finally:
            database.close()

    def carry(self, order_id: str, steps: Sequence[str]) -> None:
        """Have the floor do some steps: pick, pack, hand over, deliver."""
        commands = {
            "pick": ("pick", "confirm", order_id, "--all"),
            "pack": ("pack", "confirm", order_id, "--as-picked"),
            "hand over": ("ship", "handover", order_id),
            "deliver": ("deliver", "confirm", order_id),
        }
        for step in steps:
            self.ok(*commands[step])
