"""Worker processes as children of a benchmark."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 60.0
END_SECONDS = 60.0


class WorkerProcess:
    """One worker in a process of its own: stop it, kill it, start it again."""

    def __init__(self, kind: str, environment: Mapping[str, str], log: Path) -> None:
        """Keep how it is started; what it logs goes to the file."""
        self._kind = kind
        self._environment = {**_with_bytecode(), **environment}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        # Of every process this one has been, once it was stopped.
        self.transactions = 0

    @property
    def pid(self) -> int:
        """Return the process id; raises RuntimeError while it does not run."""
        if self._process is None:
            raise RuntimeError("the worker does not run")
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it polls."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.worker_process",
                self._kind,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
            )
        async with asyncio.timeout(READY_SECONDS):
            line = await self._line("ready")
        if not line:
            raise RuntimeError(f"the worker did not start: {self._last_words()}")

    async def stop(self) -> None:
        """Let it finish what it does, and take its counters."""
        process = self._process
        if process is None:
            return
        process.terminate()
        async with asyncio.timeout(END_SECONDS):
            line = await self._line("{")
            await process.wait()
        self._process = None
        if line:
            self.transactions += int(json.loads(line)["transactions"])

    async def kill(self) -> None:
        """End it at once, as a crash would; its counters are lost."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _line(self, beginning: str) -> str:
        """Return the next line that begins so; the SDK writes its own between ours."""
        process = self._process
        if process is None or process.stdout is None:
            return ""
        async for line in process.stdout:
            text = line.decode().strip()
            if text.startswith(beginning):
                return text
        return ""

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _with_bytecode() -> dict[str, str]:
    """Let workers keep compiled modules, as a worker anywhere else does.

    The sandbox loads the workflow's module for each run; told to keep no bytecode, it
    would compile it each time.
    """
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


@asynccontextmanager
async def running(*workers: WorkerProcess) -> AsyncIterator[None]:
    """Have the workers for as long as this lasts; whatever happens, they end."""
    try:
        await asyncio.gather(*(worker.start() for worker in workers))
        yield
        await asyncio.gather(*(worker.stop() for worker in workers))
    finally:
        await asyncio.gather(*(worker.kill() for worker in workers))
