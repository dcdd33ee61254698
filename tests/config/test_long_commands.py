"""Slow commands say how they are getting on and do not go on for ever."""

import os
import signal
import time
from pathlib import Path

import pytest

from config import long_commands
from config.long_commands import CommandFailed, LongCommand, run


def command(directory: Path, script: str, *, limit: float = 30.0) -> LongCommand:
    return LongCommand(
        title="Building",
        arguments=["/bin/sh", "-c", script],
        log_file=directory / "log",
        limit=limit,
    )


def test_what_it_wrote_is_kept_in_its_log(tmp_path: Path) -> None:
    run(command(tmp_path, "echo out; echo err >&2"))

    assert (tmp_path / "log").read_text() == "out\nerr\n"


def test_a_failure_tells_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="disk is full"):
        run(command(tmp_path, "echo disk is full; exit 2"))


def test_a_command_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    missing = LongCommand(
        title="x", arguments=[tmp_path / "none"], log_file=tmp_path / "log", limit=1
    )

    with pytest.raises(CommandFailed, match="cannot be run"):
        run(missing)


def test_it_is_ended_at_its_limit(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="gave up"):
        run(command(tmp_path, "echo $$; exec sleep 60", limit=0.3))

    pid = int((tmp_path / "log").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def test_progress_is_told_while_it_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(long_commands, "SECONDS_BETWEEN_LINES", 0.3)
    started = time.monotonic()

    run(command(tmp_path, "sleep 1"))

    assert time.monotonic() - started < 10
    assert capsys.readouterr().err.count("Building: ") >= 2
