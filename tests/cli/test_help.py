"""Every command explains itself, takes `--json`, and is documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.main import NOUNS, run
from tests.architecture.source_files import ROOT


def commands() -> Iterator[tuple[str, str]]:
    for noun, app in NOUNS.items():
        for command in app.registered_commands:
            assert command.callback is not None
            yield noun, command.name or command.callback.__name__.replace("_", "-")


@pytest.mark.parametrize(("noun", "verb"), list(commands()))
def test_each_command_has_an_example_and_json(
    noun: str, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([noun, verb, "--help"])

    shown = " ".join(capsys.readouterr().out.split())
    assert code == 0
    assert f"orderwright {noun} {verb}" in shown.removeprefix("Usage: orderwright")
    assert "--json" in shown


@pytest.mark.parametrize(("noun", "verb"), list(commands()))
def test_each_command_is_documented(noun: str, verb: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")

    assert f"`{noun} {verb}" in page


def test_help_and_version_need_no_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORDERWRIGHT_DATABASE_URL", "mysql://somewhere")

    assert run(["--help"]) == run(["--version"]) == run(["order", "--help"]) == 0
    assert capsys.readouterr().err == ""
