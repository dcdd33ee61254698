"""A PostgreSQL cluster in a temporary directory, gone when the process ends.

For tests and benchmarks. The binaries are the machine's own, else those of a
wheel (the `postgresql` extra), which is installed when it is missing.
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from config.errors import ConfigurationError
from config.postgresql_binaries import (
    PostgresqlBinaries,
    ServerUser,
    find_binaries,
    server_user,
)

ROLE = "orderwright"
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.05

# Throw-away data need not survive a power cut; a benchmark that wants the true
# cost of a commit asks for `durable`.
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SMALL = ("shared_buffers=64MB", "max_connections=120", "listen_addresses=")


class ThrowawayPostgresql:
    """A cluster of our own: start, stop and start again, then dispose."""

    def __init__(
        self, binaries: PostgresqlBinaries | None = None, *, durable: bool = False
    ) -> None:
        """Make the directory and the cluster in it; nothing runs yet."""
        self._user: ServerUser | None = server_user()
        self._directory = Path(tempfile.mkdtemp(prefix="orderwright-pg-"))
        atexit.register(self.dispose)
        self._process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        try:
            self.binaries = self._reachable(binaries or find_binaries())
            self._give_directory_away()
            self._initialise()
        except BaseException:
            self.dispose()
            raise

    @property
    def description(self) -> str:
        """Which binaries it runs, and as whom."""
        user = f" as user {self._user.name}" if self._user else ""
        return f"throw-away cluster from {self.binaries.origin}{user}"

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self._directory}"

    def start(self) -> None:
        """Start the server and wait until it answers; raises ConfigurationError."""
        settings = _SMALL if self._durable else (*_SMALL, *_NOT_DURABLE)
        with self._log() as log:
            self._process = self._spawn(
                [
                    self.binaries.program("postgres"),
                    "-D",
                    self._directory / "data",
                    "-k",
                    self._directory,
                    *(word for setting in settings for word in ("-c", setting)),
                ],
                log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ConfigurationError(f"PostgreSQL did not start: {self._words()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server, keeping its data; open connections are cut."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def dispose(self) -> None:
        """Stop the server and remove every file; harmless when repeated."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)
        atexit.unregister(self.dispose)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove it."""
        self.dispose()

    def _initialise(self) -> None:
        with self._log() as log:
            process = self._spawn(
                [
                    self.binaries.program("initdb"),
                    "--pgdata",
                    self._directory / "data",
                    "--username",
                    ROLE,
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync",
                ],
                log,
            )
        if process.wait() != 0:
            raise ConfigurationError(f"PostgreSQL's initdb failed: {self._words()}")

    def _reachable(self, binaries: PostgresqlBinaries) -> PostgresqlBinaries:
        """Copy the binaries where the server's user can read them, if need be."""
        if binaries.can_be_run_by(self._user):
            return binaries
        return binaries.copied_to(self._directory / "postgresql")

    def _give_directory_away(self) -> None:
        if self._user is not None:
            os.chown(self._directory, self._user.uid, self._user.gid)

    def _spawn(
        self, command: Sequence[str | Path], log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self._directory,
            start_new_session=True,
            user=self._user.uid if self._user else None,
            group=self._user.gid if self._user else None,
            extra_groups=[] if self._user else None,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(
                host=str(self._directory), user=ROLE, dbname="postgres"
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def _log(self) -> IO[bytes]:
        return (self._directory / "server.log").open("ab")

    def _words(self) -> str:
        return (self._directory / "server.log").read_text(errors="replace")[-2000:]
