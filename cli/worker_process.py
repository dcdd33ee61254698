"""The worker as a child process that may be killed: a dead one is started again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

END_SECONDS = 40.0
RESTART_SECONDS = 1.0


class WorkerProcess:
    """One worker process, by its process id; logs go to a file."""

    def __init__(self, environment: Mapping[str, str], log_file: Path) -> None:
        """Keep how it is started; nothing runs yet."""
        self._environment = {**os.environ, **environment}
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        if process is None or process.returncode is not None:
            return None
        return process.pid

    async def keep_running(self, on_restart: Callable[[int], None]) -> None:
        """Run it until cancelled, again and again; tells the code of each end."""
        while True:
            await self._start()
            if self._process is not None:
                status = await self._process.wait()
                on_restart(status)
            await asyncio.sleep(RESTART_SECONDS)

    def kill(self) -> int | None:
        """End it at once, as a crash would; returns which process that was."""
        pid = self.pid
        if pid is not None and self._process is not None:
            self._process.kill()
        return pid

    async def stop(self) -> None:
        """Let it finish what it does; kill it only if it does not end."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _start(self) -> None:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_worker_file()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                # Ctrl-C reaches only us: the worker ends when its orders' steps have.
                start_new_session=True,
            )


def _worker_file() -> Path:
    """Find worker.py by its file, so that no other module of that name is taken."""
    found = find_spec("worker")
    if found is None or found.origin is None:
        raise LookupError("worker.py is not installed beside this program")
    return Path(found.origin)
