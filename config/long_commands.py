"""Commands that take minutes: progress on stderr, a limit, an end by process id."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS_BETWEEN_LINES = 10.0
_POLL_SECONDS = 0.2
_LINES_OF_A_FAILURE = 15


class CommandFailed(Exception):
    """A command ended badly, was stopped at its limit, or is not there."""


def tell(line: str) -> None:
    """Write one line of progress to stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class LongCommand:
    """What to run, what to call it, and when to give up (seconds)."""

    title: str
    arguments: Sequence[str | Path]
    log_file: Path
    limit: float
    directory: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    is_stuck: Callable[[float], bool] = lambda _elapsed: False


def run(command: LongCommand) -> None:
    """Run to the end; raises CommandFailed with the last lines it wrote."""
    command.log_file.parent.mkdir(parents=True, exist_ok=True)
    with command.log_file.open("wb") as log:
        try:
            process = subprocess.Popen(
                [str(argument) for argument in command.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=command.directory,
                env={**os.environ, **command.environment},
                start_new_session=True,
            )
        except OSError as error:
            raise CommandFailed(f"{command.arguments[0]} cannot be run") from error
    try:
        status = _watch(command, process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if status != 0:
        raise CommandFailed(_last_lines(command.log_file))


def _watch(command: LongCommand, process: subprocess.Popen[bytes]) -> int:
    started = time.monotonic()
    next_line = SECONDS_BETWEEN_LINES
    while (status := process.poll()) is None:
        elapsed = time.monotonic() - started
        if elapsed > command.limit or command.is_stuck(elapsed):
            raise CommandFailed(f"gave up after {elapsed:.0f} s")
        if elapsed >= next_line:
            tell(f"{command.title}: {elapsed:.0f} s")
            next_line += SECONDS_BETWEEN_LINES
        time.sleep(_POLL_SECONDS)
    return status


def _last_lines(log_file: Path) -> str:
    text = log_file.read_text(encoding="utf-8", errors="replace")
    lines = text.strip().splitlines()[-_LINES_OF_A_FAILURE:]
    return "\n".join(lines) or "it wrote nothing"
