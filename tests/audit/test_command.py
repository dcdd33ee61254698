"""`orderwright stock audit` and what the doctor says of the auditor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import update
from temporalio.client import Client

from cli.context import Surroundings
from cli.machinery import Machinery, ServerInUse
from cli.main import run
from config.schedules import keep_audit_schedule
from config.temporal import Target, connect
from domain.policy import DEFAULT_POLICY
from gateways.runs.protocol import Runs
from messages.names import TASK_QUEUE
from persistence.database import Database
from persistence.tables import stock_level
from tests.activities.steps.builders import shop_at
from tests.audit.working import worker_of
from tests.cli.terminal import Typed
from worker import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A command line beside a worker of its own."""

    surroundings: Surroundings
    captured: pytest.CaptureFixture[str]
    database: Database

    async def type(self, *arguments: str) -> Typed:
        """Run a command, and return what came of it."""
        self.captured.readouterr()
        code = await asyncio.to_thread(run, arguments, lambda: self.surroundings)
        out, err = self.captured.readouterr()
        return Typed(exit_code=int(code), out=out, err=err)

    def count_mugs(self, on_hand: int) -> None:
        """Set the counter of the mugs beside the ledger."""
        with self.database.write() as connection:
            connection.execute(update(stock_level).values(on_hand=on_hand))


def machinery_at(
    target: Target, database_url: str, directory: Path, *, is_audited: bool = True
) -> Machinery:
    async def connected(_: ServerInUse | None) -> Client:
        return await connect(target)

    return Machinery(
        var_directory=directory,
        database_url=database_url,
        policy_file=None,
        load_policy=lambda _: DEFAULT_POLICY,
        prepare_server=_not_needed,
        open_server=_no_server,
        connect=connected,
        work=_no_work,
        clock=now,
        is_audited=is_audited,
        is_reporting=False,
    )


def _not_needed() -> None:
    raise NotImplementedError


def _no_server(port: int, ui_port: int) -> AbstractAsyncContextManager[ServerInUse]:
    raise NotImplementedError(port, ui_port)


async def _no_work() -> None:
    raise NotImplementedError


async def _no_runs() -> Runs:
    raise NotImplementedError


def surroundings_of(machinery: Callable[[], Machinery], url: str) -> Surroundings:
    return Surroundings(
        database_url=url,
        policy=lambda: DEFAULT_POLICY,
        connect_runs=_no_runs,
        clock=now,
        machinery=machinery,
    )


@pytest.fixture
def stocked(sqlite_database_url: str) -> Iterator[Database]:
    """Have nine mugs in a bin, as the ledger says."""
    with shop_at(sqlite_database_url) as shop:
        shop.receive("A-1", MUG=9)
        yield shop.database


@pytest_asyncio.fixture(loop_scope="session")
async def console(
    dev_server: Target,
    client: Client,
    stocked: Database,
    sqlite_database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Console]:
    """Have a command line, a worker, and the schedule of its audits."""
    await keep_audit_schedule(client, timedelta(hours=9))
    machinery = machinery_at(dev_server, sqlite_database_url, tmp_path)
    async with worker_of(client, stocked, tmp_path, TASK_QUEUE):
        yield Console(
            surroundings=surroundings_of(lambda: machinery, sqlite_database_url),
            captured=capsys,
            database=stocked,
        )
    await keep_audit_schedule(client, None)


async def test_an_audit_now_is_waited_for_and_told(console: Console) -> None:
    typed = await console.type("stock", "audit", "--now")

    assert typed.exit_code == 0, typed.err
    assert typed.out.startswith("audited at ")
    assert "ok      stock counters               0 found" in typed.out
    assert "PROBLEM" not in typed.out


async def test_findings_are_named_with_both_figures_and_how_to_mend(
    console: Console,
) -> None:
    console.count_mugs(12)

    typed = await console.type("stock", "audit", "--now")
    asked = await console.type("stock", "audit", "--json")

    assert (typed.exit_code, asked.exit_code) == (1, 1)
    assert "PROBLEM stock counters               1 found" in typed.out
    assert "MUG at A-1: on_hand is 12, movements say 9" in typed.out
    assert "mend: count the location" in typed.out
    [finding] = asked.json()["findings"]
    assert finding["exception_id"].startswith("audit.stock-counters.stock_level-")


async def test_what_was_found_is_an_exception_until_it_is_gone(
    console: Console,
) -> None:
    console.count_mugs(12)
    await console.type("stock", "audit", "--now")
    listed = (await console.type("exception", "list", "--json")).json()
    console.count_mugs(9)

    typed = await console.type("stock", "audit", "--now", "--json")
    after = await console.type("exception", "list", "--json")

    assert listed["kind"] == "stock_difference"
    assert typed.exit_code == 0
    assert typed.json()["checks"]["stock-counters"] == {
        "found": 0,
        "opened": 0,
        "gone": 1,
    }
    assert after.json_lines() == []


async def test_the_doctor_finds_the_schedule_and_says_when_it_is_paused(
    console: Console, client: Client
) -> None:
    well = await console.type("doctor", "--deep")
    await client.get_schedule_handle("stock-audit").pause()
    ill = await console.type("doctor")

    assert (well.exit_code, ill.exit_code) == (0, 1), well.out
    assert "ok      stock audit                  schedule stock-audit runs" in well.out
    assert "every ordered unit is in one place" in well.out
    assert "PROBLEM stock audit" in ill.out


async def test_without_a_server_nothing_is_told_and_the_reason_is(
    stocked: Database,
    sqlite_database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machinery = machinery_at(
        Target(address="127.0.0.1:1"), sqlite_database_url, tmp_path
    )
    console = Console(
        surroundings=surroundings_of(lambda: machinery, sqlite_database_url),
        captured=capsys,
        database=stocked,
    )

    typed = await console.type("stock", "audit")

    assert (typed.exit_code, typed.out) == (5, "")
    assert "127.0.0.1:1" in typed.err
