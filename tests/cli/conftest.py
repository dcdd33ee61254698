"""A furnished shop behind a command line, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.context import Surroundings
from domain.policy import DEFAULT_POLICY
from gateways.runs.protocol import Runs
from persistence.database import Database
from persistence.stock import MovementCause
from tests.builders.stock import furnish
from tests.cli.in_process import RunsInProcess, now
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(
    sqlite_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Terminal]:
    """Have a shop and a command line on it, in a directory of its own."""
    database = Database(sqlite_database_url)
    opening = MovementCause(
        cause="opening", actor="receiver:7", occurred_at=now(), recorded_at=now()
    )
    with database.write() as connection:
        furnish(connection, opening)
    runs = RunsInProcess(database, tmp_path)

    async def connect() -> Runs:
        runs.connections += 1
        return runs

    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield Terminal(
        surroundings=Surroundings(
            database_url=sqlite_database_url,
            policy=lambda: DEFAULT_POLICY,
            connect_runs=connect,
            clock=now,
        ),
        runs=runs,
        directory=work,
        captured=capsys,
    )
    database.close()
