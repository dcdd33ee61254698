"""The installed command as a process of its own, on ports that nobody uses."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.dev_server import free_port
from tests.architecture.source_files import ROOT

PATIENCE_SECONDS = 60.0


@dataclass(kw_only=True)
class Ports:
    """Where the server of one system is."""

    server: int = field(default_factory=free_port)
    pages: int = field(default_factory=free_port)

    @property
    def options(self) -> tuple[str, ...]:
        """Return them as options of `up` and `demo`."""
        return ("--port", str(self.server), "--ui-port", str(self.pages))


@dataclass(kw_only=True)
class Running:
    """A command that runs; what it wrote so far is in `shown`."""

    process: asyncio.subprocess.Process
    keyboard: int | None
    shown: str = ""

    async def until(self, text: str, *, times: int = 1) -> None:
        """Wait until it has written a text so many times."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.shown.count(text) < times:
                    await self._read()
        except TimeoutError:
            raise AssertionError(f"no {text!r} in: {self.shown[-4000:]}") from None

    def press(self, key: str) -> None:
        """Press a key on its terminal."""
        assert self.keyboard is not None
        os.write(self.keyboard, key.encode())

    async def press_until(self, key: str, text: str) -> None:
        """Press a key again and again until a text comes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text not in self.shown:
                self.press(key)
                before = self.shown
                while self.shown == before:
                    await self._read()
                await asyncio.sleep(0.3)

    async def end(self, sign: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, if nothing else is said, and return its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(sign)
        return await self.code()

    async def code(self) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.process.returncode is None:
                await self._read(until_end=True)
        return self.process.returncode

    async def kill(self) -> None:
        """End it however it is, by SIGTERM first, so that its children end too."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 20)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        if self.keyboard is not None:
            os.close(self.keyboard)
            self.keyboard = None

    async def _read(self, *, until_end: bool = False) -> None:
        if self.keyboard is not None:
            text = await asyncio.to_thread(_read_terminal, self.keyboard)
        else:
            assert self.process.stderr is not None
            text = (await self.process.stderr.read(4096)).decode()
        self.shown += text
        if not text:
            if not until_end:
                raise AssertionError(f"it ended: {self.shown}")
            await self.process.wait()


def _read_terminal(descriptor: int) -> str:
    try:
        return os.read(descriptor, 4096).decode(errors="replace")
    except OSError:
        return ""  # the other side is closed


async def start(directory: Path, *arguments: str, on_terminal: bool = False) -> Running:
    """Start the command in a directory of its own, on a terminal if wanted."""
    ours, theirs = pty.openpty() if on_terminal else (None, None)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        *arguments,
        cwd=directory,
        env=_environment(),
        stdin=theirs if theirs is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs if theirs is not None else asyncio.subprocess.PIPE,
    )
    if theirs is not None:
        os.close(theirs)
    return Running(process=process, keyboard=ours)


async def run(directory: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Run the command to its end; return exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        *arguments,
        cwd=directory,
        env={**_environment(), **more},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.2)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
        "TERM": "xterm",
    }
