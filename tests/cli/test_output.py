"""What is data goes to stdout, pure; all else to stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cli.output import Output, progress_bar, say

ROWS: list[Mapping[str, object]] = [
    {"sku": "MUG", "on_hand": 3, "seen_at": datetime(2026, 1, 31, 9, tzinfo=UTC)},
    {"sku": "[red]TEA\t5", "on_hand": None, "seen_at": None, "price": Decimal("9.50")},
]


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_list_is_json_lines_with_every_field(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=True).items(ROWS, ("sku",))

    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["sku"] for line in lines] == ["MUG", "[red]TEA\t5"]
    assert json.loads(lines[0])["seen_at"] == "2026-01-31T09:00:00Z"
    assert json.loads(lines[1])["price"] == "9.50"


def test_in_a_pipe_a_list_is_tab_separated_with_a_header(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=False).items(ROWS, ("sku", "on_hand", "seen_at"))

    assert capsys.readouterr().out.splitlines() == [
        "sku\ton_hand\tseen_at",
        "MUG\t3\t2026-01-31 09:00:00",
        "[red]TEA 5\t\t",
    ]


def test_on_a_terminal_a_list_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", terminal)

    Output(as_json=False).items(ROWS, ("sku", "on_hand"))

    written = terminal.getvalue()
    assert "on hand" in written
    assert "[red]TEA 5" in written
    assert "\t" not in written


def test_messages_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("not data")

    assert capsys.readouterr() == ("", "not data\n")


def test_a_progress_bar_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar("orders", 2) as count:
        count()
    quiet = capsys.readouterr()
    terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar("orders", 2) as count:
        count()

    assert quiet == ("", "")
    assert "orders" in terminal.getvalue()
    assert capsys.readouterr().out == ""
