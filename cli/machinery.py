"""What the system commands work with: values and functions of the main's settings."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from temporalio.client import Client

from domain.errors import TemporaryError
from domain.policy import FulfillmentPolicy

DEFAULT_PORT = 7233
DEFAULT_UI_PORT = 8233
_LOOK_SECONDS = 0.5


class ServerEnded(TemporaryError):
    """The Temporal server of our own ended by itself; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInUse:
    """A Temporal server that answered; one with a log is ours and ends with us."""

    address: str
    namespace: str
    ui_address: str | None
    log_file: Path | None
    is_running: Callable[[], bool]

    @property
    def is_ours(self) -> bool:
        """Say whether it ends with us."""
        return self.log_file is not None

    def refuse_if_ended(self) -> None:
        """Raise `ServerEnded` if it is ours and its process has ended."""
        if self.is_ours and not self.is_running():
            raise ServerEnded(
                f"the Temporal server at {self.address} has ended; its last words are "
                f"in {self.log_file}. All data are kept: start this command again"
            )

    async def until(self, stop: asyncio.Event) -> None:
        """Wait until told to stop; raise `ServerEnded` if it ends before."""
        while not stop.is_set():
            self.refuse_if_ended()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """How servers are started, reached and told apart."""

    var_directory: Path
    database_url: str
    policy_file: Path | None
    load_policy: Callable[[Path | None], FulfillmentPolicy]
    # May take minutes the first time, and so is done where Ctrl-C ends it at once.
    prepare_server: Callable[[], None]
    open_server: Callable[[int, int], AbstractAsyncContextManager[ServerInUse]]
    connect: Callable[[ServerInUse | None], Awaitable[Client]]
    work: Callable[[], Awaitable[None]]
    clock: Callable[[], datetime]
    # Whether the settings want the schedule of the stock audit.
    is_audited: bool = True
    is_reporting: bool = True


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Have an event that Ctrl-C, SIGTERM and a closed terminal set.

    They would else end this process, and leave those that it has started.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def program() -> str:
    """Return how this command is called from where the user is."""
    if shutil.which("orderwright"):
        return "orderwright"
    started = Path(sys.argv[0])
    try:
        return str(started.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(started)
