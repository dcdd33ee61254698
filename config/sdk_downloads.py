"""The Temporal SDK's own download of its servers, in a process that can be stopped."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal, TypeAlias

from config.long_commands import CommandFailed, LongCommand, run, tell

SdkServer: TypeAlias = Literal["start_local", "start_time_skipping"]

SECONDS_TO_FIRST_BYTE = 8.0
SECONDS_IN_ALL = 240.0

# The SDK downloads only while it starts a server, so it is started and stopped
# once; a process of its own, because a download cannot be cancelled.
_SCRIPT = """
import asyncio, sys
from temporalio.testing import WorkflowEnvironment
async def main():
    start = getattr(WorkflowEnvironment, sys.argv[1])
    await (await start(download_dest_dir=sys.argv[2])).shutdown()
asyncio.run(main())
"""


def download(server: SdkServer, destination: Path) -> None:
    """Let the SDK download a server and move it to the destination.

    Raises CommandFailed, soon where there is no way to the outside.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    tell(
        "Trying the Temporal SDK's own download "
        f"(given up after {SECONDS_TO_FIRST_BYTE:.0f} s without a byte) ..."
    )
    with tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        directory = Path(scratch)
        run(
            LongCommand(
                title="Downloading",
                arguments=[sys.executable, "-c", _SCRIPT, server, str(directory)],
                log_file=destination.parent / "download.log",
                limit=SECONDS_IN_ALL,
                is_stuck=lambda elapsed: (
                    elapsed > SECONDS_TO_FIRST_BYTE and not _has_bytes(directory)
                ),
            )
        )
        _move_executable(directory, destination)


def _has_bytes(directory: Path) -> bool:
    return any(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _move_executable(directory: Path, destination: Path) -> None:
    found = [
        path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and os.access(path, os.X_OK)
    ]
    if not found:
        raise CommandFailed("the SDK left no program behind")
    part = destination.with_suffix(".part")
    shutil.move(found[0], part)
    part.replace(destination)
