"""The Temporal dev server as a child process of ours.

It runs in its own session, so Ctrl-C in the terminal reaches only us and we can
end our work before the server goes.
"""

import asyncio
import contextlib
import fcntl
import signal
import socket
import subprocess
from types import TracebackType
from typing import IO, Self

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from config.dev_server_options import (
    LOOPBACK,
    NAMESPACE,
    DevServerOptions,
    arguments,
)
from config.errors import ConfigurationError, ServiceUnreachable

_POLL_SECONDS = 0.1
_STOP_SECONDS = 15.0


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_taken(port: int) -> bool:
    """Tell whether something on this machine answers at the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


class DevServer:
    """A running dev server; stop it, kill it, start it again on the same data."""

    def __init__(self, options: DevServerOptions) -> None:
        """Keep the options; nothing runs yet."""
        self.options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def address(self) -> str:
        """Where clients connect: host and port."""
        return f"{LOOPBACK}:{self.options.port}"

    @property
    def ui_address(self) -> str | None:
        """The address of the pages for people, if it has them."""
        if self.options.ui_port is None:
            return None
        return f"http://{LOOPBACK}:{self.options.ui_port}"

    @property
    def metrics_url(self) -> str | None:
        """Where the server's own counters are read, if a port was chosen."""
        if self.options.metrics_port is None:
            return None
        return f"http://{LOOPBACK}:{self.options.metrics_port}/metrics"

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError while it does not run."""
        if self._process is None:
            raise RuntimeError("the dev server does not run")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start it and wait until it serves its namespace.

        Raises ConfigurationError when its port or data file is in use, and
        ServiceUnreachable when it does not come up.
        """
        if port_is_taken(self.options.port):
            raise ConfigurationError(
                f"Port {self.options.port} is in use. To use the Temporal server "
                f"there, set TEMPORAL_ADDRESS={self.address}; or choose another port."
            )
        self._launch()
        try:
            async with asyncio.timeout(self.options.startup_seconds):
                await self._until_it_serves()
        except TimeoutError:
            self.kill()
            raise self._did_not_start() from None
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask it to end and wait; kill it only if it does not."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._end(signal.SIGKILL)

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        await asyncio.to_thread(self.stop)

    def _launch(self) -> None:
        options = self.options
        options.database_file.parent.mkdir(parents=True, exist_ok=True)
        options.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._own_database_file()
        with options.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [options.binary, *arguments(options)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(self._lock.fileno(),),
            )
        self._lock.truncate(0)
        self._lock.write(f"process {self._process.pid} at {self.address}")
        self._lock.flush()

    def _own_database_file(self) -> IO[str]:
        """Lock the data; the server inherits the lock and outlives us with it."""
        path = self.options.database_file.with_suffix(".lock")
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read() or "another process"
            lock.close()
            raise ConfigurationError(
                f"{self.options.database_file} is in use by {holder}, a server left "
                "from an earlier run. End that process, or use it by TEMPORAL_ADDRESS."
            ) from None
        return lock

    async def _until_it_serves(self) -> None:
        while True:
            if not self.is_running:
                raise self._did_not_start()
            if port_is_taken(self.options.port):
                with contextlib.suppress(RPCError, RuntimeError):
                    client = await Client.connect(self.address)
                    await client.workflow_service.describe_namespace(
                        DescribeNamespaceRequest(namespace=NAMESPACE)
                    )
                    return
            await asyncio.sleep(_POLL_SECONDS)

    def _did_not_start(self) -> ServiceUnreachable:
        return ServiceUnreachable(
            "The Temporal dev server",
            self.address,
            f"It did not come up; its last words are in {self.options.log_file}.",
        )

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            _end_process(self._process, how)
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _end_process(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
