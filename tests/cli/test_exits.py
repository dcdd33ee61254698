"""Exit codes and errors: one table, no traceback unless it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import typer

from cli.context import Surroundings
from cli.exits import ExitCode, exit_code_of
from cli.main import run
from config.errors import ConfigurationError, ServiceUnreachable
from domain.errors import (
    BusinessError,
    IllegalTransition,
    InvalidInput,
    NotFound,
    OrderwrightError,
    Refused,
    TemporaryError,
)
from gateways.runs.protocol import RunNotFound, RunRefused, Runs, RunUnreachable
from persistence.database import StorageFailed
from persistence.processed_steps import KeyReused
from tests.architecture.source_files import ROOT
from tests.builders.documents import a_document
from tests.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("no order"), ExitCode.NOT_FOUND),
        (RunNotFound("no run"), ExitCode.NOT_FOUND),
        (InvalidInput("sku", "known"), ExitCode.REFUSED),
        (Refused("too late"), ExitCode.REFUSED),
        (RunRefused("too late"), ExitCode.REFUSED),
        (KeyReused("again"), ExitCode.REFUSED),
        (IllegalTransition("order", "a", "b"), ExitCode.REFUSED),
        (BusinessError("no"), ExitCode.REFUSED),
        (RunUnreachable("no answer"), ExitCode.UNREACHABLE),
        (StorageFailed("no answer"), ExitCode.UNREACHABLE),
        (ServiceUnreachable("server", "a:1", "start it"), ExitCode.UNREACHABLE),
        (TemporaryError("later"), ExitCode.UNREACHABLE),
        (ConfigurationError("a setting is wrong"), ExitCode.FAILURE),
        (OrderwrightError("something"), ExitCode.FAILURE),
        (ValueError("a bug"), ExitCode.FAILURE),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_each_error_has_its_exit_code(error: BaseException, code: ExitCode) -> None:
    assert exit_code_of(error) is code


def app_that(action: BaseException) -> typer.Typer:
    app = typer.Typer(name="test", pretty_exceptions_enable=False)

    @app.command()
    def act() -> None:
        raise action

    return app


def no_surroundings() -> Surroundings:
    raise AssertionError("the command needs none")


def test_a_bug_shows_its_kind_but_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = run([], no_surroundings, lambda: app_that(ValueError("a bug")))

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert err == "error: ValueError: a bug; --debug shows where\n"


@pytest.mark.parametrize("arguments", [["--debug"], ["--", "--debug"]])
def test_a_traceback_is_shown_only_for_debug(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    run(arguments, no_surroundings, lambda: app_that(ValueError("a bug")))

    assert ("Traceback" in capsys.readouterr().err) == (arguments == ["--debug"])


def test_an_interrupt_leaves_with_130() -> None:
    assert run([], no_surroundings, lambda: app_that(KeyboardInterrupt())) == 130


def test_a_wrong_setting_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_DATABASE_URL", "mysql://somewhere")

    code = run(["order", "list"])

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert err.startswith("error: ORDERWRIGHT_DATABASE_URL")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "status"),
        ("order", "status", "1001"),
        ("order", "status", "web-1", "--source", "web", "--number", "1"),
        ("order", "status", "--source", "web"),
        ("order", "status", "--source", "WEB", "--number", "1"),
        ("order", "list", "--limit", "0"),
        ("order", "list", "--status", "lost"),
        ("order", "place", "missing.json"),
        ("order", "change", "web-1"),
        ("order", "change", "web-1", "--line", "1"),
        ("order", "change", "web-1", "--add", "MUG=1@cheap"),
        ("order", "change", "web-1", "--address", "planet=earth"),
        ("order", "change", "web-1", "--line", "1=1", "--address", "city=Bonn"),
        ("order", "hold", "web-1", "--expires-at", "tomorrow"),
        ("order", "hold", "web-1", "--expires-at", "2026-01-31T09:00"),
        ("order", "release", "web-1"),
        ("order", "release", "web-1", "--hold", "web-1.h1", "--kind", "price"),
        ("pick", "confirm", "web-1-1"),
        ("pick", "confirm", "web-1-1", "--all", "--line", "1=1"),
        ("pick", "confirm", "1001", "--all"),
        ("pick", "short", "web-1-1"),
        ("pick", "short", "web-1-1", "--line", "1=1", "--reason", "tired"),
        ("pack", "confirm", "web-1-1"),
        ("pack", "confirm", "web-1-1", "--package", "MUG"),
        ("pack", "confirm", "web-1-1", "--package", "MUG=1;weight=heavy"),
        ("pack", "confirm", "web-1-1", "--package", "MUG=1;size=3x2"),
        ("ship", "event"),
        ("ship", "event", "--shipment", "web-1-1", "--milestone", "delivered"),
        ("ship", "label", "web-1-1", "--output", "-", "--json"),
        ("deliver", "confirm", "web-1-1", "--proof", "a", "--proof-reference", "b"),
        ("put-back", "confirm", "web-1-1"),
        ("floor", "answer", "web-1-1"),
        ("claim", "record", "web-1", "--line", "1"),
        ("stock", "receive"),
        ("stock", "import", "missing.csv"),
        ("catalog", "import", "missing.csv"),
        ("nonsense",),
    ],
)
def test_wrong_usage_is_told_before_anything_happens(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    typed = terminal.type(*arguments)

    assert (typed.exit_code, typed.out) == (2, "")
    assert "Error" in typed.err
    assert terminal.runs.connections == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "status", "web-404"),
        ("order", "timeline", "web-404"),
        ("order", "watch", "web-404"),
        ("order", "cancel", "web-404"),
        ("order", "change", "web-404", "--line", "1=1"),
        ("order", "hold", "web-404"),
        ("order", "release", "web-404", "--kind", "price"),
        ("pick", "confirm", "web-404-1", "--all"),
        ("pick", "confirm", "web-404-1", "--line", "1=1"),
        ("pack", "confirm", "web-404-1", "--as-picked"),
        ("ship", "handover", "web-404-1"),
        ("ship", "label", "web-404-1"),
        ("deliver", "confirm", "web-404-1"),
        ("put-back", "confirm", "web-404-1", "--all"),
        ("floor", "answer", "web-404-1", "--accept"),
        ("claim", "record", "web-404", "--line", "1", "--kind", "late"),
        ("refund", "confirm", "web-404.r1"),
        ("exception", "take", "web-404.x1"),
        ("exception", "resolve", "web-404.x1"),
    ],
)
def test_what_is_not_there_is_not_found(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    typed = terminal.type(*arguments)

    assert (typed.exit_code, typed.out) == (3, "")
    assert typed.err.splitlines()[-1].startswith("error: ")


def test_a_server_that_does_not_answer_is_unreachable(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))
    terminal.runs.is_down = True

    typed = terminal.type("order", "cancel", order_id)

    assert (typed.exit_code, typed.out) == (5, "")
    assert "--message-id" in typed.err


def test_a_server_nobody_can_connect_to_is_unreachable(terminal: Terminal) -> None:
    order_id = terminal.place(a_document("1"))

    async def connect() -> Runs:
        raise ServiceUnreachable("The Temporal server", "here:1", "Start one.")

    terminal.surroundings = replace(terminal.surroundings, connect_runs=connect)
    typed = terminal.type("order", "cancel", order_id)

    assert typed.exit_code == 5
    assert "here:1 does not answer. Start one." in typed.err


def test_a_database_without_tables_says_how_to_make_them(
    terminal: Terminal, tmp_path: Path
) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    terminal.surroundings = replace(terminal.surroundings, database_url=empty)

    before = terminal.type("order", "list")
    made = terminal.ok("db", "upgrade", "--json").json()
    repeat = terminal.ok("db", "upgrade")
    after = terminal.ok("order", "list", "--json")

    assert before.exit_code == 5
    assert "run `orderwright db upgrade`" in before.err
    assert (made["before"], after.out) == (None, "")
    assert repeat.out == f"already at {made['revision']}\n"


def test_a_database_in_a_new_directory_is_made(
    terminal: Terminal, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'orderwright.db'}"
    terminal.surroundings = replace(terminal.surroundings, database_url=url)

    before = terminal.type("order", "list")
    terminal.ok("db", "upgrade")

    assert before.exit_code == 5
    assert (tmp_path / "new" / "orderwright.db").exists()


def test_the_documentation_lists_every_exit_code() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")

    assert [code for code in ExitCode if f"| {code.value} | " not in text] == []
