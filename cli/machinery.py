"""What the system commands work with: values and functions of the main's settings."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from temporalio.client import Client

from domain.policy import FulfillmentPolicy

DEFAULT_PORT = 7233
DEFAULT_UI_PORT = 8233


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInUse:
    """A Temporal server that answers; `is_ours` says that it ends with us."""

    address: str
    namespace: str
    ui_address: str | None
    is_ours: bool


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


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Have an event that Ctrl-C and SIGTERM set, instead of ending the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
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
